"""Companies: their leads show Marketo's side, and their fields are theirs alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from two_sides import Sides

ACCOUNTS: dict[str, Any] = {
    "object": "company",
    "table": "crm.accounts",
    "key": {"account_id": "externalCompanyId"},
    "changed_at": "updated_at",
    "fields": {"name": {"to": "company", "conflict": "review"}, "branch": "industry"},
}
TABLE = """
create table crm.accounts (
  account_id integer primary key, name text, branch text,
  updated_at timestamptz not null default '2026-11-24 09:00:00+00');
alter table crm.contacts add account_id integer, add branch text;
"""


@pytest.fixture
def firm(sides: Sides) -> Sides:
    """A company with two contacts, linked and in agreement."""
    sides.database.execute(TABLE)
    sides.others = {"accounts": ACCOUNTS}
    sides.entry = {
        **sides.entry,
        "company": "account_id",
        "fields": {**sides.entry["fields"], "branch": "industry"},
    }
    sides.query("insert into crm.accounts values (1, 'Acme', 'Tools')")
    for lead in (1001, 1002):
        contact = sides.row(email=f"{lead}@example.com", account_id=1, branch="mine")
        shown = {"externalCompanyId": "1", "company": "Acme", "industry": "Tools"}
        sides.lead(lead, contactKey=str(contact), email=f"{lead}@example.com", **shown)
    sides.reconcile()
    return sides


def account(sides: Sides) -> dict[str, Any]:
    (row,) = sides.query("select * from crm.accounts")
    return row


def test_a_company_meets_its_row_by_its_key_and_stays_quiet(firm: Sides):
    (record,) = firm.ledger("records", object="accounts")
    assert (record["record_key"], record["marketo_id"], record["status"]) == ("1", None, "linked")
    assert {name: base["rule"] for name, base in record["base"].items()} == {
        "company": "agree: first_link",
        "industry": "agree: first_link",
    }
    assert firm.ledger("pending") == []
    tally = firm.reconcile()
    assert not any(tally.counts.values())


def test_a_company_field_that_changes_on_a_linked_lead_goes_to_the_companys_row(firm: Sides):
    firm.edit(1002, industry="Looms")
    tally = firm.reconcile()
    assert account(firm)["branch"] == "Looms"
    assert [row["branch"] for row in firm.query("select * from crm.contacts")] == ["mine", "mine"]
    assert tally.of("accounts") == {"pulled": 1}
    assert tally.of("contacts") == {}


def test_of_a_companys_leads_the_one_that_was_read_last_counts(firm: Sides):
    firm.edit(1002, industry="Looms")
    firm.edit(1001, industry="Engines")
    firm.reconcile()
    assert account(firm)["branch"] == "Engines"


def test_a_company_field_of_an_unlinked_lead_goes_to_the_leads_row(firm: Sides):
    contact = firm.row(email="free@x.com", branch="Old")
    firm.lead(1003, contactKey=str(contact), email="free@x.com", industry="Old")
    firm.reconcile()
    firm.edit(1003, industry="New")
    firm.reconcile()
    assert firm.contact(contact)["branch"] == "New"
    assert account(firm)["branch"] == "Tools"


def test_without_an_entry_for_companies_their_fields_are_the_leads_own(firm: Sides):
    firm.others = {}
    firm.query("update crm.contacts set branch = 'Tools'")
    firm.reconcile()
    firm.edit(1001, industry="Looms")
    firm.reconcile()
    branches = firm.query("select branch from crm.contacts order by contact_id")
    assert branches == [{"branch": "Looms"}, {"branch": "Tools"}]


def test_an_edit_of_the_companys_row_waits_for_the_target_and_a_conflict_is_held(firm: Sides):
    firm.edit(1001, company="Acme Ltd")
    firm.query(
        "update crm.accounts set name = 'Acme Inc', branch = 'Looms', updated_at = '2026-11-25'"
    )
    firm.reconcile()
    (waiting,) = firm.ledger("pending")
    assert (waiting["object"], waiting["why"]) == ("accounts", "industry (push)")
    (conflict,) = firm.ledger("conflicts")
    assert (conflict["object"], conflict["field"], conflict["policy"]) == (
        *("accounts", "company"),
        "review",
    )


def test_a_new_account_and_a_new_link_wait_for_the_target(firm: Sides):
    firm.query("insert into crm.accounts values (2, 'Babbage', 'Engines')")
    firm.edit_row(1, account_id=2)
    firm.reconcile()
    told = {(row["object"], row["record_key"]): row["why"] for row in firm.ledger("pending")}
    assert told == {
        ("accounts", "2"): "a new row",
        ("contacts", "1"): "externalCompanyId (push)",
    }
