"""What goes from the database: from three sources, by three policies, never too much at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from crm import (
    ACCOUNTS,
    CONTACTS,
    ORDERS,
    TIME,
    Table,
    a_contact,
    accounts,
    an_account,
    an_order,
    contacts,
    orders,
    state,
)
from test_custom_objects import (
    BILL_TYPE,
    BILLS,
    ORDER_TYPE,
    SOME_BILLS,
    bills,
    open_rejects,
    records,
)

if TYPE_CHECKING:
    from target_runs import Message, Row, TargetRunner

GONE_AT = "2026-11-24T09:30:00Z"
DELETE = "/rest/v1/leads/delete.json"
DELETING = {**CONTACTS, "deleted_in_database": "delete"}
FLAGGING = {**CONTACTS, "deleted_in_database": {"flag": "isVip"}}


def load(run_target: TargetRunner, messages: list[Message], entry: Row = DELETING, **settings: Any):
    settings = {"max_delete_percent": 100, **settings}
    return run_target([*messages, state(1)], streams={"contacts": entry}, **settings)


def people(*numbers: int) -> list[Row]:
    return [a_contact(number) for number in numbers]


def gone(*numbers: int) -> list[Row]:
    """What a log-based tap sends of rows that are deleted: nothing but the key and the time."""
    return [{"contact_id": number, "_sdc_deleted_at": GONE_AT} for number in numbers]


def version(number: int) -> Message:
    return {"type": "ACTIVATE_VERSION", "stream": contacts.stream, "version": number}


def of_version(number: int, rows: list[Row]) -> list[Message]:
    """Schema and rows of a full table, as the SDK's taps write them but for the message."""
    schema, *messages = contacts.rows(rows)
    return [schema, *({**message, "version": number} for message in messages)]


def before(number: int, rows: list[Row]) -> list[Message]:
    """The SDK taps' way: the version first, then its rows."""
    schema, *messages = of_version(number, rows)
    return [schema, version(number), *messages]


def behind(number: int, rows: list[Row]) -> list[Message]:
    """The version once all its rows have come."""
    return [*of_version(number, rows), version(number)]


def keys(run_target: TargetRunner) -> list[str]:
    return [key for (key,) in run_target.leads("contactKey")]


def statuses(run_target: TargetRunner) -> dict[str, str]:
    return {row["record_key"]: row["status"] for row in run_target.ledger("records")}


# Three sources


def test_a_row_that_a_log_based_tap_tells_of_is_deleted_once(run_on_both: TargetRunner):
    load(run_on_both, contacts.rows(people(1, 2)))
    run = load(run_on_both, contacts.rows(gone(1)))
    assert run.status == 0, run.stderr
    assert "1 in = 1 sent (0 created, 0 updated, 1 deleted)" in run.stderr
    assert keys(run_on_both) == ["2"]
    assert statuses(run_on_both) == {"1": "deleted", "2": "linked"}
    *_, last = run_on_both.ledger("changes")
    assert [last[name] for name in ("record_key", "field", "side", "new", "rule")] == [
        *("1", "contactKey", "marketo", None, "delete")
    ]
    run_on_both.simulator.delete("/calls")
    run = load(run_on_both, contacts.rows(gone(1)))
    assert run.counts == {"taken": 1, "unchanged": 1}
    assert run_on_both.calls("POST", DELETE) == []


def test_a_row_with_a_time_in_its_column_is_deleted(run_target: TargetRunner):
    entry = {**DELETING, "deleted_at": "gone_at"}
    table = Table(contacts.stream, contacts.key, {**contacts.columns, "gone_at": TIME})
    load(run_target, table.rows([a_contact(n, gone_at=None) for n in (1, 2)]), entry)
    rows = [a_contact(1, gone_at=None), a_contact(2, gone_at=GONE_AT)]
    run = load(run_target, table.rows(rows), entry)
    assert run.status == 0, run.stderr
    assert keys(run_target) == ["1"]


def test_a_version_behind_its_rows_deletes_at_once_what_it_lacks(run_on_both: TargetRunner):
    load(run_on_both, behind(1, people(1, 2, 3)))
    run = load(run_on_both, behind(2, people(1, 3)))
    assert run.status == 0, run.stderr
    assert keys(run_on_both) == ["1", "3"]


def test_a_version_before_its_rows_marks_and_the_next_one_deletes(run_on_both: TargetRunner):
    load(run_on_both, before(1, people(1, 2, 3, 4)))
    run = load(run_on_both, before(2, people(1, 4)))
    assert run.status == 0, run.stderr
    assert keys(run_on_both) == ["1", "2", "3", "4"]
    run = load(run_on_both, before(3, people(1, 3)))
    assert keys(run_on_both) == ["1", "3", "4"], "2 was missing twice, 4 for the first time"
    run = load(run_on_both, before(4, people(1, 4)))
    assert keys(run_on_both) == ["1", "3", "4"], "3 was there in between"
    run = load(run_on_both, before(5, people(1, 4)))
    assert keys(run_on_both) == ["1", "4"]


def test_rows_that_name_no_version_are_of_the_one_that_was_announced(run_target: TargetRunner):
    schema, *rows = contacts.rows(people(1, 2, 3))
    load(run_target, [schema, version(1), *rows])
    run = load(run_target, [schema, version(2), *rows[:2], version(2)])
    assert run.status == 0, run.stderr
    assert keys(run_target) == ["1", "2"]


def test_a_deleted_row_that_where_leaves_out_stays(run_target: TargetRunner):
    """A log-based tap may tell of a delete by the key alone: then the record goes."""
    entry = {**DELETING, "where": "consent"}
    consent = {"consent": {"type": ["null", "boolean"]}}
    table = Table(contacts.stream, contacts.key, {**contacts.columns, **consent})
    load(run_target, table.rows([a_contact(n, consent=True) for n in (1, 2)]), entry)
    told = a_contact(1, consent=False, _sdc_deleted_at=GONE_AT)
    run = load(run_target, table.rows([told, *gone(2)]), entry)
    assert run.status == 0, run.stderr
    assert keys(run_target) == ["1"]


def test_the_same_version_twice_deletes_nothing(run_target: TargetRunner):
    load(run_target, before(1, people(1, 2)))
    load(run_target, before(2, people(1)))
    run = load(run_target, before(2, people(1)))
    assert run.status == 0, run.stderr
    assert keys(run_target) == ["1", "2"]


def test_rows_that_are_there_but_not_sent_are_not_missing(run_target: TargetRunner):
    entry = {**DELETING, "where": "consent"}
    table = Table(
        contacts.stream, contacts.key, {**contacts.columns, "consent": {"type": "boolean"}}
    )
    rows = [a_contact(1, consent=True), a_contact(2, consent=True)]
    load(run_target, table.rows(rows), entry)
    rows[1]["consent"] = False
    schema, *messages = table.rows(rows)
    dated = [{**message, "version": 1} for message in messages]
    run = load(run_target, [schema, *dated, version(1)], entry)
    assert run.status == 0, run.stderr
    assert keys(run_target) == ["1", "2"]
    run = load(run_target, table.rows(gone(2)), entry)
    assert run.status == 0, run.stderr
    assert keys(run_target) == ["1"], "a log-based delete tells the key alone"


WITHOUT_KEY = {**SOME_BILLS[0], "number": None}


@pytest.mark.parametrize("place", ["behind", "before"])
def test_a_version_deletes_records_with_keys_of_two_columns(run_target: TargetRunner, place: str):
    run_target.simulator.post("/custom_object_types", **BILL_TYPE)
    entry = {**BILLS, "deleted_in_database": "delete"}
    for number in range(1, 4):
        some = [*SOME_BILLS, WITHOUT_KEY] if number == 1 else SOME_BILLS[:-1]
        schema, *messages = bills.rows(some)
        dated = [{**message, "version": number} for message in messages]
        told = {"type": "ACTIVATE_VERSION", "stream": "bills", "version": number}
        all_of_it = [*dated, told] if place == "behind" else [told, *dated]
        run = run_target(
            [schema, *all_of_it, state(1)], streams={"bills": entry}, max_delete_percent=100
        )
        assert run.status == 0, run.stderr
    assert records(run_target, "shop", "number", of="bill_c") == [
        ("x", "1"), ("x", "2"), ("y,z", "1")
    ]  # fmt: skip
    assert bool(open_rejects(run_target)) == (place == "before"), "only a whole version can tell"


# Policies


SOURCES = ("log", "column", "behind", "before")
POLICIES = {"ignore": "ignore", "flag": {"flag": "isVip"}, "delete": "delete"}
PAIRS = {f"{source}-{policy}": (source, policy) for source in SOURCES for policy in POLICIES}


def entry_of_pair(stream: str) -> Row:
    """Contacts of a stream of their own, by the policy in its name."""
    source, policy = PAIRS[stream]
    others = {name: value for name, value in CONTACTS.items() if name != "table"}
    by_column = {"deleted_at": "gone_at"} if source == "column" else {}
    return {**others, **by_column, "stream": stream, "deleted_in_database": POLICIES[policy]}


def rows_of_pair(stream: str, first: int, *, number: int) -> list[Message]:
    """Two contacts in the first version of a stream; in later ones the second is gone."""
    source, _ = PAIRS[stream]
    table = Table(stream, contacts.key, {**contacts.columns, "gone_at": TIME})
    stays, goes = (a_contact(key, gone_at=None) for key in (first, first + 1))
    told = {"type": "ACTIVATE_VERSION", "stream": stream, "version": number}
    if number == 1:
        later = [stays, goes]
    elif source == "log":
        later = [stays, *gone(first + 1)]
    else:
        later = [stays, {**goes, "gone_at": GONE_AT}] if source == "column" else [stays]
    schema, *messages = table.rows(later)
    dated = [{**message, "version": number} for message in messages]
    ways = {"behind": [*dated, told], "before": [told, *dated]}
    return [schema, *ways.get(source, messages)]


def test_each_policy_does_its_own_whatever_tells_that_a_row_is_gone(run_target: TargetRunner):
    streams = {stream.replace("-", "_"): entry_of_pair(stream) for stream in PAIRS}
    firsts = {stream: 10 * place for place, stream in enumerate(PAIRS, start=1)}
    for number in range(1, 4):
        messages = [
            line
            for stream, first in firsts.items()
            for line in rows_of_pair(stream, first, number=number)
        ]
        run = run_target([*messages, state(1)], streams=streams, max_delete_percent=100)
        assert run.status == 0, run.stderr
    flags = dict(run_target.leads("contactKey", "isVip"))
    became = {"ignore": None, "flag": True, "delete": "no lead"}
    for stream, first in firsts.items():
        assert flags[str(first)] is None, f"{stream}: the row that stays"
        assert flags.get(str(first + 1), "no lead") == became[PAIRS[stream][1]], stream


def test_a_type_that_is_made_has_the_field_that_flags_what_is_gone(run_target: TargetRunner):
    run_target.simulator.post("/settings", custom_object_types=True)
    entry = {**ORDERS, "deleted_in_database": {"flag": "isGone"}}
    streams = {"contacts": CONTACTS, "orders": entry}
    run = run_target(
        [*contacts.rows(people(7)), *orders.rows([an_order(1, 7), an_order(2, 7)]), state(3)],
        streams=streams,
    )
    assert run.status == 0, run.stderr
    deletion = orders.rows([{"order_id": 2, "_sdc_deleted_at": GONE_AT}])
    run = run_target([*deletion, state(1)], streams=streams, max_delete_percent=100)
    assert run.status == 0, run.stderr
    assert records(run_target, "orderId", "isGone", "status") == [
        ("1", None, "open"), ("2", True, "open")
    ]  # fmt: skip


def test_a_flag_is_set_and_taken_back_when_the_row_comes_again(run_on_both: TargetRunner):
    load(run_on_both, contacts.rows(people(1, 2)), FLAGGING)
    run = load(run_on_both, contacts.rows(gone(1)), FLAGGING)
    assert run.status == 0, run.stderr
    names = ("contactKey", "firstName", "isVip")
    assert run_on_both.leads(*names) == [("1", "Person 1", True), ("2", "Person 2", None)]
    run_on_both.simulator.delete("/calls")
    run = load(run_on_both, contacts.rows(gone(1)), FLAGGING)
    assert run.counts == {"taken": 1, "unchanged": 1}
    assert run_on_both.calls() == []
    run = load(run_on_both, contacts.rows([a_contact(1, first_name="Back")]), FLAGGING)
    assert run.counts == {"taken": 1, "updated": 1}
    assert run_on_both.leads(*names)[0] == ("1", "Back", False)
    run = load(run_on_both, contacts.rows([a_contact(1, first_name="Back")]), FLAGGING)
    assert run.counts == {"taken": 1, "unchanged": 1}


def test_a_version_flags_what_it_lacks(run_target: TargetRunner):
    load(run_target, behind(1, people(1, 2)), FLAGGING)
    load(run_target, behind(2, people(1)), FLAGGING)
    assert run_target.leads("contactKey", "isVip") == [("1", None), ("2", True)]
    load(run_target, behind(3, people(1, 2)), FLAGGING)
    assert run_target.leads("contactKey", "isVip") == [("1", None), ("2", False)]


def test_what_is_ignored_is_held_whatever_the_source(run_target: TargetRunner):
    load(run_target, behind(1, people(1, 2, 3)), CONTACTS)
    run = load(run_target, [*contacts.rows(gone(1)), *behind(2, people(2))], CONTACTS)
    assert run.counts == {"taken": 2, "unchanged": 1, "held": 1}
    assert keys(run_target) == ["1", "2", "3"]


def test_a_deleted_row_that_comes_again_is_made_anew(run_target: TargetRunner):
    load(run_target, contacts.rows(people(1)))
    load(run_target, contacts.rows(gone(1)))
    run = load(run_target, contacts.rows([a_contact(1, first_name=None)]))
    assert run.counts == {"taken": 1, "created": 1}
    assert statuses(run_target) == {"1": "linked"}
    assert run_target.leads("contactKey", "firstName") == [("1", None)]
    assert load(run_target, contacts.rows([a_contact(1, first_name=None)])).counts == {
        "taken": 1,
        "unchanged": 1,
    }


# The end of input


def test_deletes_wait_for_the_last_row_and_a_row_that_comes_again_stays(run_target: TargetRunner):
    load(run_target, contacts.rows(people(1, 2)))
    messages = [
        *contacts.rows(gone(1, 2)),
        *contacts.rows([a_contact(1, first_name="Again")])[1:],
    ]
    run = load(run_target, messages)
    assert run.status == 0, run.stderr
    assert run_target.leads("contactKey", "firstName") == [("1", "Again")]
    assert "3 in = 3 sent (0 created, 2 updated, 1 deleted)" in run.stderr


def test_a_row_that_goes_in_the_run_that_brought_it_is_deleted_behind_it(run_target: TargetRunner):
    load(run_target, contacts.rows(people(1)))
    messages = [*contacts.rows([a_contact(1, first_name="Last"), *gone(1)])]
    assert load(run_target, messages).status == 0
    assert keys(run_target) == []
    run = load(run_target, contacts.rows([*people(5), *gone(5)]))
    assert run.status == 0, run.stderr
    assert keys(run_target) == []


def test_children_go_before_their_parents(run_target: TargetRunner):
    """Whatever order the mapping has."""
    run_target.simulator.post("/custom_object_types", **ORDER_TYPE)
    policy = {"deleted_in_database": "delete"}
    streams = {
        "contacts": {**CONTACTS, **policy},
        "orders": {**ORDERS, **policy},
        "accounts": {**ACCOUNTS, **policy},
    }
    tables = [
        *accounts.rows([an_account(1)]),
        *contacts.rows([a_contact(7, 1)]),
        *orders.rows([an_order(1, 7)]),
        state(3),
    ]
    assert run_target(tables, streams=streams).status == 0
    messages = [
        *accounts.rows([{"account_id": 1, "_sdc_deleted_at": GONE_AT}]),
        *contacts.rows(gone(7)),
        *orders.rows([{"order_id": 1, "_sdc_deleted_at": GONE_AT}]),
        state(3),
    ]
    run = run_target(messages, streams=streams, max_delete_percent=100)
    assert run.status == 0, run.stderr
    assert open_rejects(run_target) == {}
    assert run_target.leads("id") == records(run_target, "orderId") == []
    assert run_target.simulator.get("/companies")["companies"] == []
    log = [call["path"] for call in run_target.simulator.get("/calls")["calls"]]
    made = [path for path in log if path.endswith("/delete.json")]
    assert made == [
        "/rest/v1/customobjects/order_c/delete.json",
        DELETE,
        "/rest/v1/companies/delete.json",
    ]


def test_what_marketo_does_not_delete_is_a_reject_and_goes_another_day(run_target: TargetRunner):
    streams = {"accounts": {**ACCOUNTS, "deleted_in_database": "delete"}, "contacts": CONTACTS}
    tables = [*accounts.rows([an_account(1)]), *contacts.rows([a_contact(7, 1)]), state(2)]
    run_target(tables, streams=streams)
    deletion = accounts.rows([{"account_id": 1, "_sdc_deleted_at": GONE_AT}])
    run = run_target([*deletion, state(1)], streams=streams, max_delete_percent=100)
    assert run.counts == {"taken": 1, "refused": 1}, run.stderr
    assert open_rejects(run_target) == {"1": "1022"}
    run = run_target([*deletion, state(1)], streams=streams, max_delete_percent=100)
    assert run.counts == {"taken": 1, "refused": 1}
    run_target.simulator.post("/settings", companies_in_use_deletable=True)
    run_target.change_ledger("update {schema}rejects set last_at = '2020-01-01 00:00:00'")
    run = run_target([accounts.schema(), state(0)], streams=streams, max_delete_percent=100)
    assert run.status == 0, run.stderr
    assert open_rejects(run_target) == {}
    assert run_target.simulator.get("/companies")["companies"] == []


@pytest.mark.parametrize("kind", ["lost_answer", "reset", "http_502"])
def test_a_delete_whose_answer_is_lost_is_done(run_target: TargetRunner, kind: str):
    load(run_target, contacts.rows(people(1, 2)))
    run_target.fault(kind, path=DELETE)
    run = load(run_target, contacts.rows(gone(1, 2)))
    assert run.status == 0, run.stderr
    assert keys(run_target) == []
    assert set(statuses(run_target).values()) == {"deleted"}


def test_what_is_gone_from_marketo_already_or_was_never_sent_needs_nothing(
    run_target: TargetRunner,
):
    load(run_target, contacts.rows([*people(1), a_contact(2, email="bad")]))
    run_target.simulator.delete("/leads/1")
    run = load(run_target, contacts.rows(gone(1, 2, 3)))
    assert run.status == 0, run.stderr
    assert open_rejects(run_target) == {}
    assert statuses(run_target) == {"1": "deleted", "2": "deleted"}
    run = load(run_target, [contacts.schema()])
    assert "again" not in run.stderr


# Never too much


def test_too_many_deletes_of_any_source_stop_the_run_and_nothing_goes(run_on_both: TargetRunner):
    load(run_on_both, behind(1, people(*range(1, 21))))
    messages = behind(2, [*gone(1), *people(*range(3, 21))])
    run = load(run_on_both, messages, max_delete_percent=9)
    assert run.status == 1
    assert "2 of 20 records are to be deleted" in run.last_line
    assert "`max_delete_percent`" in run.last_line
    assert len(keys(run_on_both)) == 20
    assert run.states == []
    run = load(run_on_both, messages, max_delete_percent=None)
    assert run.status == 0, run.stderr
    assert len(keys(run_on_both)) == 18


def test_a_version_that_lacks_too_much_stops_the_run_when_it_would_mark(run_target: TargetRunner):
    load(run_target, before(1, people(*range(1, 21))))
    run = load(run_target, before(2, people(*range(1, 15))), max_delete_percent=None)
    assert run.status == 1
    assert "6 of 20 records are missing" in run.last_line
    run = load(run_target, before(3, people(*range(1, 20))), max_delete_percent=None)
    assert run.status == 0, run.stderr
    assert len(keys(run_target)) == 20


def test_a_version_without_any_row_stops_the_run(run_target: TargetRunner):
    load(run_target, before(1, people(1, 2)))
    run = load(run_target, before(2, []))
    assert run.status == 1
    assert "without any row" in run.last_line
    assert keys(run_target) == ["1", "2"]


def test_a_mapping_whose_deletes_cannot_work_is_refused(run_target: TargetRunner):
    cases = {
        "Marketo has no field isGone": {"flag": "isGone"},
        "firstName is no boolean field": {"flag": "firstName"},
    }
    for words, policy in cases.items():
        entry = {**CONTACTS, "deleted_in_database": policy}
        run = load(run_target, contacts.rows(people(1)), entry)
        assert run.status == 1
        assert words in run.stderr
    run = load(run_target, contacts.rows(people(1)), ledger_url="none")
    assert "deletes need a ledger" in run.stderr
    assert run_target.calls() == []


def test_a_dry_run_shows_deletes_and_does_none(run_target: TargetRunner):
    load(run_target, contacts.rows(people(1, 2)))
    for entry in (DELETING, FLAGGING):
        run = load(run_target, contacts.rows(gone(1)), entry, dry_run=True)
        assert run.status == 0, run.stderr
        assert keys(run_target) == ["1", "2"]
    assert statuses(run_target) == {"1": "linked", "2": "linked"}
