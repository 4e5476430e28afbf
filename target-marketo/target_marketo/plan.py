"""A mapping entry resolved against Describe: which columns become which fields, and how.

A plan is made anew when the stream's columns or Marketo's fields change. Knows no rows but one
at a time, and makes no call.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import orjson

from target_marketo.difference import whole
from target_marketo.rows import Row
from target_marketo.values import MisfitError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from marketo_sync import Entry

    from target_marketo.rows import Source
    from target_marketo.values import Cell, FieldPlan

DIGEST_BYTES: Final = 16
NO_KEY: Final = "?"  # before the digest that stands in for a key
LEAD_ID: Final = "id"  # the field that only updateOnly takes. Marketo docs: Leads


@dataclass(frozen=True)
class Plan:
    """How the rows of one entry become leads."""

    entry: Entry
    key: FieldPlan
    fields: tuple[FieldPlan, ...]
    match: tuple[FieldPlan, ...]
    columns: tuple[str, ...]
    seed: bytes = field(repr=False)

    @property
    def keyed_by_id(self) -> bool:
        """Whether the source's own key is Marketo's lead id."""
        return self.key.field.name == LEAD_ID

    def row(self, source: Source, *, places: tuple[int, ...] = (), forced: bool = False) -> Row:
        """A source row with its key and digest; without a key, its digest stands in for it."""
        digest = self.digest(source)
        try:
            key = self.entry.key_text(source)
        except ValueError:
            key = f"{NO_KEY}{digest}"
        return Row(source, key, digest, places, forced)

    def key_value(self, source: Source) -> str:
        """The key as Marketo is asked for it. Raises MisfitError, also where there is none."""
        value = self.key.cell(source.get(self.key.column)).marketo
        if value is None:
            raise MisfitError("local.key_missing", f"key column {self.key.column}: null or blank")
        return str(value)

    def digest(self, source: Source) -> str:
        """Moves when the row's mapped columns, the mapping or Describe of its fields move."""
        seen = [source.get(column) for column in self.columns]
        absent = [column for column in self.columns if column not in source]
        text = orjson.dumps([seen, absent], default=str)
        return blake2b(text, digest_size=DIGEST_BYTES, key=self.seed).hexdigest()

    def cells(self, source: Source) -> tuple[dict[str, Cell], list[MisfitError]]:
        """The values of all columns that are there, and what Marketo would refuse of them."""
        cells: dict[str, Cell] = {}
        misfits: list[MisfitError] = []
        for planned in self.fields:
            if planned.column not in source and planned is not self.key:
                continue
            try:
                if planned is self.key:
                    self.key_value(source)
                cells[planned.field.name] = planned.cell(source[planned.column])
            except MisfitError as misfit:
                misfits.append(misfit)
        return cells, misfits

    def whole(self, source: Source) -> dict[str, Cell]:
        """The whole record of a row that was judged to fit."""
        return whole(self.cells(source)[0], nulls=self.entry.nulls)

    def match_values(self, source: Source) -> tuple[str, ...] | None:
        """What a lead must show to be this row's, compared without case; None if one is blank."""
        values = []
        for planned in self.match:
            value = planned.cell(source.get(planned.column)).marketo
            if value is None:
                return None
            values.append(folded(value))
        return tuple(values) or None


def folded(value: object) -> str:
    """A value of a lead or a row as keys and matches are compared: as text, without case."""
    return str(value).strip().lower()


def seed_of(entry: Entry, fields: Iterable[FieldPlan]) -> bytes:
    """What the digests of an entry's rows depend on beside the row itself."""
    described = [
        [plan.column, plan.field.name, plan.field.data_type, plan.field.length] for plan in fields
    ]
    text = orjson.dumps([entry.digest, described])
    return blake2b(text, digest_size=DIGEST_BYTES).digest()
