"""Rows of a table become companies, and leads are linked to them, whatever comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from crm import ACCOUNTS, CONTACTS, a_contact, accounts, an_account, contacts, state

if TYPE_CHECKING:
    from target_runs import TargetRunner

BOTH = {"accounts": ACCOUNTS, "contacts": CONTACTS}
SYNC = "/rest/v1/companies.json"


def companies(run_target: TargetRunner, *names: str) -> list[tuple[Any, ...]]:
    found = run_target.simulator.get("/companies")["companies"]
    return sorted((tuple(each.get(name) for name in names) for each in found), key=str)


def test_accounts_become_companies_and_a_second_run_makes_no_call_about_them(
    run_on_both: TargetRunner,
):
    rows = [an_account(n) for n in range(1, 401)]
    run = run_on_both([*accounts.rows(rows), state(400)], streams={"accounts": ACCOUNTS})
    assert run.status == 0, run.stderr
    assert run.counts == {"taken": 400, "created": 400}
    names = ("externalCompanyId", "company", "numberOfEmployees")
    assert companies(run_on_both, *names) == sorted(
        ((str(n), f"Account {n}", n) for n in range(1, 401)), key=str
    )
    ids = dict(companies(run_on_both, "externalCompanyId", "id"))
    records = run_on_both.ledger("records")
    assert {row["record_key"]: int(row["marketo_id"]) for row in records} == ids
    run_on_both.simulator.delete("/calls")
    run = run_on_both([*accounts.rows(rows), state(400)], streams={"accounts": ACCOUNTS})
    assert run.counts == {"taken": 400, "unchanged": 400}
    assert run_on_both.calls("POST", SYNC) == []
    assert run_on_both.calls("GET", SYNC) == []
    assert run.states == [400]


def test_what_changed_of_a_company_goes_out_by_its_id_without_its_key(run_target: TargetRunner):
    streams = {"accounts": ACCOUNTS}
    run_target([*accounts.rows([an_account(1), an_account(2)]), state(2)], streams=streams)
    run_target.simulator.delete("/calls")
    changed = [an_account(1, name="New", employees=None), an_account(2)]
    run = run_target([*accounts.rows(changed), state(2)], streams=streams)
    assert run.counts == {"taken": 2, "updated": 1, "unchanged": 1}
    (call,) = run_target.calls("POST", SYNC)
    assert (call["body"]["action"], call["body"]["dedupeBy"]) == ("updateOnly", "idField")
    (record,) = call["body"]["input"]
    assert {k: v for k, v in record.items() if k != "id"} == {
        "company": "New",
        "numberOfEmployees": None,
    }


@pytest.mark.parametrize("first", ["accounts", "contacts"])
def test_contacts_are_linked_to_their_accounts_whatever_comes_first(
    run_on_both: TargetRunner, first: str
):
    tables = {
        "accounts": accounts.rows([an_account(1), an_account(2)]),
        "contacts": contacts.rows(
            [a_contact(1, 1), a_contact(2, 2), a_contact(3, 2), a_contact(4)]
        ),
    }
    second = "contacts" if first == "accounts" else "accounts"
    run = run_on_both([*tables[first], *tables[second], state(6)], streams=BOTH)
    assert run.status == 0, run.stderr
    assert run_on_both.leads("contactKey", "externalCompanyId", "company") == [
        ("1", "1", "Account 1"),
        ("2", "2", "Account 2"),
        ("3", "2", "Account 2"),
        ("4", None, None),
    ]
    assert run.states == [6]
    run_on_both.simulator.delete("/calls")
    run = run_on_both([*tables[first], *tables[second], state(6)], streams=BOTH)
    assert run_on_both.calls("POST", SYNC) == run_on_both.calls() == []


def test_a_contact_whose_account_was_refused_is_held_and_goes_once_the_account_is_mended(
    run_target: TargetRunner,
):
    bad = accounts.rows([an_account(1, name="x" * 300)])
    people = contacts.rows([a_contact(1, 1)])
    run = run_target([*people, *bad, state(2)], streams=BOTH)
    assert run.status == 0, run.stderr
    assert run_target.leads("id") == []
    rejects = {row["object"]: row["code"] for row in run_target.ledger("rejects")}
    assert rejects == {"accounts": "local.too_long", "contacts": "local.parent_missing"}
    assert run.states == [2]
    run = run_target([*accounts.rows([an_account(1)]), state(1)], streams=BOTH)
    assert run.status == 0, run.stderr
    assert run_target.leads("contactKey", "externalCompanyId") == [("1", "1")]
    assert [row for row in run_target.ledger("rejects") if row["resolved_at"] is None] == []


def test_a_company_that_only_marketo_knows_is_looked_up_once_the_input_ends(
    run_target: TargetRunner,
):
    run_target.simulator.post(
        "/companies", input=[{"externalCompanyId": "1", "company": "There Before"}]
    )
    run_target.simulator.delete("/calls")
    rows = [a_contact(n, n) for n in (1, 2, 3)]
    run = run_target([*contacts.rows(rows), state(3)], streams=BOTH)
    assert run.counts == {"taken": 3, "created": 1, "held": 2}
    assert run_target.leads("contactKey", "company") == [("1", "There Before")]
    assert len(run_target.calls("GET", SYNC)) == 1
    run_target.simulator.delete("/calls")
    run = run_target([*contacts.rows(rows), state(3)], streams=BOTH)
    assert run.counts == {"taken": 3, "unchanged": 1, "held": 2}
    assert run_target.calls("GET", SYNC) == []


def test_companies_under_a_native_crm_sync_stop_the_run_before_anything_is_sent(
    run_target: TargetRunner,
):
    run_target.simulator.post("/settings", native_crm_sync=True)
    run = run_target([*accounts.rows([an_account(1)]), state(1)], streams={"accounts": ACCOUNTS})
    assert run.status == 1
    assert "1018" in run.stderr
    assert "entry `accounts`" in run.stderr
    assert run_target.ledger("records") == []
    assert run.states == []


def test_leads_of_companies_under_a_native_crm_sync_stop_the_run_before_anything_is_sent(
    run_target: TargetRunner,
):
    run_target.simulator.post("/settings", native_crm_sync=True)
    messages = [*contacts.rows([a_contact(1), a_contact(2, 7, industry="Engines")]), state(2)]
    run = run_target(messages, streams={"contacts": CONTACTS})
    assert run.status == 1
    assert "1018" in run.last_line
    assert "entry `contacts`, company account_id" in run.last_line
    assert run_target.leads("id") == run_target.calls() == []
    assert run.states == []
    run = run_target(messages, streams={"contacts": {**CONTACTS, "company": None}})
    assert run.counts == {"taken": 2, "created": 2}
    assert run_target.leads("contactKey", "industry") == [("1", None), ("2", "Engines")]


def open_rejects(run_target: TargetRunner) -> dict[str, str]:
    rows = run_target.ledger("rejects")
    return {row["record_key"]: row["code"] for row in rows if row["resolved_at"] is None}


def test_company_fields_of_a_linked_lead_go_to_its_company_and_of_an_unlinked_one_to_the_lead(
    run_on_both: TargetRunner,
):
    people = [a_contact(1, 1, industry="Engines"), a_contact(2, industry="Looms")]
    messages = [*accounts.rows([an_account(1)]), *contacts.rows(people), state(3)]
    run = run_on_both(messages, streams=BOTH)
    assert run.status == 0, run.stderr
    assert companies(run_on_both, "externalCompanyId", "company", "industry") == [
        ("1", "Account 1", "Engines")
    ]
    assert run_on_both.leads("contactKey", "industry") == [("1", "Engines"), ("2", "Looms")]
    assert run.states == [3]
    run_on_both.simulator.delete("/calls")
    run_on_both(messages, streams=BOTH)
    assert run_on_both.calls("POST", SYNC) == run_on_both.calls() == []
    people[0] |= {"industry": "Looms"}
    run = run_on_both([*contacts.rows(people), state(2)], streams=BOTH)
    assert run.counts == {"taken": 2, "updated": 1, "unchanged": 1}
    assert companies(run_on_both, "industry") == [("Looms",)]
    assert run_on_both.calls() == []


def test_a_refusal_of_company_fields_of_an_unlinked_lead_is_a_reject_that_says_so(
    run_target: TargetRunner,
):
    run_target.simulator.post("/settings", company_fields_of_unlinked_leads="refused")
    run = run_target([*contacts.rows([a_contact(2, industry="Looms")]), state(1)], streams=BOTH)
    assert run.counts == {"taken": 1, "refused": 1}
    (reject,) = run_target.ledger("rejects")
    assert reject["code"] == "1021"
    assert "map `company`" in reject["reason"]


def test_a_stream_of_companies_owns_the_fields_that_it_sends(run_target: TargetRunner):
    account = {**ACCOUNTS, "fields": {"name": "company", "employees": "industry"}}
    columns = {**accounts.columns, "employees": {"type": "string"}}
    messages = [
        accounts.schema(columns),
        *accounts.rows([an_account(1, employees="Owned")])[1:],
        *contacts.rows([a_contact(1, 1, industry="Engines")]),
        state(2),
    ]
    run = run_target(messages, streams={"accounts": account, "contacts": CONTACTS})
    assert run.status == 0, run.stderr
    assert companies(run_target, "industry") == [("Owned",)]
    assert run_target.leads("contactKey", "industry") == [("1", "Owned")]


def test_companies_that_no_stream_sends_are_made_from_their_leads_or_with_their_key_alone(
    run_on_both: TargetRunner,
):
    people = [
        a_contact(1, 7, industry="Engines"),
        a_contact(2, 7, industry="Engines"),
        a_contact(3, 8),
    ]
    messages = [*contacts.rows(people), state(3)]
    run = run_on_both(messages, streams={"contacts": CONTACTS})
    assert run.status == 0, run.stderr
    assert run.counts == {"taken": 3, "created": 3}
    assert companies(run_on_both, "externalCompanyId", "industry") == [
        ("7", "Engines"),
        ("8", None),
    ]
    assert "companies of leads: 2 created" in run.stderr
    assert run_on_both.leads("contactKey", "externalCompanyId") == [
        ("1", "7"), ("2", "7"), ("3", "8")
    ]  # fmt: skip
    run_on_both.simulator.delete("/calls")
    run = run_on_both(messages, streams={"contacts": CONTACTS})
    assert run.counts == {"taken": 3, "unchanged": 3}
    assert run_on_both.calls("POST", SYNC) == run_on_both.calls() == []


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_of_two_contacts_that_disagree_the_one_that_changed_last_wins_and_the_other_is_told_once(
    run_on_both: TargetRunner, order: tuple[int, int]
):
    said = {
        1: a_contact(1, 7, industry="Old", updated_at="2026-11-24T08:00:00Z"),
        2: a_contact(2, 7, industry="New", updated_at="2026-11-24T09:00:00Z"),
    }
    messages = [*contacts.rows([said[n] for n in order]), state(2)]
    run = run_on_both(messages, streams={"contacts": CONTACTS})
    assert run.counts == {"taken": 2, "created": 2}, run.stderr
    assert companies(run_on_both, "industry") == [("New",)]
    assert open_rejects(run_on_both) == {"1": "local.company_disagrees"}
    run_on_both.simulator.delete("/calls")
    run = run_on_both(messages, streams={"contacts": CONTACTS})
    assert run.counts == {"taken": 2, "unchanged": 2}, run.stderr
    assert run_on_both.calls("POST", SYNC) == run_on_both.calls() == []
    (reject,) = run_on_both.ledger("rejects")
    assert reject["attempts"] == 1


def test_the_time_of_a_change_is_read_in_the_zone_of_its_table(run_target: TargetRunner):
    """13:00 in New York is later than 17:30 in London, though its digits are not."""
    zones = {"crm.contacts": "America/New_York", "crm.guests": "Europe/London"}
    times = {"crm.contacts": "2026-11-24 13:00:00", "crm.guests": "2026-11-24T17:30:00"}
    streams = {
        table.replace(".", "_"): {**CONTACTS, "table": table, "time_zone": zone}
        for table, zone in zones.items()
    }
    messages = [state(2)]
    for number, (table, time) in enumerate(times.items(), start=1):
        row = a_contact(number, 7, industry=table, updated_at=time)
        stream = {"stream": table.replace(".", "-")}
        messages = [*({**each, **stream} for each in contacts.rows([row])), *messages]
    run = run_target(messages, streams=streams)
    assert run.status == 0, run.stderr
    assert companies(run_target, "industry") == [("crm.contacts",)]


def test_a_later_batch_that_disagrees_still_tells_the_contact_that_was_settled(
    run_target: TargetRunner,
):
    early = a_contact(1, 7, industry="Old", updated_at="2026-11-24T08:00:00Z")
    late = a_contact(2, 7, industry="New", updated_at="2026-11-24T09:00:00Z")
    others = [a_contact(n, 7) for n in range(10, 310)]
    messages = [
        *contacts.rows([early, *others]),
        contacts.schema(),
        *contacts.rows([late])[1:],
        state(302),
    ]
    run = run_target(messages, streams={"contacts": CONTACTS})
    assert run.status == 0, run.stderr
    assert companies(run_target, "industry") == [("New",)]
    assert open_rejects(run_target) == {"1": "local.company_disagrees"}
    assert run.counts["created"] == 302


def test_a_link_that_becomes_null_is_told_once_and_the_other_fields_go_on(run_target: TargetRunner):
    streams = {"contacts": CONTACTS}
    run_target([*contacts.rows([a_contact(1, 7, industry="Engines")]), state(1)], streams=streams)
    unset = a_contact(1, first_name="New", industry="Looms")
    run = run_target([*contacts.rows([unset]), state(1)], streams=streams)
    assert run.counts == {"taken": 1, "updated": 1}, run.stderr
    assert run_target.leads("firstName", "externalCompanyId", "industry") == [
        ("New", "7", "Engines")
    ]
    assert open_rejects(run_target) == {"1": "local.company_cannot_be_unset"}
    run_target.simulator.delete("/calls")
    run = run_target([*contacts.rows([unset]), state(1)], streams=streams)
    assert run.counts == {"taken": 1, "unchanged": 1}
    run = run_target(
        [*contacts.rows([{**unset, "first_name": "Newer"}]), state(1)], streams=streams
    )
    assert run.counts == {"taken": 1, "updated": 1}
    assert open_rejects(run_target) == {}
    assert run_target.calls("POST", SYNC) == []


def test_a_lead_moves_to_another_company_with_what_it_says_of_it(run_target: TargetRunner):
    streams = {"contacts": CONTACTS}
    run_target([*contacts.rows([a_contact(1, 7, industry="Engines")]), state(1)], streams=streams)
    run = run_target(
        [*contacts.rows([a_contact(1, 8, industry="Engines")]), state(1)], streams=streams
    )
    assert run.counts == {"taken": 1, "updated": 1}, run.stderr
    assert run_target.leads("externalCompanyId") == [("8",)]
    assert companies(run_target, "externalCompanyId", "industry") == [
        ("7", "Engines"), ("8", "Engines")
    ]  # fmt: skip


def test_what_marketo_refuses_of_a_company_refuses_the_rows_that_said_it(run_target: TargetRunner):
    run_target.fault("code", code="609", path=SYNC, holding="Engines", times=100)
    people = [a_contact(1, 7, industry="Engines"), a_contact(2, 8, industry="Looms")]
    run = run_target([*contacts.rows(people), state(2)], streams={"contacts": CONTACTS})
    assert run.counts == {"taken": 2, "created": 1, "refused": 1}, run.stderr
    assert open_rejects(run_target) == {"1": "609"}
    assert run_target.leads("contactKey") == [("2",)]


def test_a_dry_run_shows_accounts_and_contacts_and_writes_nothing(run_target: TargetRunner):
    messages = [
        *accounts.rows([an_account(1)]),
        *contacts.rows([a_contact(1, 1, industry="Engines")]),
        state(2),
    ]
    for streams in (BOTH, {"contacts": CONTACTS}):
        some = messages if "accounts" in streams else [*messages[2:]]
        run = run_target(some, streams=streams, dry_run=True)
        assert run.status == 0, run.stderr
        assert "Engines" in run.stderr
        assert "local.parent_missing" not in run.stderr
        assert run_target.calls() == run_target.calls("POST", SYNC) == []
