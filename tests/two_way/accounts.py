"""What users have done on either side, and whether nothing of it was lost.

An edit is well where the other side shows it, or showed it before somebody changed it again; where
its author has changed it; or where it is in `conflicts` beside what was taken instead. One that
gave a one-way field back what it had at the last cycle is no news: the other side's drift stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from marketo_client.codecs import normalise

if TYPE_CHECKING:
    from tests.two_way.world import World

DATABASE, MARKETO = "database", "marketo"
TYPES = {"vip": "boolean", "score": "integer", "email": "email"}
FIELDS = {
    "email": "email",
    "first_name": "firstName",
    "title": "title",
    "country": "country",
    "plan": "planCode",
    "vip": "isVip",
    "score": "leadScore",
    "note": "freeText",
}
SOURCES = {"score": {MARKETO}, "note": {DATABASE}}  # which side's edits a one-way field takes


def told(column: str, value: Any) -> Any:
    """A value as both sides are compared: blanks are one, and so are no and unknown."""
    found = normalise(TYPES.get(column, "string"), value)
    if TYPES.get(column) == "boolean":
        return bool(found)
    return found


@dataclass
class Edit:
    """A value that a user gave to a field; `known` once the other side has shown it."""

    side: str
    record: int
    column: str
    value: Any
    known: bool = False


@dataclass
class Accounts:
    """All edits of a history, in order."""

    world: World
    edits: list[Edit] = field(default_factory=list)

    def note(
        self, side: str, record: int, values: dict[str, Any], before: dict[str, Any] | None = None
    ) -> None:
        """A user has written these columns; what was there before is no edit."""
        for column, value in values.items():
            new, old = told(column, value), told(column, (before or {}).get(column))
            if new != old and side in SOURCES.get(column, {DATABASE, MARKETO}):
                self.edits.append(Edit(side, record, column, new))

    def look(self) -> None:
        """Note which edits the other side shows now."""
        contacts, leads = self.world.contacts(), self.world.leads()
        links = self.world.links()
        rows = {lead: row for row, lead in links.items()}
        for edit in self.edits if links else ():
            if edit.side == DATABASE:
                shown = leads.get(links.get(edit.record, -1), {}).get(FIELDS[edit.column])
            else:
                shown = contacts.get(rows.get(edit.record, -1), {}).get(edit.column)
            edit.known = edit.known or told(edit.column, shown) == edit.value

    def lost(self) -> list[Edit]:
        """Edits of linked records that nobody knows of."""
        links = self.world.links()
        rows = {lead: row for row, lead in links.items()}
        kept = self._in_conflicts() | self._in_drifted_bases()
        lost = []
        for place, edit in enumerate(self.edits):
            row = edit.record if edit.side == DATABASE else rows.get(edit.record)
            if row not in links or edit.known or self._was_changed(place, edit):
                continue
            if (row, FIELDS[edit.column], edit.side, edit.value) not in kept:
                lost.append(edit)
        return lost

    def _was_changed(self, place: int, edit: Edit) -> bool:
        """Whether its author has changed it later."""
        return any(
            (each.side, each.record, each.column) == (edit.side, edit.record, edit.column)
            for each in self.edits[place + 1 :]
        )

    def _in_conflicts(self) -> set[tuple[Any, ...]]:
        columns = {name: column for column, name in FIELDS.items()}
        kept = set()
        for each in self.world.query("select * from marketo_sync.conflicts"):
            column = columns.get(each["field"])
            if column is None:  # the key, where both leads of a merge had one
                continue
            for side in (DATABASE, MARKETO):
                value = told(column, each[f"{side}_value"])
                kept.add((int(each["record_key"]), each["field"], side, value))
        return kept

    def _in_drifted_bases(self) -> set[tuple[Any, ...]]:
        """What the source of a one-way field showed last, in records that count as drifted."""
        query = (
            "select record_key, base from marketo_sync.records join marketo_sync.pairs"
            " using (instance, object, record_key) where drifted > 0"
        )
        kept = set()
        for each in self.world.query(query):
            for column, sides in SOURCES.items():
                base = each["base"].get(FIELDS[column], {})
                for side in sides:
                    value = told(column, base.get(side))
                    kept.add((int(each["record_key"]), FIELDS[column], side, value))
        return kept

    def differences(self) -> list[tuple[Any, ...]]:
        """Fields of linked records that differ and wait for nobody."""
        contacts, leads = self.world.contacts(), self.world.leads()
        query = "select record_key, field from marketo_sync.conflicts where applied_at is null"
        held = {(int(each["record_key"]), each["field"]) for each in self.world.query(query)}
        found = []
        for row, lead in self.world.links().items():
            for column, name in FIELDS.items():
                if column in SOURCES or (row, name) in held:
                    continue
                ours, theirs = contacts[row][column], leads[lead].get(name)
                if told(column, ours) != told(column, theirs):
                    found.append((row, column, ours, theirs))
        return found
