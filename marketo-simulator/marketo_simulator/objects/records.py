"""Records of one kind: by number, by key, by the values of any field.

Knows no field and no call. A record's values are replaced, never edited.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marketo_simulator.index import ValueIndex, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Key = tuple[str, ...]


@dataclass(slots=True)
class Record:
    """One record: its number tells the order of creation, `values` are all that it has."""

    number: int
    values: dict[str, Any]


class Records:
    """All records of a kind, keyed by the values of some fields, compared without case."""

    def __init__(self, key: Sequence[str]) -> None:
        self._key = tuple(key)
        self._by_number: dict[int, Record] = {}
        self._by_key: dict[Key, Record] = {}
        self._index = ValueIndex()
        self._last_number = 0

    def all(self) -> Iterable[Record]:
        """Every record that exists now."""
        return self._by_number.values()

    def get(self, number: int) -> Record | None:
        """One record, or None."""
        return self._by_number.get(number)

    def keyed(self, values: Iterable[Any]) -> Record | None:
        """The record with that key, or None."""
        return self._by_key.get(folded_key(values))

    def next_number(self) -> int:
        """The number that the next record gets."""
        return self._last_number + 1

    def find(self, names: Sequence[str], wanted: Iterable[Key]) -> list[Record]:
        """The records whose fields of those names have one of the wanted values, by number."""
        if tuple(names) == self._key:
            keyed = (self.keyed(values) for values in wanted)
            found = {record.number: record for record in keyed if record}
            return [found[number] for number in sorted(found)]
        [name] = names
        records = ((record.number, record.values) for record in self._by_number.values())
        numbers = self._index.find(name, (value for (value,) in wanted), records)
        return [self._by_number[number] for number in sorted(numbers)]

    def add(self, values: dict[str, Any]) -> Record:
        """A record appears. Raises ValueError if its key is taken."""
        if self._key_of(values) in self._by_key:
            raise ValueError(f"there is a record with that {', '.join(self._key)} already")
        self._last_number += 1
        record = Record(self._last_number, values)
        self._by_number[record.number] = self._by_key[self._key_of(values)] = record
        self._index.move(record.number, {}, values)
        return record

    def replace(self, record: Record, values: dict[str, Any]) -> None:
        """A record's values are others now; its key is the same."""
        self._index.move(record.number, record.values, values)
        record.values = values

    def rekey(self, record: Record, values: dict[str, Any]) -> bool:
        """A record's values are others now, maybe its key; False if another record has that key."""
        if self._by_key.get(self._key_of(values), record) is not record:
            return False
        del self._by_key[self._key_of(record.values)]
        self._by_key[self._key_of(values)] = record
        self.replace(record, values)
        return True

    def remove(self, record: Record) -> None:
        """A record vanishes."""
        del self._by_number[record.number]
        del self._by_key[self._key_of(record.values)]
        self._index.move(record.number, record.values, {})

    def _key_of(self, values: Mapping[str, Any]) -> Key:
        return folded_key(values[name] for name in self._key)


def folded_key(values: Iterable[Any]) -> Key:
    """A key as it is compared."""
    return tuple(folded(value) for value in values)
