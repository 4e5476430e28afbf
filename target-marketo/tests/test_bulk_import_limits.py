"""What Marketo allows of files, and what it says of their rows: sizes, queue, day, problems."""

from __future__ import annotations

import signal
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import pytest
from crm import CONTACTS, ORDERS, TEXT, WHOLE, Table, an_order, orders
from crm import a_contact as a_person
from crm import contacts as people
from target_runs import COLUMNS, ENTRY, a_contact, lines, singer
from test_bulk_import import IMPORT, ORDERS_IMPORT, WAIT_SECONDS, bulk, files, some, wait_for_batch
from test_custom_objects import LINK, ORDER_TYPE, SYNC, records

if TYPE_CHECKING:
    from target_runs import Message, TargetRunner

BATCHES = "/bulk/v1/leads/batch/*.json"
LEADS = "/rest/v1/leads.json"
BEFORE_MIDNIGHT = "2026-11-25T05:59:59Z"  # US Central is six hours behind
A_DAY = 86_400


def log(run_target: TargetRunner) -> list[Message]:
    calls: list[Message] = run_target.simulator.get("/calls")["calls"]
    return calls


def test_two_files_at_most_are_on_their_way(run_target: TargetRunner):
    contacts = some(1, 61)
    run_target(singer(contacts))
    changes: list[dict[str, Any]] = [
        {"first_name": "New"}, {"plan": "gold"}, {"seats": 99}, {"vip": True}
    ]  # fmt: skip
    for number, row in enumerate(contacts):
        row.update(changes[number % len(changes)])
    run_target.simulator.post("/settings", import_polls=1)
    run_target.simulator.delete("/calls")
    run = bulk(run_target, singer(contacts))
    assert run.counts == {"taken": 60, "updated": 60}
    assert len(files(run_target)) == len(changes)
    sent, asked_for = 0, set()
    for call in log(run_target):
        if call["path"] == IMPORT:
            assert sent - len(asked_for) < 2
            sent += 1
        elif fnmatch(call["path"], BATCHES):
            asked_for.add(call["path"])  # and with this answer it is over


def test_a_file_stays_under_ten_megabytes_whatever_its_letters(run_target: TargetRunner):
    columns = {**COLUMNS, "note": {"type": ["null", "string"]}}
    entry = {"fields": {**ENTRY["fields"], "note": "freeText"}}
    rows = [a_contact(number, note="ü" * 14_000) for number in range(1, 331)]
    run = bulk(run_target, singer(rows, columns=columns), entry=entry)
    assert run.counts == {"taken": 330, "created": 330}
    assert [file["status"] for file in files(run_target)] == [200, 200]
    assert {note for (note,) in run_target.leads("freeText")} == {"ü" * 14_000}
    assert run_target.calls() == []  # no row went by a call


def strike_607(run_target: TargetRunner, *paths: str) -> None:
    """The day is over for the next call to each of these, a second before midnight."""
    run_target.simulator.post("/clock", now=BEFORE_MIDNIGHT, running=False)
    for path in paths:
        run_target.fault("code", code="607", path=path, times=1)


def test_who_waits_for_the_next_day_goes_on_with_the_file(run_target: TargetRunner):
    contacts = some(1, 41)
    run_target(singer(contacts))
    for row in contacts:
        row["plan"] = "gold"
    strike_607(run_target, IMPORT, BATCHES, LEADS)
    run = bulk(run_target, singer(contacts), on_quota="wait")
    assert run.status == 0, run.stderr
    assert run.stderr.count("waiting until") == 3
    assert run.counts == {"taken": 40, "updated": 40}
    assert run.states == [40]
    assert [file["code"] for file in files(run_target)] == ["607", None]
    assert run_target.leads("planCode") == [("gold",)] * 40


@pytest.mark.parametrize("path", [BATCHES, LEADS])
def test_a_day_that_ends_stops_the_run_and_the_next_one_asks_for_the_file(
    run_target: TargetRunner, path: str
):
    contacts = some(1, 41)
    run_target(singer(contacts))
    for row in contacts:
        row["plan"] = "gold"
    run_target.fault("code", code="607", path=path, times=1)
    run = bulk(run_target, singer(contacts))
    assert (run.status, run.states) == (1, [])
    assert "607" in run.last_line
    run_target.simulator.post("/clock", advance_seconds=A_DAY)
    run = bulk(run_target, singer(contacts))
    assert run.status == 0, run.stderr
    assert run.states == [40]
    assert len(files(run_target)) == 1
    assert run_target.leads("planCode") == [("gold",)] * 40


def test_a_warning_is_told_of_the_row_that_it_is_about(run_target: TargetRunner):
    rows = [a_contact(n, **({"email": "seven@localhost"} if n == 7 else {})) for n in range(1, 41)]
    run = bulk(run_target, singer(rows))
    assert run.counts == {"taken": 40, "created": 40}
    (reject,) = run_target.ledger("rejects")
    assert (reject["record_key"], reject["code"]) == ("7", "local.import_warning")
    assert "Invalid email address" in reject["reason"]
    run_target.simulator.delete("/calls")
    assert bulk(run_target, singer(rows)).counts == {"taken": 40, "unchanged": 40}
    assert run_target.calls() == []


BILL_CALLS = "/rest/v1/customobjects/bill_c.json"
BILLS = {
    "object": "custom_object",
    "api_name": "bill_c",
    "key": {"shop": "shop", "number": "number"},
    "link": {"contact_id": "contacts"},
    "fields": {},
}
BILL_TYPE = {
    "apiName": "bill_c",
    "displayName": "Bill",
    "fields": [
        {"name": "shop", "displayName": "Shop", "dataType": "string", "isDedupeField": True},
        {"name": "number", "displayName": "Number", "dataType": "string", "isDedupeField": True},
        {**LINK, "relatedTo": {"name": "lead", "field": "id"}},
    ],
}
bills = Table("bills", ("shop", "number"), {"shop": TEXT, "number": WHOLE, "contact_id": WHOLE})


def test_failures_of_custom_objects_are_told_of_their_rows_by_keys_of_two_fields(
    run_target: TargetRunner,
):
    run_target.simulator.post("/custom_object_types", **BILL_TYPE)
    streams = {"contacts": {**CONTACTS, "company": None}, "bills": BILLS}
    run_target(people.rows([a_person(1), a_person(2)]), streams=streams)
    (gone,) = [lead for lead, key in run_target.leads("id", "contactKey") if key == "2"]
    run_target.simulator.delete(f"/leads/{gone}")
    rows = [
        {"shop": shop, "number": number, "contact_id": 2 if (shop, number) == ("b,c", 5) else 1}
        for shop in ("a", "b,c")
        for number in range(1, 21)
    ]
    run = bulk(run_target, bills.rows(rows), streams=streams, request_timeout_seconds=6)
    assert run.status == 0, run.stderr
    assert len(files(run_target, "/bulk/v1/customobjects/bill_c/import.json")) == 1
    (reject,) = run_target.ledger("rejects")
    assert (reject["object"], reject["record_key"]) == ("bills", '["b,c",5]')
    (call,) = run_target.calls("POST", BILL_CALLS)
    assert [(each["shop"], each["number"]) for each in call["body"]["input"]] == [("b,c", "5")]
    assert len(run_target.calls("GET", BILL_CALLS)) == 1  # nothing of the file was searched for
    assert len(records(run_target, "shop", "number", of="bill_c")) == 39


def test_contacts_and_their_orders_go_in_files_and_are_linked(run_target: TargetRunner):
    run_target.simulator.post("/custom_object_types", **ORDER_TYPE)
    streams = {
        "contacts": {**CONTACTS, "company": None},
        "orders": {**ORDERS, "create_type": False},
    }
    messages = [
        *orders.rows([an_order(n, n) for n in range(1, 41)]),
        *people.rows([a_person(n) for n in range(1, 41)]),
    ]
    run = bulk(run_target, messages, streams=streams)
    assert run.status == 0, run.stderr
    assert len(files(run_target)) == len(files(run_target, ORDERS_IMPORT)) == 1
    leads = dict(run_target.leads("contactKey", "id"))
    linked = records(run_target, "orderId", "leadID")
    assert sorted(linked) == sorted((str(n), leads[str(n)]) for n in range(1, 41))
    run_target.simulator.delete("/calls")
    bulk(run_target, messages, streams=streams)
    assert run_target.calls() == run_target.calls("POST", SYNC) == []
    assert files(run_target) == files(run_target, ORDERS_IMPORT) == []


def test_a_run_that_is_killed_asks_for_its_file_of_custom_objects(run_target: TargetRunner):
    run_target.simulator.post("/custom_object_types", **ORDER_TYPE)
    run_target.simulator.post("/settings", import_polls=2)
    settings: dict[str, Any] = {
        "bulk_import": "auto",
        "bulk_import_threshold": 10,
        "poll_interval_seconds": 1,
        "streams": {"orders": {**ORDERS, "create_type": False, "link": {}}},
    }
    messages = orders.rows([an_order(n) for n in range(1, 41)])
    with run_target.start(**settings) as process:
        process.stdin.write(lines(messages))
        process.stdin.close()
        wait_for_batch(run_target)
        process.send_signal(signal.SIGKILL)
        process.wait(WAIT_SECONDS)
    run = run_target(messages, **settings)
    assert run.status == 0, run.stderr
    assert len(files(run_target, ORDERS_IMPORT)) == 1
    assert len(records(run_target, "orderId")) == 40
    assert {record["status"] for record in run_target.ledger("records")} == {"linked"}
