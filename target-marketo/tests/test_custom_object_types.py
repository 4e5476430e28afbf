"""Types of custom objects come from the table: made, extended and approved, or told to a person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from crm import CONTACTS, ORDERS, TEXT, Table, a_contact, an_order, contacts, orders, state
from test_custom_objects import ORDER_TYPE, records

if TYPE_CHECKING:
    from target_runs import Row, TargetRun, TargetRunner

STREAMS = {"contacts": CONTACTS, "orders": ORDERS}
EVERYTHING = {name: value for name, value in ORDERS.items() if name != "fields"}
SCHEMA = "/rest/v1/customobjects/schema"
ANY = {"type": ["null", "string", "number", "integer", "array", "object", "boolean"]}


@pytest.fixture(autouse=True)
def metadata_api(run_target: TargetRunner) -> None:
    """The subscription has it."""
    run_target.simulator.post("/settings", custom_object_types=True)


def the_type(run_target: TargetRunner) -> dict[str, Any]:
    (found,) = run_target.simulator.get("/custom_object_types")["types"]
    return found


def fields(run_target: TargetRunner) -> dict[str, str]:
    """The data type of each field that is not Marketo's own."""
    own = {"marketoGUID", "createdAt", "updatedAt"}
    found = the_type(run_target)["fields"]
    return {each["name"]: each["dataType"] for each in found if each["name"] not in own}


def load(run_target: TargetRunner, *rows: Row, columns: dict[str, Any], entry: Any = EVERYTHING):
    table = Table(orders.stream, orders.key, columns)
    people = contacts.rows([a_contact(7)])
    messages = [*people, *table.rows(rows), state(1 + len(rows))]
    return run_target(messages, streams={"contacts": CONTACTS, "orders": entry})


def test_a_type_is_derived_from_all_columns_with_the_key_and_links_of_the_mapping(
    run_target: TargetRunner,
):
    columns = {
        "order_id": {"type": ["integer"]},
        "contact_id": {"type": ["null", "integer"]},
        "total": {"type": ["null", "number"]},
        "lines": {"type": ["null", "integer"]},
        "is_paid": {"type": ["null", "boolean"]},
        "placed_at": {"type": ["null", "string"], "format": "date-time"},
        "due_on": {"type": ["null", "string"], "format": "date"},
        "status": {"type": ["null", "string"], "maxLength": 40},
        "note": {"type": ["null", "string"], "maxLength": 4000},
        "details": ANY,
        "tags": {"type": ["null", "array"]},
        "created_at": {"type": ["null", "string"], "format": "date-time"},
    }
    row = {
        "order_id": 12345678901,
        "contact_id": 7,
        "total": 9.5,
        "lines": 3,
        "is_paid": True,
        "placed_at": "2026-11-24T09:00:00Z",
        "due_on": "2026-12-01",
        "status": "open",
        "note": "x" * 1000,
        "details": {"gift": True},
        "tags": ["a", "b"],
        "created_at": "2026-11-23T09:00:00Z",
    }
    run = load(run_target, row, columns=columns)
    assert run.status == 0, run.stderr
    assert fields(run_target) == {
        "orderId": "string",
        "leadID": "integer",
        "total": "float",
        "lines": "integer",
        "isPaid": "boolean",
        "placedAt": "datetime",
        "dueOn": "date",
        "status": "string",
        "note": "text",
        "details": "text",
        "tags": "text",
        "sourceCreatedAt": "datetime",
    }
    made = the_type(run_target)
    assert (made["apiName"], made["displayName"], made["state"]) == ("order_c", "Order", "approved")
    assert made["dedupeFields"] == ["orderId"]
    assert records(run_target, "orderId", "details", "tags", "sourceCreatedAt", "dueOn") == [
        ("12345678901", '{"gift":true}', '["a","b"]', "2026-11-23T09:00:00Z", "2026-12-01")
    ]
    run_target.simulator.delete("/calls")
    run = load(run_target, row, columns=columns)
    made = run_target.simulator.get("/calls")["calls"]
    assert {call["method"] for call in made} == {"GET"}, run.stderr
    assert [call["path"] for call in made if call["path"].startswith(SCHEMA)] == []


def test_a_name_that_is_a_plural_is_no_plural_twice(run_target: TargetRunner):
    load(run_target, an_order(1, 7), columns=orders.columns, entry=ORDERS | {"api_name": "orders"})
    shown = the_type(run_target)
    assert (shown["displayName"], shown["pluralName"]) == ("Orders", "Orders")


def test_a_table_that_grows_a_column_extends_its_type(run_target: TargetRunner):
    columns = {name: orders.columns[name] for name in ("order_id", "contact_id", "total")}
    load(run_target, {"order_id": 1, "contact_id": 7, "total": 1}, columns=columns)
    wider = {**columns, "gift_note": TEXT}
    row = {"order_id": 1, "contact_id": 7, "total": 1, "gift_note": "for Ada"}
    run = load(run_target, row, columns=wider)
    assert run.status == 0, run.stderr
    assert fields(run_target)["giftNote"] == "string"
    assert the_type(run_target)["state"] == "approved"
    assert records(run_target, "orderId", "giftNote") == [("1", "for Ada")]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (EVERYTHING, "field total: the stream has no column for it any more"),
        (ORDERS, "column total: the stream has no such column"),
    ],
    ids=["all columns", "named columns"],
)
def test_a_table_that_loses_a_column_or_changes_its_type_keeps_its_type_of_object(
    run_target: TargetRunner, entry: Row, told: str
):
    load(run_target, an_order(1, 7), columns=orders.columns, entry=entry)
    before = fields(run_target)
    narrow = {name: kind for name, kind in orders.columns.items() if name != "total"}
    narrow["placed_at"] = {"type": ["null", "boolean"]}
    row = {"order_id": 1, "contact_id": 7, "status": "paid", "placed_at": True}
    run = load(run_target, row, columns=narrow, entry=entry)
    assert run.status == 0, run.stderr
    assert told in run.stderr
    assert "column placed_at: boolean cannot fill placedAt" in run.stderr
    assert fields(run_target) == before
    assert records(run_target, "status", "total", "placedAt") == [
        ("paid", 1.5, "2026-11-24T09:00:00Z")
    ]


def test_without_the_metadata_api_the_definition_is_told_and_nothing_is_sent(
    run_target: TargetRunner,
):
    run_target.simulator.post("/settings", custom_object_types=False)
    messages = [*contacts.rows([a_contact(7)]), *orders.rows([an_order(1, 7)]), state(2)]
    run = run_target(messages, streams=STREAMS)
    assert run.status == 1
    assert "616" in run.stderr
    assert run_target.leads("id") == []
    assert run.states == []
    for words in ("API name", "orderId", "Order Id", "lead.id", "placedAt"):
        assert words in run.stderr
    told = definition(run)
    assert told["apiName"] == "order_c"
    (key,) = [field for field in told["fields"] if field.get("isDedupeField")]
    assert key["name"] == "orderId"
    run_target.simulator.post("/custom_object_types", **ORDER_TYPE)
    run = run_target(messages, streams=STREAMS)
    assert run.status == 0, run.stderr
    assert records(run_target, "orderId") == [("1",)]


def definition(run: TargetRun) -> dict[str, Any]:
    """What is to be entered by hand, as JSON."""
    (text,) = [line for line in run.stderr.splitlines() if line.strip().startswith("{")]
    told: dict[str, Any] = json.loads(text)
    return told


@pytest.mark.parametrize("lacks", ["the metadata API", "the permission", "the addresses"])
def test_the_definition_to_enter_has_the_types_of_columns_that_come_later(
    run_target: TargetRunner, lacks: str
):
    """Streams that come first are read on to the table's columns, and nothing of them is sent."""
    if lacks == "the permission":
        run_target.simulator.post("/permissions", denied=["Read-Only Custom Object Type"])
    elif lacks == "the addresses":
        run_target.fault("code", code="610", path=f"{SCHEMA}*", times=100)
    else:
        run_target.simulator.post("/settings", custom_object_types=False)
    messages = [*contacts.rows([a_contact(7)]), state(1), *orders.rows([an_order(1, 7)]), state(2)]
    run = run_target(messages, streams=STREAMS)
    assert run.status == 1
    told = {field["name"]: field["dataType"] for field in definition(run)["fields"]}
    assert told == {
        "orderId": "string",
        "leadID": "link",
        "total": "float",
        "status": "string",
        "placedAt": "datetime",
    }
    assert (run_target.leads("id"), run.states) == ([], [])
    entered = {name: value for name, value in definition(run).items() if name != "pluralName"}
    run_target.simulator.post("/custom_object_types", **entered)
    run = run_target(messages, streams=STREAMS)
    assert run.status == 0, run.stderr
    assert records(run_target, "orderId", "total") == [("1", 1.5)]


def test_types_that_may_be_seen_and_not_made_are_told(run_target: TargetRunner):
    run_target.simulator.post("/permissions", denied=["Read-Write Custom Object Type"])
    messages = [*contacts.rows([a_contact(7)]), state(1), *orders.rows([an_order(1, 7)]), state(2)]
    run = run_target(messages, streams=STREAMS)
    assert run.status == 1
    assert "no row before this is lost" in run.stderr
    assert "Read-Write Custom Object Type" in run.stderr
    run_target.simulator.post("/custom_object_types", **definition(run))
    run = run_target(messages, streams=STREAMS)
    assert run.status == 0, run.stderr
    assert records(run_target, "orderId", "total") == [("1", 1.5)]


def test_a_column_that_comes_later_is_told_alone_without_the_metadata_api(
    run_target: TargetRunner,
):
    run_target.simulator.post("/settings", custom_object_types=False)
    run_target.simulator.post("/custom_object_types", **ORDER_TYPE)
    columns = {**orders.columns, "gift_note": TEXT}
    run = load(run_target, an_order(1, 7, gift_note="x"), columns=columns)
    assert run.status == 1
    assert "add these fields to Order" in run.stderr
    assert [field["name"] for field in definition(run)["fields"]] == ["giftNote"]


@pytest.mark.parametrize(
    ("path", "holding"),
    [
        (f"{SCHEMA}.json", "apiName"),
        (f"{SCHEMA}/order_c/addField.json", ""),
        (f"{SCHEMA}/order_c/approve.json", ""),
    ],
)
@pytest.mark.parametrize("kind", ["lost_answer", "reset"])
def test_a_type_is_made_once_whatever_becomes_of_the_answers(
    run_target: TargetRunner, kind: str, path: str, holding: str
):
    run_target.fault(kind, path=path, holding=holding)
    rows = [*contacts.rows([a_contact(7)]), *orders.rows([an_order(1, 7)]), state(2)]
    run = run_target(rows, streams=STREAMS)
    assert run.status == 0, run.stderr
    assert records(run_target, "orderId") == [("1",)]


def test_a_draft_that_a_killed_run_left_is_completed_and_a_strange_one_is_left_alone(
    run_target: TargetRunner,
):
    rows = [*contacts.rows([a_contact(7)]), *orders.rows([an_order(1, 7)]), state(2)]
    run_target.fault("code", code="611", path=f"{SCHEMA}/order_c/approve.json", times=100)
    assert run_target(rows, streams=STREAMS, request_timeout_seconds=1).status == 1
    assert the_type(run_target)["state"] == "draft"
    run_target.simulator.delete("/faults")
    run = run_target(rows, streams=STREAMS)
    assert run.status == 0, run.stderr
    assert the_type(run_target)["state"] == "approved"
    call = {"name": "theirs", "displayName": "Theirs", "dataType": "string"}
    run_target.marketo("POST", f"{SCHEMA}/order_c/addField.json", {"input": [call]})
    wider = {**ORDERS, "fields": {**ORDERS["fields"], "gift_note": "giftNote"}}
    table = Table(orders.stream, orders.key, {**orders.columns, "gift_note": TEXT})
    messages = [*table.rows([an_order(1, 7, gift_note="x")]), state(1)]
    run = run_target(messages, streams={**STREAMS, "orders": wider})
    assert run.status == 1
    assert "a draft that somebody left" in run.stderr
    run = run_target(rows, streams=STREAMS)
    assert run.status == 0, run.stderr


def test_a_dry_run_makes_no_type_and_shows_its_records(run_target: TargetRunner):
    rows = [*contacts.rows([a_contact(7)]), *orders.rows([an_order(1, 7)]), state(2)]
    run = run_target(rows, streams=STREAMS, dry_run=True)
    assert run.status == 0, run.stderr
    assert run_target.simulator.get("/custom_object_types")["types"] == []
    assert "placedAt" in run.stderr
    assert "(made in the same run)" in run.stderr
