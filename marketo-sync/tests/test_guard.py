"""A run that would change far more than usual stops before it writes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from marketo_sync.reconcile import LargeChangeError

if TYPE_CHECKING:
    from two_sides import Sides

MANY = 101  # rows and leads: one more than is always allowed
ROWS = """
insert into crm.contacts (contact_id, email, updated_at)
select n, n || '@x.com', '2026-11-24 09:00:00+00' from generate_series(1, 101) n
"""
LEADS = """
insert into marketo.leads (id, email, "contactKey", _sdc_extracted_at)
select n, n || '@x.com', {key}, '2026-11-24 10:00:00' from generate_series(1, 101) n
"""
EDITED = "update marketo.leads set title = 'Queen', _sdc_extracted_at = '2026-11-24 11:00:00'"
TOMBSTONES = "update marketo.leads set _sdc_deleted_at = '2026-11-24 11:00:00'"
LINKED = (ROWS, LEADS.format(key="n"))
WITHOUT_KEYS = LEADS.format(key="null")
LEDGER = ("records", "pairs", "pending", "conflicts", "changes", "rejects")


@pytest.mark.parametrize(
    ("before", "happens", "changed", "said"),
    [
        ((), ROWS, {}, "101 pushed of 0 linked"),
        ((), WITHOUT_KEYS, {"new_in_marketo": "insert"}, "101 inserted of 0 linked"),
        (LINKED, EDITED, {}, "101 pulled of 101 linked"),
        (LINKED, "update crm.contacts set title = 'Queen'", {}, "101 pushed of 101 linked"),
        (LINKED, TOMBSTONES, {"deleted_in_marketo": "delete"}, "101 deleted of 101 linked"),
        (LINKED, "delete from crm.contacts", {"deleted_in_database": "delete"}, "101 deleted"),
    ],
)
def test_more_than_usual_stops_the_run_with_nothing_written(
    sides: Sides, before: tuple[str, ...], happens: str, changed: dict[str, Any], said: str
):
    sides.percent = 20
    sides.entry |= changed
    sides.database.execute(*before)
    if before:
        sides.reconcile(allow_large=True)
        assert dict(sides.reconcile().counts["contacts"]) == {}
    sides.database.execute(happens)
    was = _everything(sides)
    with pytest.raises(LargeChangeError) as stopped:
        sides.reconcile()
    assert f"contacts: {said}" in str(stopped.value)
    assert "--allow-large" in str(stopped.value)
    assert sides.ledger("cycles")[-1]["status"] == "stopped"
    assert _everything(sides) == was
    sides.reconcile(allow_large=True)
    assert _everything(sides) != was
    assert dict(sides.reconcile().counts["contacts"]) == {}


def _everything(sides: Sides) -> list[list[dict[str, Any]]]:
    rows = sides.query("select * from crm.contacts order by contact_id")
    ledger = [sides.ledger(table) for table in LEDGER] if sides.has_ledger else [[] for _ in LEDGER]
    return [rows, *ledger]


def test_a_hundred_records_are_always_allowed(sides: Sides):
    sides.percent = 20
    sides.database.execute(ROWS, "delete from crm.contacts where contact_id = 1")
    assert sides.reconcile().counts["contacts"] == {"pushed": MANY - 1}
