"""Records that go by calls after all: full ones, whatever their lots were."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from target_marketo.sending.batches import Queue
from target_marketo.sending.delivery import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from target_marketo.imports.lots import Lot
    from target_marketo.planning.actions import Address
    from target_marketo.rows.row import Send
    from target_marketo.sending.delivery import Delivery


@dataclass(slots=True)
class ByCalls:
    """A queue for each way to name records; `flush` sends what waits for a full call."""

    delivery: Delivery
    count: int = 0
    _queues: dict[Address, tuple[Lot, Queue]] = field(default_factory=dict)

    def send(self, records: Iterable[tuple[Lot, Send]]) -> None:
        """Send all of these."""
        for lot, send in records:
            self.add(lot, send)
        self.flush()

    def add(self, lot: Lot, send: Send) -> None:
        """Let a record wait, or send the call that it fills."""
        self.count += 1
        _, queue = self._queues.setdefault(lot.address, (lot, Queue()))
        self._call(lot, queue.add(send))

    def flush(self) -> None:
        """Send what waits."""
        for lot, queue in self._queues.values():
            self._call(lot, queue.empty())

    def _call(self, lot: Lot, sends: Sequence[Send]) -> None:
        if sends:
            self.delivery.send(Batch(sends, lot.action, lot.address))
