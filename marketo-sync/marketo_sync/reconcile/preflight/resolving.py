"""The fields of one entry, resolved against both sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from marketo_sync.mapping import COMPANY_ID, Direction, ObjectKind
from marketo_sync.reconcile.merge.three_way import Rules
from marketo_sync.reconcile.sides import shapes
from marketo_sync.reconcile.sides.fields import EntryPlan, SyncField
from marketo_sync.reconcile.sides.landing import TEXT

if TYPE_CHECKING:
    from collections.abc import Collection

    from marketo_sync.mapping import FieldMapping
    from marketo_sync.reconcile.preflight.columns import Columns
    from marketo_sync.reconcile.sides.catalog import Column
    from marketo_sync.reconcile.sides.landing import MarketoField


@dataclass(slots=True)
class Resolving:
    """One entry on its way to a plan; what cannot be resolved is noted."""

    columns: Columns
    worked_before: Collection[str]
    left_out: list[str] = field(default_factory=list)

    def plan(self) -> EntryPlan | None:
        """The plan of the entry; None without a key."""
        entry = self.columns.entry
        key = self._key()
        fields = [each for each in map(self._field, entry.fields or ()) if each is not None]
        link = self._link(entry.company) if entry.company else None
        if key is None:
            return None
        # A company is its key, which Marketo never changes; a lead's may have to be sent again.
        own = () if entry.object is ObjectKind.COMPANY else (key,)
        linked = (link,) if link else ()
        named = (*own, *linked, *fields)
        return EntryPlan(entry, self.columns.relation, key, named, tuple(self.left_out))

    def _key(self) -> SyncField | None:
        part = self.columns.entry.key[0]
        place = f"key {part.column}"
        column = self.columns.readable(part.column, place)
        shown = self.columns.shown(part.field, place)
        if column is None or shown is None:
            return None
        if not shapes.is_key(column):
            words = f"is {column.type}; a key is a number, a text or a uuid"
            self.columns.note_at(place, words)
        if self.columns.relation.kind in "rp" and not column.is_unique:
            words = "is not unique: make it the primary key, or give it a unique index"
            self.columns.note_at(place, words)
        rules = Rules(self.columns.type_of(part.field), Direction.TO_MARKETO, conflict=None)
        return SyncField(part.field, column, shown, rules)

    def _link(self, name: str) -> SyncField | None:
        place = f"company {name}"
        column = self.columns.readable(name, place)
        shown = self.columns.shown(COMPANY_ID, place)
        if column is None or shown is None:
            return None
        rules = Rules(TEXT, Direction.TO_MARKETO, conflict=None)
        return SyncField(COMPANY_ID, column, shown, rules, is_link=True)

    def _field(self, mapped: FieldMapping) -> SyncField | None:
        known = self.columns.landed.fields.get(mapped.to)
        if self._is_gone(mapped, known):
            return None
        place = f"column {mapped.column}"
        column = self.columns.readable(mapped.column, place)
        shown = self.columns.shown(mapped.to, place)
        if column is None or shown is None or known is None:
            return None
        self._check_column(mapped, column, place)
        if mapped.direction is Direction.BOTH and not known.updateable:
            words = f"{mapped.to} is read-only in Marketo: `direction: to_database`"
            self.columns.note_at(place, words)
        return self._synced(mapped, column, shown, known)

    def _is_gone(self, mapped: FieldMapping, known: MarketoField | None) -> bool:
        """Whether one of its two sides was there once and is no more: then it is left out."""
        there = mapped.column in self.columns.relation.columns
        if mapped.to not in self.worked_before or (known and there):
            return False
        missing = f"field {mapped.to}" if known is None else f"column {mapped.column}"
        entry = self.columns.entry.name
        self.left_out.append(f"entry `{entry}`, column {mapped.column}: the {missing} is gone")
        return True

    def _synced(
        self, mapped: FieldMapping, column: Column, shown: str, known: MarketoField
    ) -> SyncField:
        entry = self.columns.entry
        rules = Rules(known.data_type, mapped.direction, mapped.conflict, entry.first_link)
        of_company = entry.object is ObjectKind.LEAD and known.of_company
        return SyncField(mapped.to, column, shown, rules, mapped, of_company)

    def _check_column(self, mapped: FieldMapping, column: Column, place: str) -> None:
        note = self.columns.note_at
        if not mapped.is_pulled:
            if not shapes.is_readable(column):
                note(place, f"{column.type} cannot be sent to Marketo")
        elif not shapes.is_writable(column):
            note(place, f"{column.type} cannot take Marketo's values: `to_marketo`")
        elif column.is_generated or not column.is_updatable:
            note(place, "cannot be written to: `direction: to_marketo`")
        else:
            self.columns.check_update(column, place)
