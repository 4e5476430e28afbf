"""The types of custom objects that a run needs: which are there, which are to be made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from marketo_client import RecordNotFoundError

from target_marketo.errors import PreflightError
from target_marketo.objects.type_by_hand import by_hand
from target_marketo.objects.type_definition import define
from target_marketo.objects.type_maker import NOT_FROM_HERE, lacking

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from marketo_sync import Entry

    from target_marketo.objects import Families
    from target_marketo.objects.type_maker import TypeMaker
    from target_marketo.planning.shape import Shape


class ToEnter(NamedTuple):
    """An entry whose type a person has to enter, and why."""

    entry: Entry
    why: str | None


@dataclass(frozen=True, slots=True)
class TypesOfRun:
    """Knows the types of all entries; a dry run imagines those that it would make."""

    entries: Mapping[str, Entry]
    families: Families
    maker: TypeMaker
    is_dry: bool

    def to_enter(self, entries: Iterable[Entry]) -> list[ToEnter]:
        """Entries whose types are to be made or extended, but cannot be from here."""
        wanted = [entry for entry in entries if entry.create_type and self._is_short(entry, None)]
        whys = [self.maker.hindrance(entry.api_name or entry.name) for entry in wanted]
        found = map(ToEnter, wanted, whys)
        return [each for each in found if each.why]

    def by_hand(
        self, to_enter: Iterable[ToEnter], columns: Mapping[str, Mapping[str, Any]]
    ) -> list[str]:
        """What a person has to enter; `columns` by stream, where they are known."""
        return [
            f"entry `{entry.name}`: {why}\n{self._told(entry, columns.get(entry.stream))}"
            for entry, why in to_enter
        ]

    def shape(self, entry: Entry) -> Shape | None:
        """What Describe says of an entry's records; None while their type is not there."""
        try:
            return self.families.of_kind(entry.object, entry.api_name).shape
        except RecordNotFoundError:
            return None

    def is_to_come(self, entry: Entry) -> bool:
        """Whether only the stream's columns will tell what the entry's type has to be."""
        parents = (self.entries[link.object] for link in entry.link)
        return any(each.create_type and self._is_short(each, None) for each in (entry, *parents))

    def bring_about(self, entry: Entry, columns: Mapping[str, Any]) -> None:
        """Make or extend the entry's type, if it has to be. Raises PreflightError."""
        if not entry.create_type or not self._is_short(entry, columns):
            return
        for link in entry.link:
            if self.shape(self.entries[link.object]) is None:
                problem = f"its type is linked to that of `{link.object}`, which has to come first"
                raise PreflightError([f"entry `{entry.name}`: {problem}"])
        family = self.families.of_kind(entry.object, entry.api_name)
        definition = define(entry, columns, self.entries)
        if self.is_dry:
            family.imagine(definition)
            return
        try:
            self.maker.bring_about(definition)
        except NOT_FROM_HERE as error:
            told = self.by_hand([ToEnter(entry, str(error))], {entry.stream: columns})
            raise PreflightError(told) from error
        family.describe_again()

    def _told(self, entry: Entry, columns: Mapping[str, Any] | None) -> str:
        shape = self.shape(entry)
        definition = define(entry, columns, self.entries)
        missing = lacking(definition, shape.fields if shape else ())
        return by_hand(definition, missing, is_there=shape is not None)

    def _is_short(self, entry: Entry, columns: Mapping[str, Any] | None) -> bool:
        """Whether the type lacks fields, or is not there at all."""
        shape = self.shape(entry)
        definition = define(entry, columns, self.entries)
        return shape is None or bool(lacking(definition, shape.fields))
