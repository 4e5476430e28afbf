"""The records of one entry that may go in files: they wait until it is clear if they are enough.

Below the threshold they go by calls, as if there were no import. Everything runs on one thread.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from marketo_client import UNTOLD, ImportFile
from marketo_sync import ImportStage

from target_marketo.imports.by_calls import ByCalls
from target_marketo.imports.documents import dump, of_document, to_document
from target_marketo.imports.file_import import FileImport, now_of
from target_marketo.imports.lots import Lot
from target_marketo.sending.batches import MOST_RECORDS
from target_marketo.sending.delivery import UNKNOWN_FIELD, Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from marketo_client import MarketoError, SyncAction
    from marketo_sync import OpenImport

    from target_marketo.imports.berths import Berths
    from target_marketo.imports.heaps import Heaps
    from target_marketo.imports.means import Means
    from target_marketo.rows.row import Row, Send
    from target_marketo.sending.outbox import Outbox

TOO_LARGE: Final = "413"

log = logging.getLogger("target-marketo")


@dataclass(slots=True)
class BulkImport:
    """Takes records of one entry out of its outbox, where the heaps have a threshold.

    Files that an earlier run has left are gone on with in any case.
    """

    means: Means
    outbox: Outbox
    berths: Berths
    heaps: Heaps
    _is_last: bool = False

    def take(self, send: Send, create: SyncAction | None) -> bool:
        """Whether the record waits here from now on, to go in a file or not."""
        means, plan = self.means, self.means.recipient.plan
        if self.heaps.threshold is None or send.made:
            return False
        lot = Lot.of(send, plan)
        cells = lot.cells(send)
        if cells is None or not means.importer.takes(send, plan, create):
            return False
        means.spool.add(means.entry, lot.name, send)
        means.desk.states.park(send.row.places)
        self.heaps.add(lot, cells)
        self.heaps.taken += 1
        self.launch()
        return True

    def recall(self, row: Row) -> Row:
        """The row, standing also for one with its key that waited here and waits no more."""
        found = self.means.spool.recall(self.means.entry, row.record_key)
        if found is None:
            return row
        lot, waited = Lot.named(found[0]), found[1]
        self._let_go(lot, waited)
        self.heaps.taken -= 1
        if waited.row.record_key != row.record_key:  # Marketo may take the keys for the same
            self._by_calls([(lot, waited)])
            return row
        self.outbox.release([waited.row])
        return replace(row, places=(*waited.row.places, *row.places))

    def relieve(self) -> None:
        """Keep the input waiting while a full file has no berth: no more than that is held."""
        if self.heaps.full() and self.berths.free <= 0:
            self.means.desk.calls.drain()

    @property
    def is_waiting(self) -> bool:
        """Whether records wait here."""
        return bool(self.heaps)

    def conclude(self) -> None:
        """Send all that wait, in files or by calls, and wait until they are settled."""
        self._is_last = True
        self._by_calls(each for lot in self.heaps.rest() for each in self._waiting(lot))
        self.launch()
        self.means.desk.drain()
        self._is_last = False

    def launch(self) -> None:
        """Send files, as far as they are full, or the last, and have a berth."""
        while self.berths.free > 0 and (lot := self._next_lot()):
            self._start(lot)

    def resume(self) -> None:
        """Go on with the files of an earlier run; their keys are busy until then."""
        journal = self.means.desk.ledger.imports
        for found in journal.open(self.means.entry):
            if found.stage is ImportStage.WRITING:
                journal.drop(found.number)
            else:
                self._go_on(found)

    def _next_lot(self) -> Lot | None:
        return self.heaps.worthwhile() if self._is_last else self.heaps.full()

    def _start(self, lot: Lot) -> None:
        """Fill a file, let the ledger know its rows, and send it."""
        means, journal = self.means, self.means.desk.ledger.imports
        content, file = ImportFile(lot.columns), means.spool.new_file()
        number = journal.begin(means.entry, sent_at=now_of(means.desk))
        for some in self._fitting(lot, content):
            journal.add(number, means.entry, [_kept(lot, send) for _, send in some])
            means.spool.assign(file, [waiting for waiting, _ in some])
            for _, send in some:
                self.heaps.remove(lot, lot.cells(send) or [])
        going = self._new_file(lot, file, number, content.rows, now_of(means.desk))
        going.send(content.content)

    def _fitting(self, lot: Lot, content: ImportFile) -> Iterator[list[tuple[int, Send]]]:
        """What waits of a lot, some at a time, until the file is full; it is in there then."""
        some: list[tuple[int, Send]] = []
        for waiting, send in self.means.spool.waiting(self.means.entry, lot.name):
            is_full = content.rows == self.heaps.most_rows
            if is_full or not content.add(lot.cells(send) or []):
                break
            some.append((waiting, send))
            if len(some) == MOST_RECORDS:
                yield some
                some = []
        if some:
            yield some

    def _new_file(
        self, lot: Lot, file: int, number: int, rows: int, sent_at: datetime
    ) -> FileImport:
        self.berths.enter()
        means, leave = self.means, self.berths.leave
        return FileImport(means, lot, file, number, rows, sent_at, leave, self._refused)

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

    def _refused(self, refused: FileImport, error: MarketoError) -> None:
        """Marketo has not taken a file. Raises the error where its rows can go no other way."""
        self.means.desk.ledger.imports.drop(refused.number)
        if error.code == UNKNOWN_FIELD:
            self._judge_again(refused, error)
        elif error.code == TOO_LARGE and refused.rows > 1:
            self._make_smaller(refused)
        elif isinstance(error, UNTOLD):
            self._do_without(refused, error)
        else:
            raise error
        self.berths.leave()

    def _judge_again(self, refused: FileImport, error: MarketoError) -> None:
        lot = refused.lot
        while sends := self._out_of(refused):
            self.means.recipient.unknown_field(Batch(sends, lot.action, lot.address), error)

    def _make_smaller(self, refused: FileImport) -> None:
        self.heaps.most_rows = refused.rows // 2
        for send in self.means.spool.of_file(refused.file):
            self.heaps.add(refused.lot, refused.lot.cells(send) or [])
        self.means.spool.undo(refused.file)

    def _do_without(self, refused: FileImport, error: MarketoError) -> None:
        """Marketo takes no such file: everything goes by calls from now on."""
        log.warning("%s: no bulk import, its rows go by calls: %s", self.means.entry, error)
        self.heaps.threshold = None
        while sends := self._out_of(refused):
            self._by_calls((refused.lot, send) for send in sends)
        self._by_calls(each for lot in self.heaps.rest() for each in self._waiting(lot))

    def _out_of(self, file: FileImport) -> list[Send]:
        sends = self.means.spool.take(file.file, MOST_RECORDS)
        self.means.desk.states.unpark(place for send in sends for place in send.row.places)
        return sends

    def _waiting(self, lot: Lot) -> Iterator[tuple[Lot, Send]]:
        """All that wait of a lot, and wait no more."""
        while sends := self.means.spool.take_waiting(self.means.entry, lot.name, MOST_RECORDS):
            for send in sends:
                self._let_go(lot, send)
                yield lot, send

    def _let_go(self, lot: Lot, send: Send) -> None:
        self.heaps.remove(lot, lot.cells(send) or [])
        self.means.desk.states.unpark(send.row.places)

    def _by_calls(self, sends: Iterable[tuple[Lot, Send]]) -> None:
        calls = ByCalls(self.means.delivery)
        for lot, send in sends:
            calls.add(lot, send)
        calls.flush()


def _kept(lot: Lot, send: Send) -> tuple[str, str]:
    """A row as the ledger keeps it."""
    return send.row.record_key, dump({"lot": lot.name, "send": to_document(send)})
