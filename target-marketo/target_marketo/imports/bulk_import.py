"""The records of one entry that may go in files: they wait until it is clear if they are enough.

Below the threshold they go by calls, as if there were no import. Everything runs on one thread.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from target_marketo.imports.by_calls import ByCalls
from target_marketo.imports.lots import Lot

if TYPE_CHECKING:
    from marketo_client import SyncAction

    from target_marketo.imports.means import Means
    from target_marketo.imports.shipping import Shipping
    from target_marketo.imports.waiting import Waiting
    from target_marketo.rows.row import Row, Send
    from target_marketo.sending.outbox import Outbox


@dataclass(slots=True)
class BulkImport:
    """Takes records of one entry out of its outbox, where the heaps have a threshold."""

    means: Means
    outbox: Outbox
    waiting: Waiting
    shipping: Shipping
    _is_last: bool = False

    def take(self, send: Send, create: SyncAction | None) -> bool:
        """Whether the record waits here from now on, to go in a file or not."""
        if self.waiting.heaps.threshold is None or send.made:
            return False
        lot = Lot.of(send, self.means.plan)
        cells = lot.cells(send)
        if cells is None or not self.means.importer.takes(send, self.means.plan, create):
            return False
        self.waiting.add(lot, send, cells)
        self.launch()
        return True

    def recall(self, row: Row) -> Row:
        """The row, standing also for one with its key that waited here and waits no more."""
        found = self.waiting.recall(row.record_key)
        if found is None:
            return row
        _, waited = found
        if waited.row.record_key != row.record_key:  # Marketo may take the keys for the same
            ByCalls(self.means.delivery).send([found])
            return row
        self.outbox.release([waited.row])
        return replace(row, places=(*waited.row.places, *row.places))

    def relieve(self) -> None:
        """Keep the input waiting while a full file has no berth: no more than that is held."""
        if self.waiting.heaps.full() and self.means.berths.free <= 0:
            self.means.desk.calls.drain()

    @property
    def is_waiting(self) -> bool:
        """Whether records wait here."""
        return bool(self.waiting.heaps)

    def conclude(self) -> None:
        """Send all that wait, in files or by calls, and wait until they are settled."""
        self._is_last = True
        too_few = self.waiting.heaps.rest()
        ByCalls(self.means.delivery).send(self.waiting.out(too_few))
        self.launch()
        self.means.desk.drain()
        self._is_last = False

    def launch(self) -> None:
        """Send files, as far as they are full, or the last, and have a berth."""
        while self.means.berths.free > 0 and (lot := self._next_lot()):
            self.shipping.start(lot)

    def _next_lot(self) -> Lot | None:
        if self.means.desk.calls.stopped:
            return None
        heaps = self.waiting.heaps
        return heaps.worthwhile() if self._is_last else heaps.full()
