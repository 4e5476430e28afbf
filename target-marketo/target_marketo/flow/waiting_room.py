"""Rows of one entry that cannot go on without a parent: who waits, and for whom to look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from target_marketo.flow.judgement import PARENT_MISSING, refused_lately
from target_marketo.planning.links import END_OF_INPUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_marketo.desk.desk import Desk
    from target_marketo.flow.judgement import Wait
    from target_marketo.planning.links import ParentName
    from target_marketo.planning.plan import Plan
    from target_marketo.rows.row import Row


@dataclass(frozen=True, slots=True)
class WaitingRoom:
    """The way into the spool and out of it; STATE stays behind whoever is inside."""

    desk: Desk

    def admit(self, plan: Plan, waiting: Sequence[tuple[Row, Wait]]) -> None:
        """Let rows wait until their parents are settled."""
        self.desk.spool.add(plan.entry.name, ((row, wait.parent) for row, wait in waiting))
        self.desk.states.park(place for row, _ in waiting for place in row.places)

    def inside(self, plan: Plan, rows: Sequence[Row]) -> set[str]:
        """The keys of those rows of which one waits already."""
        return self.desk.spool.waiting(plan.entry.name, (row.record_key for row in rows))

    def ready(self, plan: Plan, limit: int) -> list[Row]:
        """Up to that many rows whose parents have come, out again."""
        return self._out(plan, self.desk.spool.take_ready(plan.entry.name, limit))

    def orphaned(self, plan: Plan, limit: int) -> list[Row]:
        """Up to that many rows that wait for a parent still, out again."""
        return self._out(plan, self.desk.spool.take_orphans(plan.entry.name, limit))

    def admit_deleted(self, plan: Plan, rows: Sequence[Row]) -> None:
        """Let rows wait whose records are to go, each in the place of one that waits already."""
        ours = self.desk.spool.supersede(plan.entry.name, rows)
        self.desk.spool.add(plan.entry.name, ((row, END_OF_INPUT) for row in ours))

    def deleted(self, plan: Plan, limit: int) -> list[Row]:
        """Up to that many rows whose records are to go, out again."""
        return self._out(plan, self.desk.spool.take_deleted(plan.entry.name, limit))

    def orphans(self, plan: Plan, rows: Sequence[Row]) -> set[str]:
        """The keys of those rows that have a parent which is not known."""
        known = self.desk.parents.of(plan.links, rows)
        return {row.record_key for row in rows if not known.keys() >= _parents(plan, row)}

    def to_look_up(self, plan: Plan, rows: Sequence[Row]) -> set[ParentName]:
        """Unknown parents of rows, but for those that were looked for within the last day."""
        told = self.told_lately(plan, rows)
        fresh = [row for row in rows if row.record_key not in told]
        known = self.desk.parents.of(plan.links, fresh)
        return {name for row in fresh for name in _parents(plan, row)} - known.keys()

    def _out(self, plan: Plan, rows: list[Row]) -> list[Row]:
        """The stream's columns may have changed since they came in."""
        self.desk.states.unpark(place for row in rows for place in row.places)
        return [plan.renewed(row) for row in rows]

    def told_lately(self, plan: Plan, rows: Sequence[Row]) -> set[str]:
        """The keys of those rows that the ledger holds as orphans since less than a day."""
        records = self.desk.ledger.find(plan.entry.name, [row.record_key for row in rows])
        now = datetime.now(UTC)
        return {
            row.record_key
            for row in rows
            if (record := records.get(row.record_key)) is not None
            and record.reject_code == PARENT_MISSING
            and refused_lately(row, record, now=now)
        }


def _parents(plan: Plan, row: Row) -> set[ParentName]:
    names = (link.parent(row.source) for link in plan.links)
    return {name for name in names if name is not None}
