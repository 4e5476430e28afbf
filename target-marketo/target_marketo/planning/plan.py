"""A mapping entry resolved against Describe: which columns become which fields, and how.

A plan is made anew when the stream's columns or Marketo's fields change. Knows no rows but one
at a time, and makes no call.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import orjson
from marketo_sync import KEYLESS, Direction, key_text

from target_marketo.planning.links import NO_PARENTS, MissingParentError
from target_marketo.planning.values import MisfitError
from target_marketo.rows.row import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from marketo_client.codecs import Scalar
    from marketo_sync import Cell, Entry

    from target_marketo.planning.actions import Steps
    from target_marketo.planning.links import LinkPlan, ParentName, Parents
    from target_marketo.planning.shape import Field, Shape
    from target_marketo.planning.values import FieldPlan, ToCell
    from target_marketo.rows.row import Source

DIGEST_BYTES: Final = 16

Key = tuple["Scalar | None", ...]  # the values that find a record, in the order of the mapping


@dataclass(slots=True)
class Values:
    """What a row's columns come to: fields, what Marketo would refuse, links without parent."""

    cells: dict[str, Cell] = field(default_factory=dict)
    misfits: list[MisfitError] = field(default_factory=list)
    missing: dict[str, ParentName] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """How the rows of one entry become records.

    `fields` are filled by columns alone, `links` by what a column's parent shows in Marketo.
    `company_fields` are those of a lead that belong to its company, if it has one; what a stream
    of companies sends, the lead does not say (`said_fields` are the others). `stream_keys` are the
    key columns of the stream, by which a row without a key in the mapping's sense is known.
    """

    entry: Entry
    shape: Shape
    steps: Steps
    fields: tuple[FieldPlan, ...]
    links: tuple[LinkPlan, ...]
    match: tuple[FieldPlan, ...]
    columns: tuple[str, ...]
    seed: bytes = field(repr=False)
    company_fields: frozenset[str] = frozenset()
    said_fields: frozenset[str] = frozenset()
    stream_keys: tuple[str, ...] = ()

    @cached_property
    def key_names(self) -> tuple[str, ...]:
        """Marketo's names of the fields that make the key."""
        return tuple(part.field for part in self.entry.key)

    @cached_property
    def match_names(self) -> tuple[str, ...]:
        """Marketo's names of the fields that a record is matched by."""
        return tuple(planned.field.name for planned in self.match)

    @cached_property
    def field_names(self) -> frozenset[str]:
        """Marketo's names of all fields that a row may fill."""
        fields = (planned.field.name for planned in self.fields)
        links = (link.field.name for link in self.links)
        flag = self.entry.deleted_in_database.flag
        return frozenset((*fields, *links, *([flag] if flag else [])))

    @property
    def company_link(self) -> LinkPlan | None:
        """The link of a lead to its company."""
        return self.links[0] if self.entry.company is not None and self.links else None

    @property
    def keyed_by_id(self) -> bool:
        """Whether the source's own key is Marketo's id."""
        return self.key_names == (self.shape.id_field,)

    @cached_property
    def two_way_fields(self) -> frozenset[str]:
        """Marketo's fields that both sides may change."""
        fields = self.entry.fields or ()
        return frozenset(each.to for each in fields if each.direction is Direction.BOTH)

    def row(self, source: Source, *, places: tuple[int, ...] = (), forced: bool = False) -> Row:
        """A source row with its key and digest; without a key, something stands in for it."""
        digest = self.digest(source)
        try:
            key = self.entry.key_text(source)
        except ValueError:
            key = self._stand_in(source) or f"{KEYLESS}{digest}"
        return Row(source, key, digest, places, forced)

    def earlier_key(self, row: Row) -> str | None:
        """What the row was known by while it had no key; None where it has none, or no other."""
        if not self._has_other_key or row.record_key.startswith(KEYLESS):
            return None
        return self._stand_in(row.source)

    @cached_property
    def _has_other_key(self) -> bool:
        return set(self.stream_keys) != {part.column for part in self.entry.key}

    def _stand_in(self, source: Source) -> str | None:
        """What a row without a key is known by: the key of its stream, where it has one."""
        if not self.stream_keys:
            return None
        try:
            return f"{KEYLESS}{key_text([source.get(column) for column in self.stream_keys])}"
        except ValueError:
            return None

    def renewed(self, row: Row) -> Row:
        """The row as this plan sees it, where another one has taken it in.

        Its digest says of which columns it was sent: that of a wider plan would hide the others.
        """
        return replace(row, digest=self.digest(row.source))

    def key_of(self, cells: Mapping[str, Cell]) -> Key:
        """The key as Marketo is asked for it, of a whole record."""
        return tuple(cells[name].marketo for name in self.key_names)

    def key(self, source: Source) -> Key:
        """The same, of a row that was judged to fit and whose key holds no link."""
        return tuple(planned.cell(source[planned.column]).marketo for planned in self._key_fields)

    def digest(self, source: Source) -> str:
        """Moves when the row's mapped columns, the mapping or Describe of its fields move."""
        seen = [source.get(column) for column in self.columns]
        absent = [column for column in self.columns if column not in source]
        text = orjson.dumps([seen, absent], default=str)
        return blake2b(text, digest_size=DIGEST_BYTES, key=self.seed).hexdigest()

    def values(self, source: Source, parents: Parents = NO_PARENTS) -> Values:
        """The values of all columns that are there."""
        values = Values()
        cells = values.cells
        for column, name, cell in self._cells:
            if column in source:
                try:
                    cells[name] = cell(source[column])
                except MisfitError as misfit:
                    values.misfits.append(misfit)
        for link in self.links:
            if link.column in source:
                try:
                    cells[link.field.name] = link.cell(source, parents)
                except MisfitError as misfit:
                    values.misfits.append(misfit)
                except MissingParentError as missing:
                    values.missing[link.field.name] = missing.parent
        if lacking := self._key_misfit(source):
            values.misfits.insert(0, lacking)
        return values

    def match_of(self, cells: Mapping[str, Cell]) -> tuple[str, ...] | None:
        """What a record must show to be this row's, compared without case; None if one is blank."""
        values = []
        for name in self.match_names:
            cell = cells.get(name)
            if cell is None or cell.marketo is None:
                return None
            values.append(folded(cell.marketo))
        return tuple(values) or None

    @cached_property
    def _cells(self) -> tuple[tuple[str, str, ToCell], ...]:
        """For each field its column, its name, and what gives its value."""
        return tuple((each.column, each.field.name, each.cell) for each in self.fields)

    @cached_property
    def _key_fields(self) -> tuple[FieldPlan, ...]:
        return tuple(planned for planned in self.fields if planned.field.name in self.key_names)

    def _key_misfit(self, source: Source) -> MisfitError | None:
        for part in self.entry.key:
            value = source.get(part.column)
            if value is None or not str(value).strip():
                text = f"key column {part.column}: null or blank"
                return MisfitError("local.key_missing", text)
        return None


def folded(value: object) -> str:
    """A value of a record or a row as keys and matches are compared: as text, without case."""
    return str(value).strip().lower()


def folded_key(key: Iterable[object]) -> tuple[str, ...]:
    """All values of a key, folded."""
    return tuple(map(folded, key))


def seed_of(entry: Entry, columns: Iterable[tuple[str, Field]]) -> bytes:
    """What the digests of an entry's rows depend on beside the row itself."""
    described = [[column, field.name, field.data_type, field.length] for column, field in columns]
    text = orjson.dumps([entry.digest, described])
    return blake2b(text, digest_size=DIGEST_BYTES).digest()
