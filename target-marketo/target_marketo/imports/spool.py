"""Records that wait for a file, or are on their way in one, on disk.

Knows no ledger and makes no call.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

import orjson

from target_marketo.imports.documents import dump, of_document, to_document
from target_marketo.planning.plan import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from sqlite3 import Connection

    from target_marketo.rows.row import Send

TABLES: Final = """
    create table sends (
        id integer primary key, entry text, folded_key text, lot text, document text,
        first_place integer, file integer, unique (entry, folded_key)
    );
    create index sends_waiting on sends (entry, lot, id) where file is null;
    create index sends_of_file on sends (file, id) where file is not null;
    create index sends_since on sends (first_place);
"""
INSERT: Final = """
    insert into sends (entry, folded_key, lot, document, first_place, file)
    values (?, ?, ?, ?, ?, ?)
"""
WAITING: Final = """
    select id, document from sends where entry = ? and lot = ? and file is null and id > ?
    order by id limit ?
"""
WAITING_KEY: Final = """
    select id, document, lot from sends where entry = ? and folded_key = ? and file is null
"""
OF_FILE: Final = "select id, document from sends where file = ? order by id limit ?"
LAST_OF_FILE: Final = "select id, document from sends where file = ? order by id desc limit ?"
ASSIGN: Final = "update sends set file = ? where id = ?"
UNDO: Final = "update sends set file = null where file = ?"
DELETE: Final = "delete from sends where id = ?"
OLDEST: Final = "select min(first_place) from sends"
ROWS_AT_ONCE: Final = 300


class ImportSpool:
    """The records of all entries; a file is known by a number of this run."""

    def __init__(self, scratch: Connection) -> None:
        self._scratch = scratch
        self._scratch.executescript(TABLES)
        self._numbers = count(1)

    def new_file(self) -> int:
        """The number of one more file."""
        return next(self._numbers)

    def add(self, entry: str, lot: str, send: Send, *, file: int | None = None) -> None:
        """Let a record wait, or hold it for a file; none with its key may be here."""
        key, first = folded(send.row.record_key), min(send.row.places, default=None)
        values = (entry, key, lot, dump(to_document(send)), first, file)
        self._scratch.execute(INSERT, values)

    def recall(self, entry: str, key: str) -> tuple[str, Send] | None:
        """The record that waits under a key, and its lot; it is here no more."""
        row = self._scratch.execute(WAITING_KEY, (entry, folded(key))).fetchone()
        if row is None:
            return None
        number, document, lot = row
        self._scratch.execute(DELETE, (number,))
        return lot, of_document(orjson.loads(document))

    def waiting(self, entry: str, lot: str) -> Iterator[tuple[int, Send]]:
        """All that wait in a lot, with the numbers that `assign` takes, in their order."""
        after = 0
        while rows := self._rows(WAITING, entry, lot, after, ROWS_AT_ONCE):
            yield from rows
            after = rows[-1][0]

    def assign(self, file: int, numbers: Iterable[int]) -> None:
        """Those that wait under these numbers go in a file."""
        self._scratch.executemany(ASSIGN, [(file, number) for number in numbers])

    def undo(self, file: int) -> None:
        """What was to go in a file waits again."""
        self._scratch.execute(UNDO, (file,))

    def take_waiting(self, entry: str, lot: str, limit: int) -> list[Send]:
        """Up to that many that wait; they are here no more."""
        return self._take(WAITING, entry, lot, 0, limit)

    def take(self, file: int, limit: int) -> list[Send]:
        """Up to that many of a file; they are here no more."""
        return self._take(OF_FILE, file, limit)

    def last(self, file: int, limit: int) -> list[Send]:
        """Up to that many from the end of a file; they stay."""
        return [send for _, send in self._rows(LAST_OF_FILE, file, limit)]

    def of_file(self, file: int) -> Iterator[Send]:
        """All of a file; they stay."""
        rows = self._scratch.execute(OF_FILE, (file, -1))
        return (of_document(orjson.loads(document)) for _, document in rows)

    def oldest_place(self) -> int | None:
        """The first place in the input of all that are here."""
        (place,) = self._scratch.execute(OLDEST).fetchone()
        return None if place is None else int(place)

    def _rows(self, query: str, *values: int | str) -> Sequence[tuple[int, Send]]:
        found = self._scratch.execute(query, values).fetchall()
        return [(number, of_document(orjson.loads(document))) for number, document in found]

    def _take(self, query: str, *values: int | str) -> list[Send]:
        found = self._rows(query, *values)
        self._scratch.executemany(DELETE, [(number,) for number, _ in found])
        return [send for _, send in found]
