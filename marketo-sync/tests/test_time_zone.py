"""Columns without a time zone of their own, which the mapping gives them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

if TYPE_CHECKING:
    from two_sides import Sides

BERLIN = ZoneInfo("Europe/Berlin")  # an hour ahead of UTC in November
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("later", "winner"), [(MINUTE, "database"), (-MINUTE, "marketo")])
def test_changed_at_is_of_the_mappings_zone(sides: Sides, later: timedelta, winner: str):
    sides.database.execute("alter table crm.contacts add changed timestamp")
    sides.entry |= {"changed_at": "changed", "time_zone": "Europe/Berlin"}
    sides.entry["fields"] = {**sides.entry["fields"], "title": "title"}
    contact = sides.linked(title="Countess")
    sides.edit(1001, title="Duchess")
    local = (sides.now + later).astimezone(BERLIN).replace(tzinfo=None)
    sides.edit_row(contact, title="Queen", changed=local)
    sides.reconcile()
    (conflict,) = sides.ledger("conflicts")
    assert (conflict["winner"], conflict["policy"]) == (winner, "newest")
    assert conflict["database_at"] - conflict["marketo_at"] == later


def test_a_time_that_is_written_is_of_the_mappings_zone(sides: Sides):
    sides.database.execute("alter table crm.contacts alter deleted_at type timestamp")
    sides.entry |= {"deleted_at": "deleted_at", "time_zone": "Europe/Berlin"}
    loser = sides.linked(1001)
    sides.linked(1002)
    sides.merge(1002, 1001)
    sides.reconcile()
    ago = datetime.now(BERLIN).replace(tzinfo=None) - sides.contact(loser)["deleted_at"]
    assert -MINUTE < ago < 30 * MINUTE  # a zone is off by at least an hour
