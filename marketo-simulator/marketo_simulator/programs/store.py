"""Which leads are members of which programs. Marketo docs: Program Members."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from marketo_simulator.activities.store import Activities, Activity
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from marketo_simulator.clock import Clock
    from marketo_simulator.leads.store import Lead, Leads

CHANGE_STATUS_IN_PROGRESSION: Final = 104
STATUS: Final = "Attended"
STATUS_ID: Final = 4


@dataclass(frozen=True, slots=True)
class Membership:
    """One lead in one program."""

    id: int
    since: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Program:
    """One program."""

    id: int
    name: str
    made_at: str


class Programs:
    """Programs and their members; a program is there as soon as it has had one."""

    def __init__(self, leads: Leads, activities: Activities, clock: Clock) -> None:
        self._leads = leads
        self._activities = activities
        self._clock = clock
        self._programs: dict[int, Program] = {}
        self._members: defaultdict[int, dict[int, Membership]] = defaultdict(dict)
        self._ids = count(1)

    def join(self, program_id: int, name: str, lead_id: int, *, at: str | None = None) -> None:
        """A lead attended, with a row of its change of status."""
        at = at or stamp(self._clock.now())
        self._programs.setdefault(program_id, Program(program_id, name, at))
        members = self._members[program_id]
        before = members.get(lead_id)
        number, since = (before.id, before.since) if before else (next(self._ids), at)
        members[lead_id] = Membership(number, since, at)
        attributes = {"New Status": STATUS, "New Status ID": STATUS_ID, "Success": True}
        row = Activity(lead_id, at, CHANGE_STATUS_IN_PROGRESSION, program_id, name, attributes)
        self._activities.add(row)

    def all(self) -> list[Program]:
        """Every program, by id."""
        return [self._programs[program_id] for program_id in sorted(self._programs)]

    def members(self, program_id: int) -> list[tuple[Lead, Membership]] | None:
        """The members that exist now, by id; None for an unknown program."""
        if program_id not in self._members:
            return None
        members = self._members[program_id]
        found = {lead_id: self._leads.survivor(lead_id) for lead_id in members}
        by_id = {lead.id: (lead, members[old_id]) for old_id, lead in found.items() if lead}
        return [by_id[lead_id] for lead_id in sorted(by_id)]
