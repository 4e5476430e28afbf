"""Any history of edits, faults and kills ends with both sides equal, and no edit lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.two_way.accounts import DATABASE, FIELDS, MARKETO, Accounts

if TYPE_CHECKING:
    from tests.two_way.world import Ended, World

EMAILS = st.sampled_from(["ada@x.com", "BOB@x.com", "eve@x.com", None])
WORDS = st.sampled_from(["Ada", " Bob ", "eve", "ÉVE", None, ""])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "email": EMAILS,
    "vip": st.sampled_from([True, False, None]),
    "score": st.sampled_from([0, 7, 99, None]),
}
EDITS = st.sampled_from(sorted(FIELDS)).flatmap(
    lambda column: st.tuples(st.just(column), VALUES.get(column, WORDS))
)
RECORDS = st.lists(EDITS, min_size=1, max_size=4).map(dict)
CALLS = st.integers(1, 12)
BREAKS = st.builds(
    lambda kind, call: {"kind": kind, "call": call},
    st.sampled_from(["reset", "http_502", "lost_answer", "cut_body", "html_body"]),
    CALLS,
)
SILENCE = CALLS.map(lambda call: {"kind": "timeout", "seconds": 2, "call": call})
SECONDS = st.integers(0, 3)


class History(RuleBasedStateMachine):
    """Users on both sides, and a pipeline that runs now and then and not always to its end."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.world.reset()
        self.accounts = Accounts(self.world)

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @rule(values=RECORDS)
    def row_appears(self, values: dict[str, Any]) -> None:
        names = ", ".join(values)
        places = ", ".join(["%s"] * len(values))
        (row,) = self.world.query(
            f"insert into crm.contacts ({names}) values ({places}) returning contact_id",  # noqa: S608
            *values.values(),
        )
        self.accounts.note(DATABASE, row["contact_id"], values)

    @rule(values=RECORDS)
    def lead_appears(self, values: dict[str, Any]) -> None:
        named = {FIELDS[column]: value for column, value in values.items()}
        (lead,) = self.world.simulator.post("/leads", input=[named])["ids"]
        self.accounts.note(MARKETO, lead, values)

    @precondition(lambda self: self.world.contacts())
    @rule(which=st.integers(0, 99), values=RECORDS)
    def row_is_edited(self, which: int, values: dict[str, Any]) -> None:
        self.accounts.look()
        contacts = self.world.contacts()
        key = sorted(contacts)[which % len(contacts)]
        changes = ", ".join(f"{name} = %s" for name in values)
        statement = f"update crm.contacts set {changes} where contact_id = {key}"  # noqa: S608
        self.world.query(statement, *values.values())
        self.accounts.note(DATABASE, key, values, contacts[key])

    @precondition(lambda self: self.world.leads())
    @rule(which=st.integers(0, 99), values=RECORDS)
    def lead_is_edited(self, which: int, values: dict[str, Any]) -> None:
        self.accounts.look()
        leads = self.world.leads()
        lead = sorted(leads)[which % len(leads)]
        named = {FIELDS[column]: value for column, value in values.items()}
        self.world.simulator.post(f"/leads/{lead}", **named)
        before = {column: leads[lead].get(name) for column, name in FIELDS.items()}
        self.accounts.note(MARKETO, lead, values, before)

    @precondition(lambda self: len(self.world.leads()) > 2)
    @rule(which=st.integers(0, 99))
    def lead_is_deleted(self, which: int) -> None:
        leads = sorted(self.world.leads())
        self.world.simulator.delete(f"/leads/{leads[which % len(leads)]}")

    @precondition(lambda self: len(self.world.leads()) > 2)
    @rule(which=st.integers(0, 99))
    def leads_are_merged(self, which: int) -> None:
        leads = sorted(self.world.leads())
        place = which % (len(leads) - 1)
        self.world.simulator.post("/leads/merge", winner=leads[place + 1], losers=[leads[place]])

    @rule(seconds=SECONDS)
    def pipeline_runs(self, seconds: int) -> None:
        for step in (self.world.read, self.world.reconcile, self.world.write):
            self.world.pass_time(seconds)
            _check(step())
        self.accounts.look()

    @rule(fault=BREAKS | SILENCE)
    def reading_is_struck(self, fault: dict[str, Any]) -> None:
        self.world.strike(fault)
        _check(self.world.read(), may_fail=True)
        self.world.strike()

    @rule(lines=st.integers(1, 40))
    def reading_is_killed(self, lines: int) -> None:
        self.world.read(killed_behind=lines)

    @rule(statement=st.integers(10, 160))
    def reconciling_is_killed(self, statement: int) -> None:
        _check(self.world.read())
        self.world.reconcile(die_at=statement)

    @rule(fault=BREAKS)
    def writing_is_struck(self, fault: dict[str, Any]) -> None:
        self.world.strike(fault)
        _check(self.world.write(), may_fail=True)
        self.world.strike()

    @rule(fault=SILENCE)
    def writing_is_killed(self, fault: dict[str, Any]) -> None:
        self.world.strike(fault)
        self.world.write(killed=True)
        self.world.strike()

    def teardown(self) -> None:
        """The edits have stopped: two cycles, and then one that has nothing to do."""
        for _ in range(2):
            self.pipeline_runs(seconds=1)
        assert self.accounts.differences() == []
        assert self.accounts.lost() == []
        self._is_quiet()

    def _is_quiet(self) -> None:
        self.world.simulator.delete("/calls")
        rows = self.world.query("select xmin::text, * from crm.contacts order by contact_id")
        leads = self.world.leads()
        self.pipeline_runs(seconds=1)
        assert self.world.writes() == []
        assert self.world.leads() == leads
        now = self.world.query("select xmin::text, * from crm.contacts order by contact_id")
        assert now == rows


def _check(ended: Ended, *, may_fail: bool = False) -> None:
    note(f"{ended.program}: {ended.status}")
    assert ended.is_well or (may_fail and ended.status == 1), ended.said
    assert "Traceback" not in ended.said, ended.said


COMMON: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "report_multiple_bugs": False,
}
SAMPLE = settings(
    max_examples=2, stateful_step_count=10, derandomize=True, phases=[Phase.generate], **COMMON
)
MANY = settings(  # a history takes half a minute: a failure is told as it is, not shrunk for hours
    max_examples=60,
    stateful_step_count=30,
    print_blob=True,
    phases=[Phase.reuse, Phase.generate],
    **COMMON,
)


def run(world: World, how: settings) -> None:
    class OfThisWorld(History):
        """The machine, on a world that is there."""

    OfThisWorld.world = world
    run_state_machine_as_test(OfThisWorld, settings=how)


def test_a_sample_of_histories_ends_well(world: World):
    run(world, SAMPLE)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_any_history_ends_well(world: World):
    run(world, MANY)
