"""Which records have a value in a field, without looking at all of them.

An index of a field is made when it is first asked for, and kept up from then on.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from marketo_simulator.calls import JsonValue


class ValueIndex:
    """Numbers of records by field and value, values compared without case."""

    def __init__(self) -> None:
        self._fields: dict[str, defaultdict[str, set[int]]] = {}

    def find(
        self, name: str, values: Iterable[str], records: Iterable[tuple[int, Mapping[str, Any]]]
    ) -> set[int]:
        """The numbers; `records` are all, for the first time that this field is asked for."""
        if name not in self._fields:
            self._fields[name] = defaultdict(set)
            for number, held in records:
                self._add(name, number, held)
        index = self._fields[name]
        wanted = {folded(value) for value in values}
        return {number for value in wanted for number in index.get(value, ())}

    def move(self, number: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """A record's values are others now; empty mappings stand for no record."""
        for name, index in self._fields.items():
            if before.get(name) != after.get(name):
                index[folded(before.get(name))].discard(number)
                self._add(name, number, after)

    def _add(self, name: str, number: int, values: Mapping[str, Any]) -> None:
        if values.get(name) is not None:
            self._fields[name][folded(values[name])].add(number)


def folded(value: JsonValue) -> str:
    """A value as it is compared: text without case."""
    return str(value).casefold()
