"""In a dry run: counts the records that would go in files, and lets them go on."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from target_marketo.imports.lots import Lot

if TYPE_CHECKING:
    from marketo_client import SyncAction

    from target_marketo.flow.flow import RowFlow
    from target_marketo.imports.heaps import Heaps
    from target_marketo.objects.importers import Importer
    from target_marketo.rows.row import Row, Send

log = logging.getLogger("target-marketo")


@dataclass(slots=True)
class Forecast:
    """Takes no record, and says at the end what an import would have taken."""

    flow: RowFlow
    importer: Importer
    heaps: Heaps
    is_waiting: bool = field(default=False, init=False)

    def take(self, send: Send, create: SyncAction | None) -> bool:
        """Never."""
        plan = self.flow.plan
        lot = Lot.of(send, plan)
        cells = lot.cells(send)
        if cells is not None and self.importer.takes(send, plan, create):
            self.heaps.add(lot, cells)
            self.heaps.taken += 1
            self.is_waiting = True
        return False

    def recall(self, row: Row) -> Row:
        """The row itself: nothing waits here."""
        return row

    def relieve(self) -> None:
        """Nothing is held."""

    def conclude(self) -> None:
        """Say what would have gone in files."""
        self.is_waiting = False
        files, rows = self.heaps.count_files()
        if files:
            name = self.flow.plan.entry.name
            log.info("%s: %d rows would go by bulk import, in %d files or so", name, rows, files)
