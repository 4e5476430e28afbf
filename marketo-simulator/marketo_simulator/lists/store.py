"""The lists of one instance, and which leads are on them.

A smart list is one whose members are set by hand here: no filter is computed. The winner of a
merge takes the places of the losers. Marketo docs: Static Lists.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING, Final

from marketo_simulator.activities.store import Activities, Activity
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from marketo_simulator.clock import Clock
    from marketo_simulator.leads.store import Lead, Leads

FIRST_ID: Final = 1001
ADD_TO_LIST: Final = 24
REMOVE_FROM_LIST: Final = 25
FILTER: Final = "Filter"


class ListKind(StrEnum):
    """Both kinds have their ids from one row of numbers."""

    STATIC = "static"
    SMART = "smart"


@dataclass(slots=True)
class LeadList:
    """One list; `updated_at` does not move with its members."""

    id: int
    name: str
    kind: ListKind
    updated_at: str
    program_name: str | None = None
    members: set[int] = field(default_factory=set)


class Lists:
    """All lists by id."""

    def __init__(self, leads: Leads, activities: Activities, clock: Clock) -> None:
        self._leads = leads
        self._activities = activities
        self._clock = clock
        self._by_id: dict[int, LeadList] = {}
        self._ids = count(FIRST_ID)

    def all(self, kind: ListKind | None = None) -> list[LeadList]:
        """Every list, or those of one kind."""
        return [found for found in self._by_id.values() if kind in (None, found.kind)]

    def get(self, list_id: int) -> LeadList:
        """One list. Raises KeyError."""
        return self._by_id[list_id]

    def add(
        self, name: str, kind: ListKind = ListKind.STATIC, *, program_name: str | None = None
    ) -> LeadList:
        """A list appears, without members."""
        made = LeadList(next(self._ids), name, kind, stamp(self._clock.now()), program_name)
        self._by_id[made.id] = made
        return made

    def join(
        self, list_id: int, lead_id: int, *, at: str | None = None, source: str = FILTER
    ) -> None:
        """A lead is on the list from now on; static lists have a row for it. Raises KeyError."""
        self._by_id[list_id].members.add(lead_id)
        self._write(self._by_id[list_id], lead_id, ADD_TO_LIST, source, at)

    def leave(
        self, list_id: int, lead_id: int, *, at: str | None = None, source: str = FILTER
    ) -> None:
        """A lead is off the list. Raises KeyError if it was not on it."""
        self._by_id[list_id].members.remove(lead_id)
        self._write(self._by_id[list_id], lead_id, REMOVE_FROM_LIST, source, at)

    def members(self, found: LeadList) -> list[Lead]:
        """The leads on it that exist now, by id."""
        leads = (self._leads.get(lead_id) for lead_id in sorted(found.members))
        return [lead for lead in leads if lead]

    def lead_merged(self, loser_id: int, winner_id: int, _at: str) -> None:
        """The winner takes the places of the loser."""
        for found in self._by_id.values():
            if loser_id in found.members:
                found.members.remove(loser_id)
                found.members.add(winner_id)

    def lead_deleted(self, lead_id: int) -> None:
        """The lead is off every list, without a row."""
        for found in self._by_id.values():
            found.members.discard(lead_id)

    def _write(
        self, found: LeadList, lead_id: int, type_id: int, source: str, at: str | None
    ) -> None:
        if found.kind is ListKind.STATIC:
            at = at or stamp(self._clock.now())
            row = Activity(lead_id, at, type_id, found.id, found.name, {"Source": source})
            self._activities.add(row)
