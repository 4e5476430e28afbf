"""Whose lead a row is, rows and leads that only one side has, keys that change or go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from two_sides import Sides


def links(sides: Sides) -> dict[str, str]:
    """The Marketo id of each linked row."""
    rows = sides.ledger("records", status="linked")
    return {row["record_key"]: row["marketo_id"] for row in rows}


def pending(sides: Sides) -> dict[str, str]:
    return {row["record_key"]: row["why"] for row in sides.ledger("pending")}


def test_a_row_finds_its_lead_by_id_then_key_then_match_without_case(sides: Sides):
    sides.lead(1, email="one@x.com", contactKey="101")
    sides.lead(2, email="Two@X.com ")
    sides.lead(3, email="other@x.com")
    sides.lead(4, email="four@x.com", contactKey="999")
    sides.row(contact_id=101, email="two@x.com")  # the key beats the match
    sides.row(contact_id=102, email="TWO@x.com")
    sides.row(contact_id=103, email="one@x.com", marketo_lead_id=3)  # the id beats all
    sides.row(contact_id=104, email="four@x.com")  # that lead has another key
    sides.reconcile()
    assert links(sides) == {"101": "1", "102": "2", "103": "3"}
    assert pending(sides)["104"] == "a new row"
    assert pending(sides)["102"].startswith("contactKey (push: first_link)")
    assert sides.contact(102)["marketo_lead_id"] == 2


def test_what_is_not_clear_is_left_to_the_target(sides: Sides):
    sides.lead(1, email="twice@x.com")
    sides.lead(2, email="twice@x.com")
    sides.lead(3, contactKey="103", email="c@x.com")
    sides.lead(4, contactKey="103", email="d@x.com")
    sides.row(contact_id=101, email="twice@x.com")
    sides.row(contact_id=103, email="c@x.com")
    sides.reconcile()
    assert links(sides) == {}
    assert set(pending(sides).values()) == {"a new row"}


def test_a_lead_belongs_to_one_row(sides: Sides):
    sides.lead(1, email="ada@x.com")
    for contact_id in (101, 102):
        sides.row(contact_id=contact_id, email="ada@x.com")
    sides.row(contact_id=103, email="ada@x.com", marketo_lead_id=1)
    sides.reconcile()
    assert links(sides) == {"103": "1"}
    sides.reconcile()
    assert links(sides) == {"103": "1"}


def test_a_tombstone_is_no_lead(sides: Sides):
    sides.lead(1, email="ada@x.com", _sdc_deleted_at=sides.now.replace(tzinfo=None))
    sides.row(contact_id=101, email="ada@x.com")
    sides.reconcile()
    assert links(sides) == {}


def test_a_row_that_marketo_lacks_waits_once_for_each_version_of_it(sides: Sides):
    sides.row(contact_id=101, email="ada@x.com")
    sides.reconcile()
    assert pending(sides) == {"101": "a new row"}
    sides.query("delete from marketo_sync.pending")  # the target has tried, and was refused
    sides.reconcile()
    assert pending(sides) == {}
    sides.edit_row(101, email="ada@y.com")
    sides.reconcile()
    assert pending(sides) == {"101": "a new row"}


@pytest.mark.parametrize(
    ("first_link", "title", "waits"),
    [("review", "Queen", False), ("marketo", "Duchess", False), ("database", "Queen", True)],
)
def test_two_sides_that_differ_when_they_meet_go_by_first_link(
    sides: Sides, first_link: str, title: str, *, waits: bool
):
    sides.entry["first_link"] = first_link
    contact = sides.row(title="Queen", email="a@x.com")
    sides.lead(1001, title="Duchess", firstName="Ada", contactKey=str(contact), email="a@x.com")
    sides.reconcile()
    row = sides.contact(contact)
    assert (row["title"], row["first_name"]) == (title, "Ada")
    assert ("title" in str(pending(sides))) is waits
    held = [row["field"] for row in sides.ledger("conflicts") if row["winner"] is None]
    assert held == (["title"] if first_link == "review" else [])
    assert dict(sides.reconcile().counts["contacts"]) == {}


@pytest.mark.parametrize(("policy", "waits"), [("ignore", False), ("delete", True)])
def test_a_linked_key_that_left_the_table_is_a_delete_by_the_policy(
    sides: Sides, policy: str, *, waits: bool
):
    sides.entry |= {"deleted_in_database": policy, "new_in_marketo": "insert"}
    contact = sides.linked()
    sides.query("delete from crm.contacts")
    for _ in range(2):
        sides.reconcile()
    assert sides.query("select 1 from crm.contacts") == []  # the lead is not inserted again
    assert pending(sides) == ({str(contact): "deleted in the database"} if waits else {})
    if waits:
        (row,) = sides.ledger("pending")
        assert row["row"]["contact_id"] == str(contact)
        assert row["row"]["_sdc_deleted_at"]


def test_a_row_that_is_deleted_softly_is_a_delete_too_until_it_comes_back(sides: Sides):
    sides.entry |= {"deleted_in_database": "delete", "deleted_at": "deleted_at"}
    contact = sides.linked(title="Countess")
    sides.edit_row(contact, deleted_at=sides.now)
    sides.edit(1001, title="Queen")
    sides.reconcile()
    (row,) = sides.ledger("pending")
    assert (row["why"], row["row"]["title"]) == ("deleted in the database", "Countess")
    sides.edit_row(contact, deleted_at=None)
    sides.reconcile()
    assert sides.contact(contact)["title"] == "Queen"
    assert pending(sides) == {}


def test_a_changed_key_whose_id_names_a_linked_lead_is_the_same_record(sides: Sides):
    sides.entry["deleted_in_database"] = "delete"
    contact = sides.linked(title="Countess")
    sides.edit_row(contact, contact_id=500)
    sides.reconcile()
    assert links(sides) == {"500": "1001"}
    assert pending(sides) == {"500": "contactKey (push)"}
    sides.edit(1001, title="Queen")
    sides.reconcile()
    assert sides.contact(500)["title"] == "Queen"


def test_a_copied_row_does_not_take_the_lead_along(sides: Sides):
    contact = sides.linked()
    sides.row(contact_id=500, email="copy@x.com", marketo_lead_id=1001)
    sides.reconcile()
    assert links(sides) == {str(contact): "1001"}


@pytest.mark.parametrize(
    ("policy", "inserted"),
    [
        ("ignore", []),
        ("insert", ["a@x.com", "b@x.com"]),
        ({"insert": {"where": '"leadScore" > 50'}}, ["b@x.com"]),
    ],
)
def test_leads_that_only_marketo_has_become_rows_where_the_mapping_says_so(
    sides: Sides, policy: Any, inserted: list[str]
):
    sides.entry["new_in_marketo"] = policy
    sides.lead(1, email="a@x.com", firstName="Ada", leadScore=5)
    sides.lead(2, email="b@x.com", leadScore=99)
    sides.lead(3, email="c@x.com", leadScore=99, contactKey="77")  # it had a row once
    sides.reconcile()
    rows = sides.query("select * from crm.contacts order by email")
    assert [row["email"] for row in rows] == inserted
    assert links(sides) == {str(row["contact_id"]): str(row["marketo_lead_id"]) for row in rows}
    assert pending(sides) == {
        str(row["contact_id"]): "contactKey (push: first_link)" for row in rows
    }
    assert dict(sides.reconcile().counts["contacts"]) == {}


def test_a_new_lead_that_the_database_refuses_is_a_reject_until_it_fits(sides: Sides):
    sides.entry["new_in_marketo"] = "insert"
    sides.database.execute("alter table crm.contacts add unique (email)")
    sides.linked(email="taken@x.com")
    sides.lead(7, email="taken@x.com")
    sides.reconcile()
    (reject,) = sides.ledger("rejects")
    assert (reject["record_key"], reject["code"]) == ("lead 7", "local.refused_by_database")
    sides.lead(7, email="free@x.com")
    sides.reconcile()
    assert sides.ledger("rejects")[0]["resolved_at"] is not None
    assert len(sides.query("select 1 from crm.contacts")) == 2
