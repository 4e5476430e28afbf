"""Rows of a table become records of a custom object, linked to leads, companies and each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from crm import (
    ACCOUNTS,
    CONTACTS,
    ORDERS,
    TEXT,
    WHOLE,
    Table,
    a_contact,
    accounts,
    an_account,
    an_order,
    contacts,
    orders,
    state,
)

if TYPE_CHECKING:
    from target_runs import TargetRunner

ALL = {"accounts": ACCOUNTS, "contacts": CONTACTS, "orders": ORDERS}
SYNC = "/rest/v1/customobjects/order_c.json"
LINK = {"name": "leadID", "displayName": "Lead", "dataType": "link"}
ORDER_TYPE = {
    "apiName": "order_c",
    "displayName": "Order",
    "fields": [
        {"name": "orderId", "displayName": "Order", "dataType": "string", "isDedupeField": True},
        {**LINK, "relatedTo": {"name": "lead", "field": "id"}},
        {"name": "total", "displayName": "Total", "dataType": "float"},
        {"name": "status", "displayName": "Status", "dataType": "string"},
        {"name": "placedAt", "displayName": "Placed", "dataType": "datetime"},
    ],
}
BILL_TYPE = {
    "apiName": "bill_c",
    "displayName": "Bill",
    "fields": [
        {"name": name, "displayName": name, "dataType": "string", "isDedupeField": True}
        for name in ("shop", "number")
    ],
}
BILLS = {
    "object": "custom_object",
    "api_name": "bill_c",
    "key": {"number": "number", "shop": "shop"},
    "fields": {},
}
bills = Table("bills", ("shop", "number"), {"shop": TEXT, "number": WHOLE})
SOME_BILLS = [{"shop": shop, "number": n} for shop in ("x", "y,z") for n in (1, 2)]
BY_HAND = {**ORDERS, "create_type": False}


def records(run_target: TargetRunner, *names: str, of: str = "order_c") -> list[tuple[Any, ...]]:
    found = run_target.simulator.get(f"/custom_objects/{of}")["records"]
    return sorted((tuple(each.get(name) for name in names) for each in found), key=str)


def open_rejects(run_target: TargetRunner) -> dict[str, str]:
    rows = run_target.ledger("rejects")
    return {row["record_key"]: row["code"] for row in rows if row["resolved_at"] is None}


@pytest.fixture
def with_type(run_target: TargetRunner) -> TargetRunner:
    """A Marketo whose admin has made the type of orders."""
    run_target.simulator.post("/custom_object_types", **ORDER_TYPE)
    return run_target


@pytest.mark.parametrize("step", [1, -1], ids=["parents first", "children first"])
def test_three_tables_become_companies_linked_leads_and_linked_orders(
    run_on_both: TargetRunner, step: int
):
    run_on_both.simulator.post("/settings", custom_object_types=True)
    tables = [
        accounts.rows([an_account(1)]),
        contacts.rows([a_contact(7, 1), a_contact(8)]),
        orders.rows([an_order(1, 7), an_order(2, 7), an_order(3, 8), an_order(4)]),
    ]
    messages = [line for table in tables[::step] for line in table]
    run = run_on_both([*messages, state(7)], streams=ALL)
    assert run.status == 0, run.stderr
    assert run.states == [7]
    ids = dict(run_on_both.leads("contactKey", "id"))
    assert run_on_both.leads("contactKey", "company") == [("7", "Account 1"), ("8", None)]
    assert records(run_on_both, "orderId", "leadID", "total", "status", "placedAt") == [
        ("1", ids["7"], 1.5, "open", "2026-11-24T09:00:00Z"),
        ("2", ids["7"], 2.5, "open", "2026-11-24T09:00:00Z"),
        ("3", ids["8"], 3.5, "open", "2026-11-24T09:00:00Z"),
        ("4", None, 4.5, "open", "2026-11-24T09:00:00Z"),
    ]
    assert len(run_on_both.ledger("records")) == 7
    run_on_both.simulator.delete("/calls")
    run = run_on_both([*messages, state(7)], streams=ALL)
    assert run.status == 0, run.stderr
    made = run_on_both.simulator.get("/calls")["calls"]
    assert {call["method"] for call in made} == {"GET"}


def test_a_parent_that_itself_waited_for_one_in_marketo_alone_goes_before_its_children(
    with_type: TargetRunner,
):
    """Whatever order the mapping has: at the end of input they are looked up one by one."""
    with_type.simulator.post("/companies", input=[{"externalCompanyId": "1"}])
    messages = [*orders.rows([an_order(1, 7)]), *contacts.rows([a_contact(7, 1)]), state(2)]
    streams = dict(reversed({**ALL, "orders": {**ORDERS, "create_type": False}}.items()))
    run = with_type(messages, streams=streams)
    assert run.status == 0, run.stderr
    ((lead_id, company),) = with_type.leads("id", "externalCompanyId")
    assert (company, records(with_type, "orderId", "leadID")) == ("1", [("1", lead_id)])
    assert with_type.ledger("rejects") == []


def test_only_what_changed_of_a_record_goes_out_by_its_id(with_type: TargetRunner):
    streams = {"contacts": CONTACTS, "orders": BY_HAND}
    people = contacts.rows([a_contact(7), a_contact(8)])
    with_type([*people, *orders.rows([an_order(1, 7), an_order(2, 7)]), state(4)], streams=streams)
    with_type.simulator.delete("/calls")
    changed = [an_order(1, 8, status="paid"), an_order(2, 7)]
    run = with_type([*people, *orders.rows(changed), state(4)], streams=streams)
    assert run.status == 0, run.stderr
    (call,) = with_type.calls("POST", SYNC)
    assert (call["body"]["action"], call["body"]["dedupeBy"]) == ("updateOnly", "idField")
    (record,) = call["body"]["input"]
    assert record.keys() == {"marketoGUID", "leadID", "status"}
    ids = dict(with_type.leads("contactKey", "id"))
    assert records(with_type, "orderId", "leadID") == [("1", ids["8"]), ("2", ids["7"])]


def test_an_order_whose_contact_was_refused_waits_and_goes_when_the_contact_is_mended(
    with_type: TargetRunner,
):
    streams = {"contacts": CONTACTS, "orders": BY_HAND}
    bad = contacts.rows([a_contact(7, email="nobody")])
    run = with_type([*orders.rows([an_order(1, 7)]), *bad, state(2)], streams=streams)
    assert run.status == 0, run.stderr
    assert open_rejects(with_type) == {"7": "local.bad_email", "1": "local.parent_missing"}
    assert records(with_type, "orderId") == []
    run = with_type([*contacts.rows([a_contact(7)]), state(1)], streams=streams)
    assert run.status == 0, run.stderr
    ids = dict(with_type.leads("contactKey", "id"))
    assert records(with_type, "orderId", "leadID") == [("1", ids["7"])]
    assert open_rejects(with_type) == {}


def test_contacts_that_only_marketo_knows_are_looked_up_300_a_call_once_the_input_ends(
    with_type: TargetRunner,
):
    streams = {"contacts": CONTACTS, "orders": BY_HAND}
    numbers = range(1, 302)
    leads = [{"contactKey": str(n), "email": f"{n}@example.com"} for n in numbers]
    ids = with_type.simulator.post("/leads", input=leads)["ids"]
    with_type.simulator.delete("/calls")
    rows = [an_order(n, n) for n in (*numbers, 999)]
    run = with_type([*orders.rows(rows), state(302)], streams=streams)
    assert run.status == 0, run.stderr
    linked = sorted(((str(n), i) for n, i in zip(numbers, ids, strict=True)), key=str)
    assert records(with_type, "orderId", "leadID") == linked
    assert open_rejects(with_type) == {"999": "local.parent_missing"}
    look_ups = [*with_type.calls("GET"), *with_type.calls()]
    assert len(look_ups) == 2


@pytest.mark.parametrize("policy", ["hold", "recreate"])
def test_a_company_or_record_that_marketo_has_no_more_is_held_or_made_anew(
    with_type: TargetRunner, policy: str
):
    streams = {
        name: {**entry, "missing_in_marketo": policy}
        for name, entry in {**ALL, "orders": BY_HAND}.items()
    }
    tables = [*accounts.rows([an_account(1)]), *contacts.rows([a_contact(7)])]
    assert with_type([*tables, *orders.rows([an_order(1, 7)]), state(3)], streams=streams)
    for place, key in (("companies", "externalCompanyId"), ("customobjects/order_c", None)):
        keys = [{key or "orderId": "1"}]
        with_type.marketo("POST", f"/rest/v1/{place}/delete.json", {"input": keys})
    changed = [
        *accounts.rows([an_account(1, name="New")]),
        *orders.rows([an_order(1, 7, status="paid")]),
    ]
    run = with_type([*changed, state(2)], streams=streams)
    assert run.status == 0, run.stderr
    companies = with_type.simulator.get("/companies")["companies"]
    shown = [(each["company"], each["numberOfEmployees"]) for each in companies]
    made = {
        "hold": ([], [], [("accounts", "1013"), ("orders", "1013")]),
        "recreate": ([("New", 1)], [("1", "paid", 1.5)], []),
    }[policy]
    rejects = [(row["object"], row["code"]) for row in with_type.ledger("rejects")]
    assert (shown, records(with_type, "orderId", "status", "total"), sorted(rejects)) == made


@pytest.mark.parametrize(
    ("lacks", "created"),
    [("Read-Write Company", []), ("Read-Only Custom Object", []), ("Read-Write Lead", ["1"])],
)
def test_a_permission_that_the_role_lacks_is_named_and_the_next_run_goes_on(
    run_target: TargetRunner, lacks: str, created: list[str]
):
    run_target.simulator.post("/custom_object_types", **ORDER_TYPE)
    run_target.simulator.post("/permissions", denied=[lacks])
    tables = [*accounts.rows([an_account(1)]), *contacts.rows([a_contact(7, 1)])]
    messages = [*tables, *orders.rows([an_order(1, 7)]), state(3)]
    run = run_target(messages, streams=ALL)
    assert (run.status, run.states) == (1, [])
    assert f"it needs {lacks}" in run.last_line
    companies = run_target.simulator.get("/companies")["companies"]
    assert [each["externalCompanyId"] for each in companies] == created
    run_target.simulator.post("/permissions", denied=[])
    run = run_target(messages, streams=ALL)
    assert (run.status, run.states) == (0, [3]), run.stderr
    assert len(records(run_target, "orderId")) == 1


def test_a_link_that_is_as_it_was_sent_needs_no_parent_any_more(with_type: TargetRunner):
    streams = {"contacts": CONTACTS, "orders": {**ORDERS, "create_type": False}}
    tables = [*contacts.rows([a_contact(7)]), *orders.rows([an_order(1, 7)]), state(2)]
    with_type(tables, streams=streams)
    with_type.change_ledger("update records set status = 'deleted' where object = 'contacts'")
    with_type.simulator.delete("/leads/1")
    run = with_type([*orders.rows([an_order(1, 7, status="paid")]), state(1)], streams=streams)
    assert run.counts == {"taken": 1, "updated": 1}
    assert records(with_type, "orderId", "status") == [("1", "paid")]


def test_a_parent_that_marketo_holds_twice_is_none(with_type: TargetRunner):
    with_type.simulator.post("/leads", input=[{"contactKey": "7"}, {"contactKey": "7"}])
    streams = {"contacts": CONTACTS, "orders": {**ORDERS, "create_type": False}}
    run = with_type([*orders.rows([an_order(1, 7)]), state(1)], streams=streams)
    assert run.counts == {"taken": 1, "held": 1}
    assert open_rejects(with_type) == {"1": "local.parent_missing"}


def test_links_of_a_merged_lead_lead_to_the_winner(with_type: TargetRunner):
    streams = {"contacts": CONTACTS, "orders": BY_HAND}
    with_type([*contacts.rows([a_contact(7), a_contact(8)]), state(2)], streams=streams)
    ids = dict(with_type.leads("contactKey", "id"))
    with_type.simulator.post("/leads/merge", winner=ids["7"], losers=[ids["8"]])
    with_type.change_ledger(
        "update {schema}records set status = 'merged', marketo_id = :winner where record_key = '8'",
        winner=str(ids["7"]),
    )
    run = with_type([*orders.rows([an_order(1, 8)]), state(1)], streams=streams)
    assert run.status == 0, run.stderr
    assert records(with_type, "orderId", "leadID") == [("1", ids["7"])]


def test_a_type_may_link_by_another_field_and_to_a_company(run_target: TargetRunner):
    fields = [
        {"name": "ticket", "displayName": "Ticket", "dataType": "string", "isDedupeField": True},
        {
            "name": "who",
            "displayName": "Who",
            "dataType": "link",
            "relatedTo": {"name": "lead", "field": "email"},
        },
    ]
    run_target.simulator.post(
        "/custom_object_types", apiName="ticket_c", displayName="Ticket", fields=fields
    )
    site = [
        {"name": "siteId", "displayName": "Site", "dataType": "string", "isDedupeField": True},
        {
            "name": "ownerId",
            "displayName": "Owner",
            "dataType": "link",
            "relatedTo": {"name": "company", "field": "id"},
        },
    ]
    run_target.simulator.post(
        "/custom_object_types", apiName="site_c", displayName="Site", fields=site
    )
    kind = {"object": "custom_object", "fields": {}}
    streams = {
        "accounts": ACCOUNTS,
        "contacts": CONTACTS,
        "tickets": {
            **kind,
            "api_name": "ticket_c",
            "key": {"id": "ticket"},
            "link": {"contact_id": "contacts"},
        },
        "sites": {
            **kind,
            "api_name": "site_c",
            "key": {"id": "siteId"},
            "link": {"account_id": "accounts"},
        },
    }
    tickets = Table("tickets", ("id",), {"id": WHOLE, "contact_id": WHOLE})
    sites = Table("sites", ("id",), {"id": WHOLE, "account_id": WHOLE})
    messages = [
        *tickets.rows([{"id": 1, "contact_id": 7}]),
        *sites.rows([{"id": 2, "account_id": 5}]),
        *accounts.rows([an_account(5)]),
        *contacts.rows([a_contact(7)]),
        state(4),
    ]
    run = run_target(messages, streams=streams)
    assert run.status == 0, run.stderr
    assert records(run_target, "ticket", "who", of="ticket_c") == [("1", "person7@example.com")]
    (company,) = run_target.simulator.get("/companies")["companies"]
    assert records(run_target, "siteId", "ownerId", of="site_c") == [("2", company["id"])]


def test_a_bridge_object_ties_leads_to_courses_by_a_compound_key(run_on_both: TargetRunner):
    run_on_both.simulator.post("/settings", custom_object_types=True)
    kind = {"object": "custom_object", "create_type": True}
    streams = {
        "contacts": CONTACTS,
        "courses": {
            **kind,
            "api_name": "course_c",
            "key": {"course_id": "courseId"},
            "fields": {"title": "title"},
        },
        "enrolments": {
            **kind,
            "api_name": "enrolment_c",
            "key": {"contact_id": "leadId", "course_id": "courseId"},
            "link": {"contact_id": "contacts", "course_id": "courses"},
            "fields": {"grade": "grade"},
        },
    }
    courses = Table("courses", ("course_id",), {"course_id": TEXT, "title": TEXT})
    enrolments = Table(
        "enrolments",
        ("contact_id", "course_id"),
        {"contact_id": WHOLE, "course_id": TEXT, "grade": TEXT},
    )
    grades = [
        {"contact_id": 7, "course_id": "a,b", "grade": "A"},
        {"contact_id": 7, "course_id": "c", "grade": "B"},
        {"contact_id": 8, "course_id": "c", "grade": "C"},
    ]
    messages = [
        *courses.rows(
            [{"course_id": "a,b", "title": "Looms"}, {"course_id": "c", "title": "Engines"}]
        ),
        *enrolments.rows(grades),
        *contacts.rows([a_contact(7), a_contact(8)]),
        state(7),
    ]
    run = run_on_both(messages, streams=streams)
    assert run.status == 0, run.stderr
    ids = dict(run_on_both.leads("contactKey", "id"))
    expected = sorted([(ids["7"], "a,b", "A"), (ids["7"], "c", "B"), (ids["8"], "c", "C")], key=str)
    assert records(run_on_both, "leadId", "courseId", "grade", of="enrolment_c") == expected
    keys = [row["record_key"] for row in run_on_both.ledger("records")]
    assert '[7,"a,b"]' in keys
    run_on_both.simulator.delete("/calls")
    grades[0]["grade"] = "A+"
    run = run_on_both(messages, streams=streams)
    assert run.status == 0, run.stderr
    (call,) = run_on_both.calls("POST", "/rest/v1/customobjects/enrolment_c.json")
    (record,) = call["body"]["input"]
    assert record.keys() == {"marketoGUID", "grade"}


def test_a_compound_key_survives_lost_answers(run_target: TargetRunner):
    run_target.simulator.post("/custom_object_types", **BILL_TYPE)
    run_target.fault("lost_answer", path="/rest/v1/customobjects/bill_c.json", call=1)
    run_target.fault("reset", path="/rest/v1/customobjects/bill_c.json", call=2)
    run = run_target([*bills.rows(SOME_BILLS), state(4)], streams={"bills": BILLS})
    assert run.status == 0, run.stderr
    assert records(run_target, "shop", "number", of="bill_c") == [
        ("x", "1"), ("x", "2"), ("y,z", "1"), ("y,z", "2")
    ]  # fmt: skip


def test_a_mapping_that_cannot_link_is_refused_before_anything_is_sent(with_type: TargetRunner):
    to_payer = {"object": "contacts", "to": "payerId"}
    cases = {
        "have no field payerId that links to leads": {"contact_id": to_payer},
        "have no field that links to companies": {"account_id": "accounts"},
    }
    for words, link in cases.items():
        entry = {**BY_HAND, "link": link}
        run = with_type([*contacts.rows([]), state(0)], streams={**ALL, "orders": entry})
        assert run.status == 1
        assert words in run.stderr, run.stderr
    entry = {**BY_HAND, "key": {"order_id": "status"}, "fields": {}}
    run = with_type([*contacts.rows([]), state(0)], streams={**ALL, "orders": entry})
    assert "order_c records are known by orderId, not by status" in run.stderr
    missing = {**BY_HAND, "api_name": "nothing_c"}
    run = with_type([*contacts.rows([]), state(0)], streams={**ALL, "orders": missing})
    assert "Marketo has no approved custom object nothing_c" in run.stderr
    assert with_type.calls("POST", SYNC) == []


def test_a_table_that_loses_a_column_or_changes_its_type_goes_on_without_it(
    with_type: TargetRunner,
):
    streams = {"contacts": CONTACTS, "orders": BY_HAND}
    people = contacts.rows([a_contact(7)])
    with_type([*people, *orders.rows([an_order(1, 7)]), state(2)], streams=streams)
    fewer = {k: v for k, v in orders.columns.items() if k != "total"}
    fewer["placed_at"] = {"type": ["null", "boolean"]}
    row = {"order_id": 1, "contact_id": 7, "status": "paid", "placed_at": True}
    narrow = Table(orders.stream, orders.key, fewer)
    run = with_type([*people, *narrow.rows([row]), state(2)], streams=streams)
    assert run.status == 0, run.stderr
    assert "left out: entry `orders`, column total: the stream has no such column" in run.stderr
    assert "left out: entry `orders`, column placed_at: boolean cannot fill placedAt" in run.stderr
    assert records(with_type, "status", "total", "placedAt") == [
        ("paid", 1.5, "2026-11-24T09:00:00Z")
    ]
