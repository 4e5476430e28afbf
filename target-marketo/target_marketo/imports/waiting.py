"""The records of one entry that wait for a file: on disk, and counted by lot. Makes no call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_marketo.imports.lots import Lot
from target_marketo.sending.batches import MOST_RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from marketo_client import ImportFile

    from target_marketo.imports.heaps import Heaps
    from target_marketo.imports.means import Means
    from target_marketo.rows.row import Send


@dataclass(frozen=True, slots=True)
class Waiting:
    """STATE stays behind whoever waits here; `heaps` tell when there are enough for a file."""

    means: Means
    heaps: Heaps

    def add(self, lot: Lot, send: Send, cells: Sequence[str]) -> None:
        """Let a record wait."""
        self.means.spool.add(self.means.entry, lot.name, send)
        self.means.desk.states.park(send.row.places)
        self.heaps.add(lot, cells)
        self.heaps.taken += 1

    def recall(self, record_key: str) -> tuple[Lot, Send] | None:
        """The record that waits under a key; it waits no more."""
        found = self.means.spool.recall(self.means.entry, record_key)
        if found is None:
            return None
        lot, send = Lot.named(found[0]), found[1]
        self.heaps.taken -= 1
        self._let_go(lot, send)
        return lot, send

    def out(self, lots: Sequence[Lot]) -> Iterator[tuple[Lot, Send]]:
        """All that wait of these lots; they wait no more."""
        for lot in lots:
            while sends := self.means.spool.take_waiting(self.means.entry, lot.name, MOST_RECORDS):
                for send in sends:
                    self._let_go(lot, send)
                    yield lot, send

    def fill(self, content: ImportFile, lot: Lot, file: int) -> Iterator[list[Send]]:
        """What waits of a lot goes into a file, until it is full; some records at a time."""
        some: list[tuple[int, Send]] = []
        for waiting, send in self.means.spool.waiting(self.means.entry, lot.name):
            is_full = content.rows == self.heaps.most_rows
            if is_full or not content.add(lot.cells(send) or []):
                break
            some.append((waiting, send))
            if len(some) == MOST_RECORDS:
                yield self._assign(some, lot, file)
                some = []
        if some:
            yield self._assign(some, lot, file)

    def back(self, file: int, lot: Lot) -> None:
        """What went into a file waits again."""
        for send in self.means.spool.of_file(file):
            self.heaps.add(lot, lot.cells(send) or [])
        self.means.spool.undo(file)

    def _assign(self, some: Sequence[tuple[int, Send]], lot: Lot, file: int) -> list[Send]:
        self.means.spool.assign(file, [waiting for waiting, _ in some])
        sends = [send for _, send in some]
        for send in sends:
            self.heaps.remove(lot, lot.cells(send) or [])
        return sends

    def _let_go(self, lot: Lot, send: Send) -> None:
        self.heaps.remove(lot, lot.cells(send) or [])
        self.means.desk.states.unpark(send.row.places)
