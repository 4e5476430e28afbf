"""The files of one run: which entries may use them, what all of them share."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from target_marketo.imports.bulk_import import BulkImport
from target_marketo.imports.forecast import Forecast
from target_marketo.imports.heaps import Heaps
from target_marketo.imports.means import Berths, Means
from target_marketo.imports.shipping import Shipping
from target_marketo.imports.spool import ImportSpool
from target_marketo.imports.waiting import Waiting
from target_marketo.sending.delivery import Delivery

if TYPE_CHECKING:
    from sqlite3 import Connection

    from target_marketo.desk.desk import Desk
    from target_marketo.flow.flow import RowFlow


class Use(StrEnum):
    """When rows go in files: the values of `bulk_import`."""

    AUTO = "auto"
    NEVER = "never"


@dataclass(slots=True)
class FilesOfRun:
    """Opens the way by files for flows; `threshold` is the number of rows that make them many."""

    desk: Desk
    scratch: Connection
    use: Use
    threshold: int
    _spool: ImportSpool | None = None
    _berths: Berths = field(default_factory=Berths)

    def open(self, flow: RowFlow) -> None:
        """Let the flow's records go in files, if they may, and go on with those of earlier runs."""
        importer = flow.family.importer()
        carrier = flow.outbox.carrier
        if importer is None or not self._is_wanted:
            return
        heaps = Heaps(self.threshold if self.use is Use.AUTO else None)
        if not isinstance(carrier, Delivery):
            flow.outbox.files = forecast = Forecast(flow, importer, heaps)
            self.desk.files.append(forecast)
            return
        spool, outbox = self._spool_of_run(), flow.outbox
        means = Means(self.desk, carrier, importer, spool, self._berths)
        waiting = Waiting(means, heaps)
        shipping = Shipping(means, outbox, waiting)
        outbox.files = bulk_import = BulkImport(means, outbox, waiting, shipping)
        self.desk.files.append(bulk_import)
        self._berths.waiting.append(bulk_import.launch)
        shipping.resume()

    @property
    def _is_wanted(self) -> bool:
        """Also where an earlier run has left files that are not settled."""
        return self.use is Use.AUTO or not self.desk.ledger.imports.is_empty

    def _spool_of_run(self) -> ImportSpool:
        if self._spool is None:
            self._spool = ImportSpool(self.scratch)
            self.desk.states.oldest_parked.append(self._spool.oldest_place)
        return self._spool
