"""Leads that are merged or deleted in Marketo, and edits that a push has overwritten."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from two_sides import Sides


def records(sides: Sides) -> dict[str, tuple[str, str]]:
    return {
        row["record_key"]: (row["marketo_id"], row["status"]) for row in sides.ledger("records")
    }


def conflicts(sides: Sides) -> list[tuple[Any, ...]]:
    names = ("record_key", "field", "marketo_value", "database_value", "policy", "winner")
    return [tuple(row[name] for name in names) for row in sides.ledger("conflicts")]


def test_a_row_whose_lead_alone_was_merged_follows_the_winner(sides: Sides):
    contact = sides.linked(title="Countess", first_name="Ada")
    sides.lead(2001, title="Queen", firstName="Ada")
    sides.merge(2001, 1001)
    sides.lead(2001, email="1001@example.com")
    sides.reconcile()
    assert records(sides) == {str(contact): ("2001", "linked")}
    row = sides.contact(contact)
    assert (row["marketo_lead_id"], row["title"]) == (2001, "Queen")
    (waiting,) = sides.ledger("pending")
    assert waiting["why"] == "contactKey (push: first_link)"
    assert dict(sides.reconcile().counts["contacts"]) == {}


def test_an_edit_that_the_merge_met_is_decided_by_the_fields_policy(sides: Sides):
    contact = sides.linked(title="Countess")
    sides.edit_row(contact, title="Duchess")
    sides.lead(2001, title="Queen", email="1001@example.com")
    sides.merge(2001, 1001)
    sides.reconcile()
    assert conflicts(sides) == [(str(contact), "title", "Queen", "Duchess", "review", None)]


def test_a_chain_of_merges_is_followed_to_the_last_winner(sides: Sides):
    contact = sides.linked()
    for winner, loser in ((2001, 1001), (2002, 2001), (2003, 2002)):
        sides.lead(winner, email="1001@example.com")
        sides.merge(winner, loser)
    sides.reconcile()
    assert records(sides) == {str(contact): ("2003", "linked")}


def test_what_was_read_of_the_winner_before_the_merge_does_not_count(sides: Sides):
    contact = sides.linked(title="Countess")
    sides.lead(2001, title="Old", email="1001@example.com")
    sides.tick()
    at = sides.now.replace(tzinfo=None)
    sides.land("merged_leads", winningLeadId=2001, losingLeadId=1001, activityDate=at)
    sides.reconcile()
    assert sides.contact(contact)["title"] == "Countess"
    sides.lead(2001, title="New")
    sides.reconcile()
    assert sides.contact(contact)["title"] == "New"


def test_of_two_rows_the_losers_goes_and_its_edits_become_conflicts(sides: Sides):
    loser = sides.linked(1001, title="Countess")
    winner = sides.linked(1002, title="Queen")
    sides.edit_row(loser, title="Duchess")
    sides.merge(1002, 1001)
    sides.reconcile()
    assert [row["contact_id"] for row in sides.query("select * from crm.contacts")] == [winner]
    assert records(sides) == {str(loser): ("1002", "merged"), str(winner): ("1002", "linked")}
    assert conflicts(sides) == [
        (str(loser), "title", "Queen", "Duchess", "merged_in_marketo", "marketo")
    ]
    (change,) = sides.ledger("changes", record_key=str(loser), field="contactKey")
    assert (change["new"], change["rule"]) == (None, "delete: merged_in_marketo")
    assert dict(sides.reconcile().counts["contacts"]) == {}


def test_two_losers_without_the_winners_row_leave_one_row(sides: Sides):
    first = sides.linked(1001)
    second = sides.linked(1002)
    sides.lead(2001, email="1001@example.com")
    sides.merge(2001, 1001, 1002)
    sides.reconcile()
    assert records(sides) == {str(first): ("2001", "linked"), str(second): ("2001", "merged")}
    assert len(sides.query("select 1 from crm.contacts")) == 1


def test_a_table_that_deletes_softly_keeps_the_losers_row(sides: Sides):
    sides.entry |= {"deleted_at": "deleted_at", "deleted_in_database": "delete"}
    loser = sides.linked(1001)
    sides.linked(1002)
    sides.merge(1002, 1001)
    sides.reconcile()
    row = sides.contact(loser)
    assert row["deleted_at"] is not None
    assert row["marketo_lead_id"] is None
    assert sides.ledger("pending") == []  # it is no source of a delete
    sides.reconcile()
    assert sides.ledger("pending") == []


FLAG = {"flag": "deleted_in_marketo"}


def test_merges_that_are_not_honoured_flag_the_row(sides: Sides):
    sides.entry |= {"merged_in_marketo": "flag", "deleted_in_marketo": FLAG}
    loser = sides.linked(1001)
    sides.linked(1002)
    sides.merge(1002, 1001)
    sides.reconcile()
    row = sides.contact(loser)
    assert (row["deleted_in_marketo"], row["marketo_lead_id"]) == (True, None)
    assert records(sides)[str(loser)] == ("1002", "merged")
    sides.edit_row(loser, title="edited")
    assert dict(sides.reconcile().counts["contacts"]) == {}
    assert sides.ledger("pending") == []


def test_a_winner_that_is_deleted_in_the_same_cycle_takes_the_losers_row_along(sides: Sides):
    sides.entry["deleted_in_marketo"] = FLAG
    contact = sides.linked(1001, title="Countess")
    sides.lead(2001, title="Queen", email="1001@example.com")
    sides.merge(2001, 1001)
    sides.delete_lead(2001)
    sides.reconcile()
    assert records(sides) == {str(contact): ("2001", "gone_in_marketo")}
    row = sides.contact(contact)
    assert (row["deleted_in_marketo"], row["marketo_lead_id"], row["title"]) == (
        True,
        None,
        "Countess",
    )
    assert sides.ledger("pending") == []


@pytest.mark.parametrize(
    ("policy", "stays", "flagged"),
    [(FLAG, True, True), ("delete", False, None), ("ignore", True, None)],
)
def test_a_lead_that_was_deleted_goes_by_the_policy(
    sides: Sides, policy: Any, *, stays: bool, flagged: bool | None
):
    sides.entry["deleted_in_marketo"] = policy
    contact = sides.linked(title="Countess")
    sides.delete_lead(1001)
    sides.reconcile()
    rows = sides.query("select * from crm.contacts")
    assert len(rows) == int(stays)
    if stays:
        assert (rows[0]["deleted_in_marketo"], rows[0]["marketo_lead_id"]) == (flagged, None)
    assert records(sides) == {str(contact): ("1001", "gone_in_marketo")}
    sides.entry["deleted_in_database"] = "delete"
    for change in ("update crm.contacts set title = 'edited'", "delete from crm.contacts"):
        sides.query(change)
        assert dict(sides.reconcile().counts["contacts"]) == {}
        assert sides.ledger("pending") == []


def test_an_edit_of_a_row_that_goes_with_its_lead_is_kept_as_a_conflict(sides: Sides):
    sides.entry["deleted_in_marketo"] = "delete"
    contact = sides.linked(title="Countess")
    sides.edit_row(contact, title="Duchess")
    sides.delete_lead(1001)
    sides.reconcile()
    assert conflicts(sides) == [
        (str(contact), "title", "Countess", "Duchess", "deleted_in_marketo", "marketo")
    ]


def test_a_row_that_others_need_stays_and_is_a_reject(sides: Sides):
    sides.entry["deleted_in_marketo"] = "delete"
    contact = sides.linked()
    sides.database.execute(
        "create table crm.orders (contact_id integer references crm.contacts)",
        f"insert into crm.orders values ({contact})",  # noqa: S608 - a number
    )
    sides.delete_lead(1001)
    sides.reconcile()
    (reject,) = sides.ledger("rejects")
    assert "violates foreign key constraint" in reject["reason"]
    assert len(sides.query("select 1 from crm.contacts")) == 1
    sides.database.execute("drop table crm.orders")
    sides.reconcile()
    assert records(sides) == {str(contact): ("1001", "gone_in_marketo")}


def test_a_lead_that_came_back_is_not_deleted(sides: Sides):
    contact = sides.linked()
    sides.delete_lead(1001)
    sides.tick()
    sides.lead(1001, title="Back")
    sides.reconcile()
    assert records(sides) == {str(contact): ("1001", "linked")}
    assert sides.contact(contact)["title"] == "Back"


def test_leads_that_left_a_complete_list_of_ids_are_deleted(sides: Sides):
    sides.entry["deleted_in_marketo"] = FLAG
    contacts = [sides.linked(1001), sides.linked(1002)]
    sides.query(
        "create table marketo.lead_ids (id bigint, _sdc_extracted_at timestamp,"
        " _sdc_deleted_at timestamp)"
    )
    sides.tick()
    sides.query("insert into marketo.lead_ids values (1001), (1002)")
    at = sides.now.replace(tzinfo=None)
    sides.query("update marketo.lead_ids set _sdc_deleted_at = %s where id = 1001", at)
    sides.reconcile()
    flags = [sides.contact(contact)["deleted_in_marketo"] for contact in contacts]
    assert flags == [True, None]


@pytest.mark.parametrize(
    ("source", "hours"), [("Web service API", 0), ("List import", 0), ("List import", 3)]
)
def test_an_edit_that_a_push_has_overwritten_is_kept_after_the_fact(
    sides: Sides, source: str, hours: int
):
    contact = sides.linked(title="Countess", first_name="Ada")
    sides.edit_row(contact, title="Queen", first_name="Augusta")
    sides.reconcile()
    sides.tick()  # somebody edits the title between our reading and our push
    sides.change_row(1001, "title", "Countess", "Duchess")
    sides.push(contact, title="Queen", firstName="Augusta")
    at = sides.now.replace(tzinfo=None) - timedelta(hours=hours)  # a file's answer comes late
    push = {"source": source, "activityDate": at}
    sides.change_row(1001, "title", "Duchess", "Queen", **push)
    sides.change_row(1001, "firstName", "Ada", "Augusta", **push)
    sides.tick()
    sides.lead(1001, title="Queen", firstName="Augusta")
    for _ in range(2):
        sides.reconcile()
    assert conflicts(sides) == [
        (str(contact), "title", "Duchess", "Queen", "lost_update", "database")
    ]
    assert sides.contact(contact)["title"] == "Queen"


def test_a_type_that_change_rows_write_in_many_ways_tells_of_no_lost_update(sides: Sides):
    contact = sides.linked(worth="12.50", title="Countess")
    sides.edit_row(contact, worth="13.50")
    sides.reconcile()
    sides.tick()
    sides.push(contact, lifetimeValue=13.5)
    sides.change_row(1001, "lifetimeValue", "$12.5", "13.50", source="Web service API")
    sides.tick()
    sides.lead(1001, lifetimeValue="13.5")
    sides.reconcile()
    assert conflicts(sides) == []


def test_a_winner_of_another_table_is_not_taken_for_a_row_with_the_same_key(sides: Sides):
    sides.query("create table crm.people (person_id integer primary key, title text)")
    fields = {"title": {"to": "title", "conflict": "review"}}
    people = {"object": "lead", "table": "crm.people", "key": {"person_id": "planCode"}}
    sides.others = {"people": {**people, "fields": fields}}
    loser = sides.linked(1001, title="Countess")
    other = sides.linked(1002, title="Of another person")
    sides.query("insert into crm.people values (%s, 'Queen')", other)
    sides.lead(2001, planCode=str(other), title="Queen")
    sides.reconcile()
    sides.edit_row(loser, title="Duchess")
    sides.merge(2001, 1001)
    sides.reconcile()
    assert conflicts(sides) == [
        (str(loser), "title", "Countess", "Duchess", "merged_in_marketo", "marketo")
    ]
