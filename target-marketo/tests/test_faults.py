"""What goes wrong on the way. `tests/faults` sweeps over every kind of fault at every call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from target_runs import a_contact, singer

if TYPE_CHECKING:
    from target_runs import Row, TargetRunner

SYNC = "/rest/v1/leads.json"
FIRST_WRITE = 7  # after token, usage, two describes, two look-ups


@pytest.mark.parametrize("code", ["609", "718", "413"])
def test_a_call_refused_as_a_whole_is_halved_until_the_bad_record_is_alone(
    run_target: TargetRunner, code: str
):
    run_target.fault("code", code=code, path=SYNC, holding="Person 13", times=100)
    run = run_target(singer([a_contact(n) for n in range(1, 21)]))
    assert run.counts == {"taken": 20, "created": 19, "refused": 1}
    (reject,) = run_target.ledger("rejects")
    assert (reject["record_key"], reject["code"]) == ("13", code)
    assert reject["request_id"]
    assert len(run_target.leads("id")) == 19


def test_a_write_that_ran_too_long_is_looked_into_and_halved(run_target: TargetRunner):
    run_target.fault("code", code="604", path=SYNC, call=FIRST_WRITE, times=2)
    run = run_target(singer([a_contact(n) for n in range(1, 21)]))
    assert run.status == 0, run.stderr
    assert run.counts == {"taken": 20, "created": 20}
    sizes = [len(call["body"]["input"]) for call in run_target.calls() if call["body"]]
    assert sizes == [10, 10]
    assert len(run_target.leads("id")) == 20


def test_a_record_that_makes_marketo_fail_is_narrowed_down_among_many(run_target: TargetRunner):
    """After 611 the work may have been done, so that each half is looked into before it goes."""
    run_target.fault("code", code="611", path=SYNC, holding="Person 13", times=100)
    run = run_target(singer([a_contact(n) for n in range(1, 41)]), request_timeout_seconds=1)
    assert run.counts == {"taken": 40, "created": 39, "refused": 1}, run.stderr
    (reject,) = run_target.ledger("rejects")
    assert (reject["record_key"], reject["code"]) == ("13", "611")
    assert len(run_target.leads("id")) == 39


@pytest.mark.parametrize("fault", [{"kind": "http_503"}, {"kind": "code", "code": "611"}])
def test_answers_that_stay_lost_stop_the_run_without_state(run_target: TargetRunner, fault: Row):
    run_target.fault(**fault, path=SYNC, holding="createOrUpdate", times=100)
    rows = [a_contact(n) for n in range(1, 41)]
    run = run_target(singer(rows), request_timeout_seconds=1)
    assert run.status == 1
    assert run.states == run_target.ledger("rejects") == []
    assert fault.get("code", "503") in run.last_line
    run_target.simulator.delete("/faults")
    assert run_target(singer(rows)).counts == {"taken": 40, "created": 40}


def test_the_quota_of_the_day_stops_the_run_behind_what_is_settled(run_target: TargetRunner):
    rows = [a_contact(n) for n in range(1, 901)]
    run_target.fault("code", code="607", path=SYNC, call=12, times=100)
    run = run_target(singer(rows, state_every=100), max_concurrent_calls=1)
    assert run.status == 1
    assert "607" in run.last_line
    settled = len(run_target.ledger("records"))
    assert settled == len(run_target.leads("id")) > 0
    assert all(state <= settled for state in run.states)
    run_target.simulator.delete("/faults")
    assert run_target(singer(rows)).counts["unchanged"] == settled
    assert len(run_target.leads("id")) == 900


def test_too_many_refusals_stop_the_run(run_target: TargetRunner):
    rows = [a_contact(n, email="bad") for n in range(1, 701)]
    run = run_target(singer(rows))
    assert run.status == 1
    assert "`max_rejects_percent`" in run.last_line
    assert run.counts == {"taken": 300, "refused": 300}
    assert len(run_target.ledger("rejects")) == 300
    run = run_target(singer(rows), max_rejects_percent=100)
    assert run.counts == {"taken": 700, "refused": 700}


def test_a_row_that_changes_while_its_first_form_is_on_its_way_ends_as_it_was_last(
    run_target: TargetRunner,
):
    """Answers come back in another order: those of the first call slowly, or not at all."""
    strikes = {"slow_body": '"slow"', "lost_answer": '"lost"'}
    for kind, plan in strikes.items():
        run_target.fault(kind, path=SYNC, holding=plan, seconds=1)
    firsts = {1: "slow", 301: "lost"}
    rows = [a_contact(n, plan=firsts.get(n, "basic")) for n in range(1, 601)]
    rows += [a_contact(n, plan=plan) for n in (1, 301) for plan in ("second", "last")]
    run = run_target(singer(rows, state_every=100))
    assert run.counts == {"taken": 604, "created": 600, "updated": 4}
    assert run.states[-1] == 604
    assert dict(run_target.leads("contactKey", "planCode")) == {
        **{str(n): "basic" for n in range(1, 601)}, "1": "last", "301": "last"
    }  # fmt: skip
    last = {row["contact_id"]: row for row in rows}
    assert run_target(singer(last.values())).counts == {"taken": 600, "unchanged": 600}


def test_a_batch_over_one_megabyte_goes_out_in_pieces(run_target: TargetRunner):
    columns = {"id": {"type": "integer"}, "note": {"type": "string"}}
    rows = [{"id": n, "note": "x" * 29_000} for n in range(1, 81)]
    entry = {"key": {"id": "contactKey"}, "fields": {"note": "freeText"}}
    run = run_target(singer(rows, columns=columns, key="id"), entry=entry)
    assert run.counts == {"taken": 80, "created": 80}, run.stderr
    assert len(run_target.calls()) == 3


def test_a_field_that_goes_in_mid_run_is_left_out_and_the_rest_is_sent(run_target: TargetRunner):
    run_target(singer([a_contact(1), a_contact(2)]))
    run_target.simulator.delete("/calls")
    run_target.simulator.post("/settings", latency_seconds=0.3)
    with run_target.start() as process:
        assert process.stdin
        changed = [a_contact(n, plan="pro", first_name="New") for n in (1, 2)]
        head, *rest = singer(changed)
        process.stdin.write(json.dumps(head) + "\n")
        process.stdin.flush()
        while not run_target.calls("GET", "/rest/v1/leads/describe2.json"):
            pass
        while run_target.calls("GET", "/rest/v1/leads/describe2.json")[-1]["status"] == 0:
            pass
        run_target.simulator.post("/fields/planCode", hidden=True)
        run_target.simulator.post("/settings", latency_seconds=0)
        _, stderr = process.communicate("".join(json.dumps(line) + "\n" for line in rest))
    assert process.returncode == 0, stderr
    assert "left out" in stderr
    assert run_target.leads("contactKey", "firstName") == [("1", "New"), ("2", "New")]
    assert len(run_target.calls("GET", "/rest/v1/leads/describe2.json")) == 2
    run_target.simulator.post("/fields/planCode", hidden=False)
    assert run_target(singer(changed)).counts == {"taken": 2, "updated": 2}
    assert run_target.leads("planCode") == [("pro",), ("pro",)]
