"""An entry of the mapping, resolved against the user's table and what Marketo says of its fields.

Everything that the merge of a pair needs to know of its columns; knows no rows and no SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from marketo_client.codecs import codec, text

from marketo_sync.mapping import Direction, FieldMapping, ObjectKind, key_text
from marketo_sync.reconcile.merge.three_way import Rules, Seen
from marketo_sync.reconcile.sides.shapes import held, to_column
from marketo_sync.values import Cell, Form, as_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_client.codecs import Json, Scalar

    from marketo_sync.mapping import Entry
    from marketo_sync.reconcile.sides.catalog import Column, Relation

LEAD_ID = "id"


@dataclass(frozen=True)
class SyncField:
    """One column and its Marketo field; `landed` is the field's column in the landed table.

    `of_company`: the field belongs to the company of a lead that has one. `is_link`: the column
    holds the key of another row.
    """

    name: str
    column: Column
    landed: str
    rules: Rules
    mapping: FieldMapping | None = None
    of_company: bool = False
    is_link: bool = False

    @property
    def is_pulled(self) -> bool:
        """Whether Marketo's values are written to the column."""
        return self.rules.direction is not Direction.TO_MARKETO

    def seen(self, value: object, landed: object) -> Seen:
        """What both sides show, from the values that psycopg2 has read."""
        cell = self.cell(value)
        return Seen(cell.database, cell.marketo, self.shown(landed), self._fitted)

    def cell(self, value: object) -> Cell:
        """Both forms of a column's value; one that does not fit Marketo's type is its text."""
        source = as_json(value)
        try:
            if self.is_link:
                source = cast("Json", record_key(source))
            return self._form.cell(source)
        except ValueError:
            return Cell(text(source), text(source))

    def shown(self, landed: object) -> Scalar | None:
        """What Marketo shows, from the landed column: times are stored in UTC without zone."""
        value = as_json(landed)
        try:
            return codec(self.rules.data_type).from_rest(value)
        except ValueError:
            return text(value)

    def to_database(self, value: Json) -> Json:
        """Marketo's value as the column is given it."""
        return to_column(self.column, self._back(value))

    def _fitted(self, value: Scalar | None) -> Scalar | None:
        return self.cell(held(self.column, self.to_database(value))).database

    def _back(self, value: Json) -> Json:
        back: Any = self.mapping.to_database(value) if self.mapping else value
        return back  # type: ignore[no-any-return]

    @cached_property
    def _form(self) -> Form:
        return Form(self.rules.data_type, self._translation)

    @property
    def _translation(self) -> Callable[[object], object] | None:
        if self.mapping is None:
            return record_key
        return self.mapping.to_marketo if self.mapping.values else None


@dataclass(frozen=True)
class EntryPlan:
    """How the rows of one entry meet their leads or companies.

    `fields` hold a lead's key and its link to a company too. `left_out` names what worked
    before and is gone.
    """

    entry: Entry
    relation: Relation
    key: SyncField
    fields: tuple[SyncField, ...]
    left_out: tuple[str, ...] = ()
    others: frozenset[str] = field(default=frozenset(), repr=False)
    """Fields of companies that an entry of companies maps: of linked leads they are not ours."""

    @property
    def is_company(self) -> bool:
        """Whether its rows are companies: then a lead of theirs shows Marketo's side."""
        return self.entry.object is ObjectKind.COMPANY

    @cached_property
    def by_name(self) -> dict[str, SyncField]:
        """The fields by Marketo's name."""
        return {each.name: each for each in self.fields}

    def fields_of(self, *, has_company: bool) -> list[SyncField]:
        """The fields of a pair; those of its company are left to the company's row."""
        if not has_company:
            return list(self.fields)
        return [each for each in self.fields if not (each.of_company and each.name in self.others)]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every column that the mapping names, each once: what a pending row holds."""
        entry = self.entry
        others = (entry.where, entry.company, entry.deleted_at, entry.marketo_id, entry.changed_at)
        links = (link.column for link in entry.link)
        own = (self.key.column.name, *(each.column.name for each in self.fields))
        named = (*own, *others, *links)
        wanted = [name for name in named if name is not None]
        return tuple(dict.fromkeys(name for name in wanted if name in self.relation.columns))


def record_key(value: object) -> object:
    """A key in the form of its record key: `17`, also where the source wrote 17.0."""
    return None if value is None or value == "" else key_text([value])
