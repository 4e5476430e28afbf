"""What waits to be sent goes no more once its row is gone, is left alone, or has no lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_sync import Ledger, Outcome, Result
from two_sides import ENTRY

if TYPE_CHECKING:
    from two_sides import Sides


def pending(sides: Sides) -> dict[str, str]:
    """What waits for the target, and why."""
    return {row["record_key"]: row["why"] for row in sides.ledger("pending")}


def refuse(sides: Sides, *keys: str) -> None:
    """The target hears of Marketo that it takes those rows not."""
    with Ledger.open(sides.database.url, command="target-marketo", host="localhost") as ledger:
        ledger.settle([
            Outcome("contacts", key, Result.REFUSED, "crm-contacts", "digest", code="1003")
            for key in keys
        ])  # fmt: skip


def open_rejects(sides: Sides) -> list[str]:
    return [row["record_key"] for row in sides.ledger("rejects") if row["resolved_at"] is None]


def test_a_new_row_that_is_deleted_before_it_was_sent_waits_no_more(sides: Sides):
    new = sides.row(email="new@example.com")
    sides.reconcile()
    assert pending(sides) == {str(new): "a new row"}
    sides.query("delete from crm.contacts where contact_id = %s", new)
    sides.reconcile()
    assert pending(sides) == {}


def test_an_edit_waits_only_as_long_as_its_row_takes_part(sides: Sides):
    sides.entry = {**ENTRY, "where": "consent"}
    contact = sides.linked()
    sides.edit_row(contact, first_name="Ada")
    sides.reconcile()
    sides.edit_row(contact, consent=False)
    sides.reconcile()
    assert pending(sides) == {}
    sides.edit_row(contact, consent=True)
    sides.reconcile()
    assert pending(sides) == {str(contact): "firstName (push)"}


def test_a_row_that_is_to_be_deleted_in_marketo_goes_on_waiting(sides: Sides):
    sides.entry = {**ENTRY, "deleted_in_database": "delete"}
    contact = sides.linked()
    sides.query("delete from crm.contacts where contact_id = %s", contact)
    for _ in range(2):
        sides.reconcile()
        assert pending(sides) == {str(contact): "deleted in the database"}


def test_rejects_of_rows_that_have_left_the_table_are_closed(sides: Sides):
    gone, here = sides.row(email="gone@example.com"), sides.row(email="here@example.com")
    sides.reconcile()
    refuse(sides, str(gone), str(here), "?0a1b")
    sides.query("delete from crm.contacts where contact_id = %s", gone)
    sides.reconcile()
    assert open_rejects(sides) == [str(here), "?0a1b"]


def test_an_edit_of_a_row_whose_lead_was_deleted_is_not_sent(sides: Sides):
    contact = sides.linked()
    sides.edit_row(contact, first_name="Ada")
    sides.delete_lead(1001)
    sides.reconcile()
    assert pending(sides) == {}
    assert sides.contact(contact)["marketo_lead_id"] is None


def test_the_reject_of_a_lead_that_was_to_become_a_row_is_closed_once_it_has_one(sides: Sides):
    sides.entry["new_in_marketo"] = "insert"
    sides.database.execute("alter table crm.contacts add unique (email)")
    sides.linked(email="taken@x.com")
    sides.lead(7, email="taken@x.com")
    sides.lead(8, email="taken@x.com")
    sides.reconcile()
    assert open_rejects(sides) == ["lead 7", "lead 8"]
    sides.lead(7, contactKey=str(sides.row(email="other@x.com")))
    sides.delete_lead(8)
    sides.reconcile()
    assert open_rejects(sides) == []
