"""How much waits for a file, by lot, and whether that is enough for one. Knows no record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_marketo.imports.lots import Lot

FULL_BYTES: Final = 8_800_000  # of cells: a file's worth. Marketo docs: Bulk Import
FEWEST_ROWS: Final = 3_000  # that share a file: fewer take ten calls at most


@dataclass(slots=True)
class Heap:
    """What waits of one lot; bytes are those of the cells."""

    rows: int = 0
    size: int = 0


@dataclass(slots=True)
class Heaps:
    """What waits of one entry, and how much has come of it at all.

    Without a threshold nothing is ever enough. `most_rows` bounds a file below its bytes.
    """

    threshold: int | None
    most_rows: int | None = None
    taken: int = 0
    _by_lot: dict[Lot, Heap] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(heap.rows for heap in self._by_lot.values())

    def add(self, lot: Lot, cells: Sequence[str]) -> None:
        """One more record waits."""
        heap = self._by_lot.setdefault(lot, Heap())
        heap.rows += 1
        heap.size += size_of_cells(cells)

    def remove(self, lot: Lot, cells: Sequence[str]) -> None:
        """A record waits no more."""
        heap = self._by_lot[lot]
        heap.rows -= 1
        heap.size -= size_of_cells(cells)

    def full(self) -> Lot | None:
        """A lot that fills a file, once the entry has as many records as the threshold."""
        return next((lot for lot, heap in self._many() if self._is_full(heap)), None)

    def worthwhile(self) -> Lot | None:
        """A lot that pays for a file."""
        return next((lot for lot, heap in self._many() if self._is_worthwhile(heap)), None)

    def rest(self) -> list[Lot]:
        """Lots that do not."""
        paying = {lot for lot, heap in self._many() if self._is_worthwhile(heap)}
        return [lot for lot, heap in self._by_lot.items() if heap.rows and lot not in paying]

    def count_files(self) -> tuple[int, int]:
        """About how many files pay, and how many records are in them."""
        paying = [heap for _, heap in self._many() if self._is_worthwhile(heap)]
        files = sum(-(-heap.size // FULL_BYTES) for heap in paying)
        return files, sum(heap.rows for heap in paying)

    def _many(self) -> list[tuple[Lot, Heap]]:
        is_enough = self.threshold is not None and self.taken >= self.threshold
        return list(self._by_lot.items()) if is_enough else []

    def _is_full(self, heap: Heap) -> bool:
        return heap.size >= FULL_BYTES or (
            self.most_rows is not None and heap.rows >= self.most_rows
        )

    def _is_worthwhile(self, heap: Heap) -> bool:
        return heap.rows >= min(FEWEST_ROWS, self.threshold or FEWEST_ROWS)


def size_of_cells(cells: Sequence[str]) -> int:
    """About how many bytes a line of these cells has."""
    return sum(map(len, cells)) + len(cells)
