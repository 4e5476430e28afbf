"""What a mapping says of columns, against the user's table and the leads that have landed."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from marketo_client.naming import fitted

from marketo_sync.mapping import COMPANY_ID
from marketo_sync.reconcile.sides import tables
from marketo_sync.reconcile.sides.landing import TEXT

if TYPE_CHECKING:
    from marketo_sync.mapping import Entry
    from marketo_sync.reconcile.sides.catalog import Column, Relation
    from marketo_sync.reconcile.sides.landing import Landed


@dataclass(frozen=True, slots=True)
class Columns:
    """Both sides of one entry; what is wrong with a place of the mapping is noted."""

    entry: Entry
    relation: Relation
    landed: Landed
    problems: list[str]

    def note(self, words: str) -> None:
        """Something is wrong with the entry."""
        self.problems.append(f"entry `{self.entry.name}`: {words}")

    def note_at(self, place: str, words: str) -> None:
        """Something is wrong with a place of it."""
        self.problems.append(f"entry `{self.entry.name}`, {place}: {words}")

    def readable(self, name: str, place: str) -> Column | None:
        """A column that is there and may be read."""
        column = self.relation.columns.get(name)
        if column is None:
            near = difflib.get_close_matches(name, self.relation.columns, n=1)
            hint = f"; is {near[0]} meant?" if near else ""
            self.note_at(place, f"{self.relation.shown} has no such column{hint}")
        elif not column.may_read:
            self.note_at(place, f"may not be read: GRANT SELECT ON {self.relation.shown}")
        else:
            return column
        return None

    def updatable(self, name: str, place: str) -> Column | None:
        """A column that is there, and may be read; noted where it may not be written to."""
        column = self.readable(name, place)
        if column is not None:
            self.check_update(column, place)
        return column

    def check_update(self, column: Column, place: str) -> None:
        """Note where a column may not be written to."""
        if not column.may_update:
            grant = f"GRANT UPDATE ({column.name}) ON {self.relation.shown}"
            self.note_at(place, f"may not be written to: {grant}")

    def shown(self, name: str, place: str) -> str | None:
        """The landed column of a field that Marketo has."""
        if name != COMPANY_ID and name not in self.landed.fields:
            self.note_at(place, f"Marketo has no field {name}{self.landed.nearest(name)}")
            return None
        shown = self.landed.shown_in(name)
        if shown is None:
            table = f"{self.landed.schema}.{tables.LEADS}"
            self.note_at(place, f"{table} has no column {fitted(name)}: select it in tap-marketo")
        return shown

    def type_of(self, name: str) -> str:
        """Marketo's type of a field; text where it does not tell."""
        known = self.landed.fields.get(name)
        return known.data_type if known else TEXT
