"""What the tap brings is newer than what the ledger holds of the same row, and goes before it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from crm import CONTACTS, ORDERS, an_order, orders, state
from target_runs import COLUMNS, a_contact, a_schema, a_state, singer

if TYPE_CHECKING:
    from target_runs import Row, TargetRunner

BOOLEAN = {"type": ["null", "boolean"]}
CONSENT = {"where": "consent"}
NO_SEATS = {"email": "email", "first_name": "firstName"}
LEAVE_PENDING = (
    "insert into pending (instance, object, record_key, row, why)"
    " values ('default', 'contacts', '1', :row, 'resolved')"
)


def leave_pending(run_target: TargetRunner, row: Row) -> None:
    """As marketo-sync would, before the tap reads the table."""
    run_target.change_ledger(LEAVE_PENDING, row=json.dumps(row))


def with_column(name: str) -> Row:
    return {**COLUMNS, name: BOOLEAN}


def waiting(run_target: TargetRunner) -> list[str]:
    """The keys of rows that wait in the ledger."""
    rejects = [row for row in run_target.ledger("rejects") if row["resolved_at"] is None]
    return sorted(row["record_key"] for row in (*rejects, *run_target.ledger("pending")))


def a_day_passes(run_target: TargetRunner, code: str) -> None:
    run_target.change_ledger(
        "update rejects set code = :code, last_at = '2020-01-01 00:00:00'", code=code
    )


@pytest.mark.parametrize(
    "policy",
    [CONSENT, pytest.param({"deleted_at": "consent"}, marks=pytest.mark.slow)],
    ids=["where", "deleted_at"],
)
def test_a_row_that_is_left_alone_takes_its_reject_and_pending_row_along(
    run_target: TargetRunner, policy: Row
):
    """Without that, the older form would be sent: that of a row with consent, or not deleted."""
    allowed = "where" in policy
    columns = with_column("consent")
    bad = a_contact(1, seats="many", consent=allowed)
    assert run_target(singer([bad], columns=columns), entry=policy).counts["refused"] == 1
    leave_pending(run_target, bad)
    left_alone = {**bad, "consent": not allowed}
    run = run_target(singer([left_alone], columns=columns), entry=policy)
    assert run.counts == {"taken": 1, "held": 1}
    assert waiting(run_target) == []
    run_target([a_schema(columns), a_state(0)], entry={**policy, "fields": NO_SEATS})
    assert run_target.leads("contactKey") == []


@pytest.mark.slow
def test_a_row_whose_lead_is_gone_stays_in_the_rejects_as_it_is_now(run_target: TargetRunner):
    columns = with_column("consent")
    row = a_contact(1, consent=True)
    run_target(singer([row], columns=columns), entry=CONSENT)
    ((lead_id,),) = run_target.leads("id")
    run_target.marketo("POST", "/rest/v1/leads/delete.json", {"input": [{"id": lead_id}]})
    edited = {**row, "first_name": "Ada"}
    assert run_target(singer([edited], columns=columns), entry=CONSENT).counts["held"] == 1
    without = singer([{**edited, "consent": False}], columns=columns)
    recreate = {**CONSENT, "missing_in_marketo": "recreate"}
    assert run_target(without, entry=recreate).counts["held"] == 1
    assert run_target.leads("contactKey") == []
    assert waiting(run_target) == ["1"]
    again = singer([edited], columns=columns)
    assert run_target(again, entry=recreate).counts["created"] == 1


def test_a_row_of_the_tap_takes_the_place_of_a_pending_one(run_target: TargetRunner):
    run_target(singer([a_contact(1)]))
    leave_pending(run_target, a_contact(1, first_name="Undone since"))
    assert run_target(singer([a_contact(1)])).counts == {"taken": 1, "unchanged": 1}
    assert run_target.leads("firstName") == [("Person 1",)]
    assert waiting(run_target) == []


def test_a_pending_row_goes_before_an_older_reject_of_its_key(run_target: TargetRunner):
    run_target(singer([a_contact(1)]))
    run_target(singer([a_contact(1, seats="many", first_name="Older")]))
    a_day_passes(run_target, code="1003")
    leave_pending(run_target, a_contact(1, first_name="Newer"))
    run_target([a_schema(), a_state(0)], entry={"fields": NO_SEATS})
    assert run_target.leads("firstName") == [("Newer",)]


def test_a_row_that_waits_for_its_parent_is_not_superseded_by_its_reject(run_target: TargetRunner):
    run_target.simulator.post("/settings", custom_object_types=True)
    streams = {"contacts": CONTACTS, "orders": ORDERS}
    run_target([*orders.rows([an_order(1, 7, status="older")]), state(1)], streams=streams)
    a_day_passes(run_target, code="local.parent_missing")
    run_target([*orders.rows([an_order(1, 8, status="newer")]), state(2)], streams=streams)
    (reject,) = run_target.ledger("rejects")
    assert json.loads(reject["payload"])["status"] == "newer"


def test_a_delete_is_not_superseded_by_the_reject_of_its_row(run_target: TargetRunner):
    policy = {"deleted_in_database": "delete"}
    many = [a_contact(number) for number in range(1, 11)]
    run_target(singer(many), entry=policy)
    run_target(singer([a_contact(1, seats="many")]), entry=policy)
    a_day_passes(run_target, code="1003")
    gone = a_contact(1, _sdc_deleted_at="2026-11-24T10:00:00Z")
    run_target(singer([gone]), entry={**policy, "fields": NO_SEATS})
    assert ("1",) not in run_target.leads("contactKey")
