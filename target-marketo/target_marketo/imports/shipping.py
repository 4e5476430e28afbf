"""The files of one entry on their way, also those of earlier runs, and what is done if one fails.

The ledger knows the rows of a file before Marketo does.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketo_client import UNTOLD, ImportFile
from marketo_sync import ImportStage

from target_marketo.imports.by_calls import ByCalls
from target_marketo.imports.documents import dump, of_document, to_document
from target_marketo.imports.file_import import FileImport
from target_marketo.imports.lots import Lot
from target_marketo.sending.batches import MOST_RECORDS
from target_marketo.sending.delivery import UNKNOWN_FIELD, Batch
from target_marketo.sending.outbox import IN_DOUBT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from marketo_client import MarketoError
    from marketo_sync import OpenImport

    from target_marketo.imports.means import Means
    from target_marketo.imports.waiting import Waiting
    from target_marketo.rows.row import Send
    from target_marketo.sending.outbox import Outbox

TOO_LARGE: Final = "413"

log = logging.getLogger("target-marketo")


@dataclass(slots=True)
class Shipping:
    """Fills files with what waits, and hears how each of them ends."""

    means: Means
    outbox: Outbox
    waiting: Waiting

    def start(self, lot: Lot) -> None:
        """Fill a file, let the ledger know its rows, and send it."""
        means, journal = self.means, self.means.desk.ledger.imports
        content, file = ImportFile(lot.columns), means.spool.new_file()
        number = journal.begin(means.entry, sent_at=means.now)
        for sends in self.waiting.fill(content, lot, file):
            journal.add(number, means.entry, [_kept(lot, send) for send in sends])
        self._new_file(lot, file, number, content.rows, means.now).send(content.content)

    def resume(self) -> None:
        """Go on with the files of an earlier run; their keys are busy until then."""
        journal = self.means.desk.ledger.imports
        for found in journal.open(self.means.entry):
            if found.stage is ImportStage.WRITING:
                journal.drop(found.number)
            else:
                self._go_on(found)

    def ended(self) -> None:
        """No row is on its way by a file any more, as far as can be known."""
        self.means.berths.leave()

    def doubt(self, sends: Sequence[Send]) -> None:
        """Nobody may send these rows, nor newer ones with their keys, before the next run looks."""
        rows = [send.row for send in sends]
        self.outbox.doubt(rows)
        self.means.desk.hold_back(self.means.plan.entry.stream, rows, IN_DOUBT)

    def refused(self, refused: FileImport, error: MarketoError) -> None:
        """Marketo has not taken a file. Raises the error where its rows can go no other way."""
        self.means.desk.ledger.imports.drop(refused.number)
        if error.code == UNKNOWN_FIELD:
            self._judge_again(refused, error)
        elif error.code == TOO_LARGE and refused.rows > 1:
            self.waiting.heaps.most_rows = refused.rows // 2
            self.waiting.back(refused.file, refused.lot)
        elif isinstance(error, UNTOLD):
            self._do_without(refused, error)
        else:
            raise error
        self.ended()

    def _new_file(
        self, lot: Lot, file: int, number: int, rows: int, sent_at: datetime
    ) -> FileImport:
        self.means.berths.enter()
        return FileImport(self.means, lot, file, number, rows, sent_at, self)

    def _go_on(self, found: OpenImport) -> None:
        """Go on with a file of an earlier run, whose rows come from the ledger."""
        means, lot = self.means, None
        file = means.spool.new_file()
        for kept in means.desk.ledger.imports.rows(found.number):
            lot = Lot.named(kept["lot"])
            send = of_document({**kept["send"], "places": ()})
            means.spool.add(means.entry, lot.name, send, file=file)
            self.outbox.hold([send.row])
        if lot is not None:
            log.info("%s: %d rows of an import that was left", means.entry, found.unsettled)
            going = self._new_file(lot, file, found.number, found.rows, found.sent_at)
            going.go_on(found.batch_id)

    def _judge_again(self, refused: FileImport, error: MarketoError) -> None:
        lot = refused.lot
        for sends in self._out_of(refused):
            self.means.recipient.unknown_field(Batch(sends, lot.action, lot.address), error)

    def _do_without(self, refused: FileImport, error: MarketoError) -> None:
        """Marketo takes no such file: everything goes by calls from now on."""
        log.warning("%s: no bulk import, its rows go by calls: %s", self.means.entry, error)
        self.waiting.heaps.threshold = None
        calls = ByCalls(self.means.delivery)
        calls.send((refused.lot, send) for sends in self._out_of(refused) for send in sends)
        calls.send(self.waiting.out(self.waiting.heaps.rest()))

    def _out_of(self, file: FileImport) -> Iterator[list[Send]]:
        while sends := self.means.spool.take(file.file, MOST_RECORDS):
            self.means.desk.states.unpark(place for send in sends for place in send.row.places)
            yield sends


def _kept(lot: Lot, send: Send) -> tuple[str, str]:
    """A row as the ledger keeps it."""
    return send.row.record_key, dump({"lot": lot.name, "send": to_document(send)})
