"""A column that holds the key of another entry's row, and the value of its record that is sent.

Knows no ledger and makes no call: parents are handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from marketo_client import codec
from marketo_sync import Cell, key_text

from target_marketo.planning.values import MisfitError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from marketo_client.codecs import Scalar

    from target_marketo.planning.shape import Field
    from target_marketo.rows.row import Source

NOT_MADE_YET: Final = "(made in the same run)"  # what a dry run shows in place of an id


class ParentName(NamedTuple):
    """Whom a row waits for: a record key of one of the entries, which share one kind of key."""

    entries: tuple[str, ...]
    key: str


END_OF_INPUT: Final = ParentName(("(the end of input)",), "")
"""Whom rows wait for whose records are to go."""


@dataclass(frozen=True, slots=True)
class Parent:
    """A record that others may be linked to; `shown` is what Marketo shows of it.

    Only fields that links take are there. Without an id it is one that a dry run would make.
    """

    marketo_id: str | None
    shown: Mapping[str, Scalar | None] = field(default_factory=dict)


Parents = Mapping[ParentName, Parent]


class MissingParentError(LookupError):
    """The parent is not known, or does not show what links to it."""

    def __init__(self, parent: ParentName) -> None:
        super().__init__(parent)
        self.parent = parent


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """How one column becomes one link: `shows` is the parent's field that it takes, None its id."""

    column: str
    field: Field
    entries: tuple[str, ...]
    shows: str | None = None

    def parent(self, source: Source) -> ParentName | None:
        """Whose key the column holds; None where it holds none, or what can be no key."""
        try:
            return self._name(source)
        except ValueError:
            return None

    def cell(self, source: Source, parents: Parents) -> Cell:
        """The key as the database shows it, and what is sent.

        Raises MissingParentError, and MisfitError for what can be no key.
        """
        try:
            name = self._name(source)
        except ValueError as error:
            raise MisfitError("local.misfit", f"{self.field.name}: {error}") from None
        if name is None:
            return Cell(None, None)
        parent = parents.get(name)
        value = self._value(parent) if parent else None
        if value is None:
            raise MissingParentError(name)
        return Cell(name.key, value)

    def _name(self, source: Source) -> ParentName | None:
        value = source.get(self.column)
        if value is None or value == "":
            return None
        return ParentName(self.entries, key_text([value]))

    def _value(self, parent: Parent) -> Scalar | None:
        value = parent.marketo_id if self.shows is None else parent.shown.get(self.shows)
        if value is None and parent.marketo_id is None:
            return NOT_MADE_YET
        return codec(self.field.data_type).to_rest(value)


def shown_by(links: Iterable[LinkPlan], entries: tuple[str, ...]) -> set[str]:
    """The fields of those entries' records that links take."""
    return {link.shows for link in links if link.entries == entries and link.shows}


NO_PARENTS: Final[Parents] = {}
