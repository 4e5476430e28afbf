"""Many rows in files: matched back row by row, found again after a kill, and never sent twice."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from crm import ORDERS, an_order, orders
from sqlalchemy.exc import OperationalError
from target_runs import a_contact, a_record, a_state, lines, singer
from test_custom_objects import ORDER_TYPE, records

if TYPE_CHECKING:
    from target_runs import Message, Row, TargetRun, TargetRunner

IMPORT = "/bulk/v1/leads.json"
ORDERS_IMPORT = "/bulk/v1/customobjects/order_c/import.json"
NAMES = ("contactKey", "email", "firstName", "planCode", "seats")
A_DAY = 86_400
WAIT_SECONDS = 120


def bulk(run_target: TargetRunner, messages: list[Message], **settings: Any) -> TargetRun:
    """A run in which ten rows are many."""
    few: dict[str, Any] = {"bulk_import": "auto", "bulk_import_threshold": 10}
    return run_target(messages, **{**few, "poll_interval_seconds": 1, **settings})


def files(run_target: TargetRunner, path: str = IMPORT) -> list[Message]:
    return run_target.calls(path=path)


def some(*numbers: int) -> list[Row]:
    return [a_contact(number) for number in range(*numbers)]


def test_many_rows_go_in_a_file_and_their_ids_and_values_are_read_back(run_on_both: TargetRunner):
    run_on_both.simulator.post("/leads", input=[{"email": "person1@example.com"}])
    run = bulk(run_on_both, singer(some(1, 501)))
    assert run.status == 0, run.stderr
    assert run.counts == {"taken": 500, "created": 499, "updated": 1}
    assert run.states == [500]
    assert len(files(run_on_both)) == 1
    assert len(run_on_both.leads("id")) == 500
    ids = {key: str(number) for key, number in run_on_both.leads("contactKey", "id")}
    known = run_on_both.ledger("records")
    assert {record["record_key"]: record["marketo_id"] for record in known} == ids
    assert {record["status"] for record in known} == {"linked"}


def test_the_next_run_writes_nothing_and_one_with_changes_only_these(run_target: TargetRunner):
    contacts = some(1, 401)
    bulk(run_target, singer(contacts))
    run_target.simulator.delete("/calls")
    run = bulk(run_target, singer(contacts))
    assert run.counts == {"taken": 400, "unchanged": 400}
    assert run_target.calls() == files(run_target) == []
    for row in contacts[:50]:
        row["first_name"] = "Renamed"
    run = bulk(run_target, singer(contacts))
    assert run.counts == {"taken": 400, "updated": 50, "unchanged": 350}
    (file,) = files(run_target)
    assert file["query"]["lookupField"] == ["id"]
    assert sum(name == "Renamed" for (name,) in run_target.leads("firstName")) == 50


def test_each_row_that_is_updated_by_its_id_is_read_back(run_target: TargetRunner):
    contacts = some(1, 401)
    bulk(run_target, singer(contacts))
    for row in contacts:
        row["first_name"] = "Renamed"
    run_target.simulator.delete("/calls")
    bulk(run_target, singer(contacts))
    looks = run_target.calls("GET")
    asked = ",".join(look["query"]["filterValues"][0] for look in looks).split(",")
    assert sorted(asked) == sorted(str(number) for (number,) in run_target.leads("id"))


def test_few_rows_and_rows_that_clear_a_value_go_by_calls(run_target: TargetRunner):
    contacts = some(1, 31)
    bulk(run_target, singer(contacts), bulk_import_threshold=31)
    assert files(run_target) == []
    for row in contacts:
        row["plan"] = None
    bulk(run_target, singer(contacts))
    assert files(run_target) == []
    assert {plan for (plan,) in run_target.leads("planCode")} == {None}


def test_what_marketo_refuses_of_a_file_is_refused_row_by_row(run_target: TargetRunner):
    contacts = some(1, 41)
    run_target.simulator.post("/leads", input=[{"email": "person7@example.com"}] * 2)
    run = bulk(run_target, singer(contacts))
    assert run.status == 0, run.stderr
    assert run.counts["taken"] == 40
    assert run.counts["created"] == 39
    (reject,) = run_target.ledger("rejects")
    assert reject["record_key"] == "7"
    assert len(run_target.leads("id")) == 41


@pytest.mark.parametrize("kind", ["failed_import", "broken_import"])
def test_rows_of_a_file_that_failed_go_by_calls_and_none_is_doubled(
    run_target: TargetRunner, kind: str
):
    run_target.fault(kind)
    run = bulk(run_target, singer(some(1, 41)))
    assert run.status == 0, run.stderr
    assert sum(run.counts.get(name, 0) for name in ("created", "updated")) == 40
    assert len(run_target.leads("id")) == 40
    assert sorted(run_target.leads(*NAMES)) == sorted(
        (str(n), f"person{n}@example.com", f"Person {n}", "basic", n) for n in range(1, 41)
    )


@pytest.mark.parametrize(("code", "told"), [("413", "40 rows in 2 files"), ("603", None)])
def test_the_summary_leaves_out_files_that_marketo_did_not_take(
    run_target: TargetRunner, code: str, told: str | None
):
    run_target.fault("code", code=code, path=IMPORT, times=1)
    run = bulk(run_target, singer(some(1, 41)))
    assert run.counts == {"taken": 40, "created": 40}
    found = [line for line in run.stderr.splitlines() if line.startswith("  by bulk import: ")]
    assert found == ([f"  by bulk import: {told}"] if told else [])


def test_a_file_whose_answer_is_lost_is_looked_for_and_not_sent_again(run_target: TargetRunner):
    run_target.fault("lost_answer", path=IMPORT, times=1)
    run = bulk(run_target, singer(some(1, 41)))
    assert run.counts == {"taken": 40, "created": 40}
    assert run.states == [40]
    assert len(run_target.leads("id")) == 40
    assert len(files(run_target)) == 1


def test_rows_of_a_file_that_never_came_are_held_for_a_day_and_go_by_calls(
    run_target: TargetRunner,
):
    run_target.fault("reset", path=IMPORT, times=1)
    for _ in range(2):
        run = bulk(run_target, singer(some(1, 41)))
        assert run.status == 0, run.stderr
        assert run.counts == {"taken": 40, "held": 40}
        assert "40 x in a file of which Marketo has not said whether it has it" in run.stderr
        assert run.states == []
        assert run_target.leads("id") == run_target.calls() == []
    run_target.simulator.post("/clock", advance_seconds=A_DAY)
    run = bulk(run_target, singer(some(1, 41)))
    assert run.counts == {"taken": 80, "created": 40, "unchanged": 40}
    assert "40 of them taken again from the ledger" in run.stderr
    assert run.states == [40]
    assert len(run_target.leads("id")) == 40
    assert len(files(run_target)) == 1


def test_a_newer_row_waits_for_the_file_that_may_bring_an_older_one(run_target: TargetRunner):
    run_target.simulator.post("/settings", import_seconds=1000)
    run_target.fault("lost_answer", path=IMPORT, times=1)
    contacts = some(1, 41)
    bulk(run_target, singer(contacts))
    contacts[-1]["first_name"] = "Newer"
    run = bulk(run_target, singer(contacts))
    assert run.status == 0, run.stderr
    assert run.states == run_target.calls() == []
    run_target.simulator.post("/clock", advance_seconds=1000)
    run = bulk(run_target, singer(contacts))
    assert run.states == [40]
    assert len(run_target.leads("id")) == 40
    assert ("40", "Newer") in run_target.leads("contactKey", "firstName")
    assert len(files(run_target)) == 1
    assert run_target.ledger("import_rows") == []


def test_a_run_that_is_killed_while_marketo_imports_asks_for_that_file(run_target: TargetRunner):
    run_target.simulator.post("/settings", import_seconds=6)
    contacts = some(1, 41)
    settings: dict[str, Any] = {"bulk_import": "auto", "bulk_import_threshold": 10}
    with run_target.start(**settings, poll_interval_seconds=1) as process:
        process.stdin.write(lines(singer(contacts)))
        process.stdin.close()
        wait_for_batch(run_target)
        process.send_signal(signal.SIGKILL)
        assert process.stdout.read() == ""
    run = bulk(run_target, singer(contacts))
    assert run.status == 0, run.stderr
    assert len(files(run_target)) == 1
    assert len(run_target.leads("id")) == 40
    assert run.states == [40]
    assert {record["status"] for record in run_target.ledger("records")} == {"linked"}


def test_a_signal_ends_the_wait_for_a_file_and_the_next_run_goes_on(run_target: TargetRunner):
    run_target.simulator.post("/settings", import_seconds=6)
    contacts = some(1, 41)
    settings: dict[str, Any] = {"bulk_import": "auto", "bulk_import_threshold": 10}
    with run_target.start(**settings, poll_interval_seconds=1) as process:
        process.stdin.write(lines(singer(contacts)))
        process.stdin.close()
        process.stdin = None
        wait_for_batch(run_target)
        process.send_signal(signal.SIGTERM)
        stdout, stderr = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 128 + signal.SIGTERM, stderr
    assert stdout == ""
    run = bulk(run_target, singer(contacts))
    assert run.status == 0, run.stderr
    assert len(files(run_target)) == 1
    assert len(run_target.leads("id")) == 40


def test_a_row_that_comes_again_while_it_waits_is_sent_once_as_it_was_last(
    run_target: TargetRunner,
):
    messages = [*singer(some(1, 21))[:-1], a_record(a_contact(3, first_name="Last")), a_state(21)]
    run = bulk(run_target, messages)
    assert run.status == 0, run.stderr
    assert run.states == [21]
    assert ("3", "Last") in run_target.leads("contactKey", "firstName")
    assert len(run_target.leads("id")) == 20


def test_records_of_custom_objects_go_in_files_too(run_target: TargetRunner):
    run_target.simulator.post("/custom_object_types", **ORDER_TYPE)
    streams = {"orders": {**ORDERS, "create_type": False, "link": {}}}
    rows = [{**an_order(n), "contact_id": None} for n in range(1, 41)]
    run = bulk(run_target, orders.rows(rows), streams=streams)
    assert run.status == 0, run.stderr
    assert len(files(run_target, ORDERS_IMPORT)) == 1
    assert len(records(run_target, "orderId")) == 40
    again = bulk(run_target, orders.rows(rows), streams=streams)
    assert "40 in = 0 sent (0 created, 0 updated) + 40 unchanged" in again.stderr


def test_a_dry_run_says_what_would_go_in_files_and_sends_none(run_target: TargetRunner):
    run = bulk(run_target, singer(some(1, 41)), dry_run=True)
    assert run.status == 0, run.stderr
    assert files(run_target) == run_target.calls() == run_target.leads("id") == []
    assert "40 rows would go by bulk import" in run.stderr


def wait_for_batch(run_target: TargetRunner) -> None:
    """Until the ledger knows Marketo's id of a file."""
    patience = time.monotonic() + WAIT_SECONDS
    while not batches(run_target):
        assert time.monotonic() < patience
        time.sleep(0.1)


def batches(run_target: TargetRunner) -> list[str]:
    try:
        return [row["batch_id"] for row in run_target.ledger("imports") if row["batch_id"]]
    except OperationalError:  # no table yet
        return []
