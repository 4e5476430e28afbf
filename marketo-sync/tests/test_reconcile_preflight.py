"""What two-way cannot run with is told at once, before anything is written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from marketo_sync.reconcile import NotTwoWayError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from two_sides import Sides

    from demo.postgres import Address


def problems(sides: Sides) -> list[str]:
    with pytest.raises(NotTwoWayError) as refused:
        sides.reconcile()
    return list(refused.value.problems)


def test_everything_that_is_wrong_is_told_at_once(sides: Sides):
    sides.database.execute(
        "alter table crm.contacts add span interval, add twice integer"
        " generated always as (contact_id * 2) stored, add local timestamp"
    )
    fields = {
        "emial": "email",
        "first_name": "fristName",
        "span": {"to": "freeText", "conflict": "marketo"},
        "twice": {"to": "leadScore", "conflict": "marketo"},
        "updated_at": {"to": "createdAt", "conflict": "marketo"},
        "title": {"to": "title", "conflict": "newest"},
    }
    sides.entry |= {
        "fields": fields,
        "key": {"email": "contactKey"},
        "changed_at": "local",
        "where": "score",
        "deleted_in_marketo": {"flag": "title"},
        "merged_in_marketo": "flag",
        "marketo_id": "nowhere",
        "match": [],
    }
    told = problems(sides)
    for piece in (
        "entry `contacts`, key email: is not unique: make it the primary key",
        "entry `contacts`, column emial: crm.contacts has no such column; is email meant?",
        "entry `contacts`, column first_name: Marketo has no field fristName; is firstName meant?",
        "entry `contacts`, column span: interval cannot take Marketo's values",
        "entry `contacts`, column twice: cannot be written to",
        "entry `contacts`, column updated_at: createdAt is read-only in Marketo",
        "entry `contacts`: changed_at local: has no time zone, so add `time_zone: Europe/Berlin`",
        "entry `contacts`: where score: is integer, not boolean",
        "entry `contacts`: deleted_in_marketo title: is text, not boolean",
        "entry `contacts`, marketo_id nowhere: crm.contacts has no such column",
    ):
        assert any(line.startswith(piece) for line in told), (piece, told)
    assert sides.query("select 1 from marketo_sync.records") == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"changed_at": None}, "`conflict: newest` (the default) of email, first_name, vip, worth"),
        ({"table": None}, "name its `table`"),
        ({"action": "createOrUpdate"}, "`action: createOrUpdate` also sends fields that have not"),
        ({"nulls": "always"}, "`nulls: always` also sends fields that have not changed here"),
        ({"table": "crm.nowhere"}, "there is no table crm.nowhere that may be read"),
        ({"merged_in_marketo": "flag"}, "`merged_in_marketo: flag` sets the column of"),
        ({"new_in_marketo": {"insert": {"where": '"leadScroe" > 5'}}}, "new_in_marketo: its SQL"),
    ],
)
def test_each_demand_of_two_way_names_the_entry(sides: Sides, changes: dict[str, Any], said: str):
    sides.entry = {k: v for k, v in {**sides.entry, **changes}.items() if v is not None}
    (told,) = problems(sides)
    assert told.startswith("entry `contacts`")
    assert said in told


def test_what_has_not_landed_is_named(sides: Sides):
    sides.query("drop table marketo.deleted_leads")
    sides.query("drop table marketo.merged_leads")
    told = problems(sides)
    assert [line.partition(":")[0] for line in told] == [
        "there is no table marketo.merged_leads that may be read",
        "there is no table marketo.deleted_leads that may be read",
    ]


def test_a_field_that_the_tap_does_not_read_is_named(sides: Sides):
    sides.query('alter table marketo.leads drop column "title"')
    (told,) = problems(sides)
    assert told.endswith("marketo.leads has no column title: select it in tap-marketo")


def test_a_field_that_worked_and_is_gone_is_left_out_with_a_warning(
    sides: Sides, caplog: pytest.LogCaptureFixture
):
    contact = sides.linked(title="Countess", first_name="Ada")
    sides.query("update marketo.lead_fields set _sdc_deleted_at = now() where name = 'title'")
    sides.query("alter table crm.contacts drop column first_name")
    sides.edit(1001, title="Queen", isVip=True)
    sides.reconcile()
    row = sides.contact(contact)
    assert (row["title"], row["vip"]) == ("Countess", True)
    gone = [
        "entry `contacts`, column first_name: the column first_name is gone",
        "entry `contacts`, column title: the field title is gone",
    ]
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]
    assert [record.getMessage() for record in warnings] == [f"left out: {line}" for line in gone]
    assert sides.ledger("cycles")[-1]["counts"]["left_out"] == gone


@pytest.fixture
def stranger(sides: Sides, server: Address) -> Iterator[Sides]:
    """Both sides, for a user with no rights but those of the how-to."""
    name = sides.database.database
    server.execute(
        "drop role if exists stranger",
        "create role stranger login password 'stranger'",
        f"grant create on database {name} to stranger",
    )
    sides.database.execute("grant usage on schema marketo, crm to stranger")
    yield replace(sides, database=replace(sides.database, user="stranger", password="stranger"))
    sides.database.execute("drop owned by stranger cascade")
    server.execute("drop owned by stranger cascade", "drop role stranger")


WRITTEN = "email, first_name, title, score, vip, worth, marketo_lead_id"
GRANTS = (
    "grant select on all tables in schema marketo to stranger",
    "grant select on crm.contacts to stranger",
    f"grant update ({WRITTEN}) on crm.contacts to stranger",
    "grant delete on crm.contacts to stranger",
)


def test_missing_rights_are_named_with_the_statement_that_grants_them(
    sides: Sides, stranger: Sides
):
    assert "there is no table marketo.leads that may be read" in problems(stranger)[0]
    sides.database.execute(*GRANTS[:2])
    told = problems(stranger)
    assert "entry `contacts`, column title: may not be written to: GRANT UPDATE (title) ON" in str(
        told
    )
    assert "rows may not be deleted: GRANT DELETE ON crm.contacts" in str(told)


def test_the_grants_of_the_how_to_are_enough_and_no_other_column_is_touched(
    sides: Sides, stranger: Sides
):
    sides.database.execute(*GRANTS)
    sides.database.execute("alter table crm.contacts add secret text")
    contact = sides.row(email="a@x.com", title=None)
    sides.lead(1001, email="a@x.com", title="Queen")
    stranger.reconcile()
    assert sides.contact(contact)["title"] == "Queen"
