"""Rows that wait, on disk: for their parents, or, if their records are to go, for the last row.

A row waits for one parent at a time; who waits for two comes back for the second. Knows no ledger
and makes no call.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from target_marketo.planning.links import END_OF_INPUT
from target_marketo.rows.row import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from sqlite3 import Connection

    from target_marketo.planning.links import ParentName

TABLES: Final = """
    create table waiting (
        entry text, record_key text, source blob, digest text, places text, first_place integer,
        forced integer, parents text, parent_key text, ready integer default 0,
        primary key (entry, record_key)
    ) without rowid;
    create index waiting_for on waiting (parent_key, parents);
    create index waiting_ready on waiting (entry) where ready;
    create index waiting_since on waiting (first_place);
"""
INSERT: Final = """
    insert into waiting (entry, record_key, source, digest, places, first_place, forced, parents,
    parent_key) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
SELECT: Final = (
    "select record_key, source, digest, places, forced from waiting where entry = ? and "
)
READY: Final = SELECT + "ready limit ?"
ORPHANS: Final = SELECT + "parents is not ? limit ?"
DELETED: Final = SELECT + "parents is ? limit ?"
COUNT_DELETED: Final = "select count(*) from waiting where entry = ? and parents is ?"
OF_KEY: Final = SELECT + "record_key = ?"
WAITS: Final = "select record_key from waiting where entry = ? and record_key = ?"
DELETE: Final = "delete from waiting where entry = ? and record_key = ?"
COME: Final = "update waiting set ready = 1 where parent_key = ? and parents = ?"
OLDEST: Final = "select min(first_place) from waiting"


class Spool:
    """The waiting rows of all entries."""

    def __init__(self, scratch: Connection) -> None:
        self._scratch = scratch
        self._scratch.executescript(TABLES)
        self._groups: set[tuple[str, ...]] = set()
        self._count = 0

    def __bool__(self) -> bool:
        return self._count > 0

    def add(self, entry: str, rows: Iterable[tuple[Row, ParentName]]) -> None:
        """Let rows wait, each for a parent; none with their keys may wait already."""
        for row, parent in rows:
            self._groups.add(parent.entries)
            self._scratch.execute(INSERT, _values(entry, row, parent))
            self._count += 1

    def come(self, entry: str, keys: Iterable[str]) -> None:
        """These parents are settled: who waits for them may go on."""
        groups = [_text(group) for group in self._groups if entry in group]
        if self._count and groups:
            pairs = [(key, group) for key in keys for group in groups]
            self._scratch.executemany(COME, pairs)

    def take_ready(self, entry: str, limit: int) -> list[Row]:
        """Up to that many rows whose parents have come; they are here no more."""
        return self._take(READY, entry, limit)

    def take_orphans(self, entry: str, limit: int) -> list[Row]:
        """Up to that many rows that wait for a parent; they are here no more."""
        return self._take(ORPHANS, entry, _text(END_OF_INPUT.entries), limit)

    def take_deleted(self, entry: str, limit: int) -> list[Row]:
        """Up to that many rows whose records go; they are here no more."""
        return self._take(DELETED, entry, _text(END_OF_INPUT.entries), limit)

    def count_deleted(self, entry: str) -> int:
        """How many records of an entry are to go."""
        whose = (entry, _text(END_OF_INPUT.entries))
        (count,) = self._scratch.execute(COUNT_DELETED, whose).fetchone()
        return int(count)

    def supersede(self, entry: str, rows: Sequence[Row]) -> list[Row]:
        """The rows, each standing also for a row with its key that waited and waits no more."""
        return [self._superseding(entry, row) for row in rows]

    def waiting(self, entry: str, keys: Iterable[str]) -> set[str]:
        """Those of the keys whose row waits here."""
        if not self._count:
            return set()
        found = (self._scratch.execute(WAITS, (entry, key)).fetchone() for key in keys)
        return {key for (key,) in filter(None, found)}

    def oldest_place(self) -> int | None:
        """The first place in the input of all that wait."""
        if not self._count:
            return None
        (place,) = self._scratch.execute(OLDEST).fetchone()
        return None if place is None else int(place)

    def _superseding(self, entry: str, row: Row) -> Row:
        for waited in self._take(OF_KEY, entry, row.record_key):
            return replace(row, places=(*waited.places, *row.places))
        return row

    def _take(self, query: str, entry: str, *values: int | str) -> list[Row]:
        if not self._count:
            return []
        found = [_row(*each) for each in self._scratch.execute(query, (entry, *values))]
        self._scratch.executemany(DELETE, [(entry, row.record_key) for row in found])
        self._count -= len(found)
        return found


def _text(group: tuple[str, ...]) -> str:
    return orjson.dumps(group).decode()


def _values(entry: str, row: Row, parent: ParentName) -> tuple[Any, ...]:
    source = orjson.dumps(row.source, default=str)
    places = orjson.dumps(row.places)
    first = min(row.places, default=None)
    waits_for = (_text(parent.entries), parent.key)
    return (entry, row.record_key, source, row.digest, places, first, row.forced, *waits_for)


def _row(key: str, source: bytes, digest: str, places: bytes, forced: int) -> Row:
    return Row(orjson.loads(source), key, digest, tuple(orjson.loads(places)), bool(forced))
