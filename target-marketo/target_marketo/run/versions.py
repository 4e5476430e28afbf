"""Versions of tables (ACTIVATE_VERSION), and which rows each of them had.

A version message behind the rows says that all of them have come; one before them, as the SDK's
taps write it, promises no more than that they will. Keys are kept on disk. Knows no ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from sqlite3 import Connection

TABLE: Final = """
    create table seen (entry text, record_key text, primary key (entry, record_key)) without rowid
"""
SEE: Final = "insert or ignore into seen values (?, ?)"
FORGET: Final = "delete from seen where entry = ?"
ASK: Final = "select 1 from seen where entry = ? and record_key = ?"


@dataclass(slots=True)
class Version:
    """One version of the table of an entry; `is_whole`: all its rows have come."""

    number: int
    rows: int = 0
    is_announced: bool = False
    is_whole: bool = False


class Versions:
    """The versions of a run, by entry."""

    def __init__(self, scratch: Connection) -> None:
        self._scratch = scratch
        self._scratch.execute(TABLE)
        self._of: dict[str, Version] = {}

    def activate(self, entry: str, number: int) -> None:
        """A version message has come: behind rows of that version, or before them."""
        version = self._version(entry, number)
        version.is_announced = True
        version.is_whole = version.rows > 0

    def see(self, entry: str, number: int | None, keys: Collection[str]) -> None:
        """Rows have come; those without a version belong to the one that was announced."""
        if number is None:
            if entry not in self._of:
                return
            number = self._of[entry].number
        self._version(entry, number).rows += len(keys)
        self._scratch.executemany(SEE, [(entry, key) for key in keys])

    def announced(self) -> dict[str, Version]:
        """The last version of each entry that has one."""
        return {entry: version for entry, version in self._of.items() if version.is_announced}

    def unseen(self, entry: str, keys: Iterable[str]) -> set[str]:
        """Those of the keys that the entry's version lacks."""
        return {key for key in keys if not self._scratch.execute(ASK, (entry, key)).fetchone()}

    def _version(self, entry: str, number: int) -> Version:
        known = self._of.get(entry)
        if known is None or known.number != number:
            known = self._of[entry] = Version(number)
            self._scratch.execute(FORGET, (entry,))
        return known
