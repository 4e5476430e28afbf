"""A mapping entry resolved against Describe: which columns become which fields, and how.

A plan is made anew when the stream's columns or Marketo's fields change. Knows no rows but one
at a time, and makes no call.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import orjson
from marketo_sync import Direction

from target_marketo.difference import whole
from target_marketo.rows import Row
from target_marketo.values import MisfitError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from marketo_client.codecs import Scalar
    from marketo_sync import Cell, Entry

    from target_marketo.actions import Steps
    from target_marketo.objects.shape import Shape
    from target_marketo.rows import Source
    from target_marketo.values import FieldPlan

DIGEST_BYTES: Final = 16
NO_KEY: Final = "?"  # before the digest that stands in for a key


@dataclass(frozen=True)
class Plan:
    """How the rows of one entry become records; `fields` hold those of the key too."""

    entry: Entry
    shape: Shape
    steps: Steps
    keys: tuple[FieldPlan, ...]
    fields: tuple[FieldPlan, ...]
    match: tuple[FieldPlan, ...]
    columns: tuple[str, ...]
    seed: bytes = field(repr=False)

    @property
    def key(self) -> FieldPlan:
        """The key of a record that one field finds."""
        return self.keys[0]

    @property
    def keyed_by_id(self) -> bool:
        """Whether the source's own key is Marketo's id."""
        return self.key.field.name == self.shape.id_field

    @cached_property
    def two_way_fields(self) -> frozenset[str]:
        """Marketo's fields that both sides may change."""
        fields = self.entry.fields or ()
        return frozenset(each.to for each in fields if each.direction is Direction.BOTH)

    def row(self, source: Source, *, places: tuple[int, ...] = (), forced: bool = False) -> Row:
        """A source row with its key and digest; without a key, its digest stands in for it."""
        digest = self.digest(source)
        try:
            key = self.entry.key_text(source)
        except ValueError:
            key = f"{NO_KEY}{digest}"
        return Row(source, key, digest, places, forced)

    def key_values(self, source: Source) -> tuple[Scalar, ...]:
        """The key as Marketo is asked for it. Raises MisfitError, also where there is none."""
        return tuple(_key_value(planned, source) for planned in self.keys)

    def folded_key(self, source: Source) -> tuple[str, ...]:
        """The key as it is compared with what Marketo shows. Raises MisfitError."""
        return folded_values(self.key_values(source))

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
            is_key = planned.column in self.entry.key_fields
            if planned.column not in source and not is_key:
                continue
            try:
                if is_key:
                    _key_value(planned, source)
                cells[planned.field.name] = planned.cell(source[planned.column])
            except MisfitError as misfit:
                misfits.append(misfit)
        return cells, misfits

    def whole(self, source: Source) -> dict[str, Cell]:
        """The whole record of a row that was judged to fit."""
        return whole(self.cells(source)[0], nulls=self.entry.nulls)

    def match_values(self, source: Source) -> tuple[str, ...] | None:
        """What a record must show to be this row's, compared without case; None if one is blank."""
        values = []
        for planned in self.match:
            value = planned.cell(source.get(planned.column)).marketo
            if value is None:
                return None
            values.append(folded(value))
        return tuple(values) or None


def folded(value: object) -> str:
    """A value of a record or a row as keys and matches are compared: as text, without case."""
    return str(value).strip().lower()


def folded_values(values: Iterable[object]) -> tuple[str, ...]:
    """All values of a key, folded."""
    return tuple(map(folded, values))


def _key_value(planned: FieldPlan, source: Source) -> Scalar:
    value = planned.cell(source.get(planned.column)).marketo
    if value is None:
        raise MisfitError("local.key_missing", f"key column {planned.column}: null or blank")
    return value


def seed_of(entry: Entry, fields: Iterable[FieldPlan]) -> bytes:
    """What the digests of an entry's rows depend on beside the row itself."""
    described = [
        [plan.column, plan.field.name, plan.field.data_type, plan.field.length] for plan in fields
    ]
    text = orjson.dumps([entry.digest, described])
    return blake2b(text, digest_size=DIGEST_BYTES).digest()
