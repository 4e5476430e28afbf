"""One file: sent, waited for, and told to its rows. The ledger knows it before Marketo does.

Whatever is not certain is looked into before anything is sent again: two imports of one new key
at a time may make two records. Marketo docs: Bulk Import.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from marketo_client import (
    UNTOLD,
    ImportFile,
    ImportStatus,
    LostAnswerError,
    MarketoError,
    RecordNotFoundError,
)
from marketo_sync import ImportStage

from target_marketo.imports.arrivals import Arrivals
from target_marketo.imports.file_rows import Ending, FileRows, Reasons
from target_marketo.imports.look_back import LookBack
from target_marketo.sending.batches import MOST_RECORDS
from target_marketo.sending.delivery import MOST_LOSSES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from marketo_client import ImportBatch, ImportProblem

    from target_marketo.desk.desk import Desk
    from target_marketo.imports.lots import Lot
    from target_marketo.imports.means import Means
    from target_marketo.planning.plan import Plan
    from target_marketo.rows.row import Send

QUIET_LOOKS: Final = 4  # without any progress: then a file that had begun to come is over

log = logging.getLogger("target-marketo")


@dataclass(frozen=True, slots=True)
class Problems:
    """What Marketo says of single rows."""

    failures: Reasons = field(default_factory=dict)
    warnings: Reasons = field(default_factory=dict)


@dataclass(slots=True)
class FileImport:
    """A file on its way; `ended` is called when its rows are settled, or go by calls.

    `file` is its number in the spool, `number` the one in the ledger.
    """

    means: Means
    lot: Lot
    file: int
    number: int
    rows: int
    sent_at: datetime
    ended: Callable[[], None]
    refused: Callable[[FileImport, MarketoError], None]
    _losses: int = field(default=0, init=False)
    _began: float = field(default=0, init=False)

    def send(self, content: bytes) -> None:
        """Send the file; what follows runs when its answer is there."""
        desk, plan = self.means.desk, self.means.recipient.plan
        self._began = time.monotonic()
        self.sent_at = now_of(desk)
        desk.ledger.imports.sending(self.number, rows=self.rows, sent_at=self.sent_at)
        desk.calls.submit(lambda: self._create(content, plan), self._answered)

    def go_on(self, batch_id: str | None) -> None:
        """Go on with a file of an earlier run; without an id it may not have been sent."""
        if batch_id is not None:
            service, number = self.means.importer.service, int(batch_id)
            self._follow(lambda: service.status(number))
            return
        age = now_of(self.means.desk) - self.sent_at
        self._began = time.monotonic() - max(0, age.total_seconds())
        self._look_into(LostAnswerError("an import of an earlier run got no answer"))

    def _create(self, content: bytes, plan: Plan) -> ImportBatch | MarketoError:
        try:
            return self.means.importer.create(content, self.lot, plan)
        except MarketoError as error:
            return error

    def _answered(self, end: ImportBatch | MarketoError) -> None:
        if isinstance(end, LostAnswerError):
            self._look_into(end)
        elif isinstance(end, MarketoError):
            self.refused(self, end)
        else:
            self.means.desk.ledger.imports.sent(self.number, str(end.id))
            self.means.desk.tally.count_file(self.rows)
            log.info("%s: %d rows go in import %d", self.means.entry, self.rows, end.id)
            self._follow(lambda: end)

    def _follow(self, first: Callable[[], ImportBatch]) -> None:
        self.means.desk.calls.submit(lambda: self._wait(first), self._over)

    def _wait(self, first: Callable[[], ImportBatch]) -> ImportBatch | None:
        """The import when it is over; None if Marketo has forgotten it."""
        try:
            return self.means.importer.service.wait(first())
        except RecordNotFoundError:
            return None

    def _over(self, batch: ImportBatch | None) -> None:
        if batch is None:
            self._settle(ImportStage.FORGOTTEN, Ending("a forgotten import", self.sent_at))
        elif batch.status is ImportStatus.FAILED:
            name = f"import {batch.id}"
            log.warning("%s failed: %s", name, batch.message)
            self._settle(ImportStage.FAILED, Ending(name, self.sent_at, batch.read_at))
        elif batch.failed or batch.with_warning:
            first = {self.lot.key(send)[0] for send in self.means.spool.of_file(self.file)}
            self.means.desk.calls.submit(
                lambda: self._problems(batch, first), lambda told: self._complete(batch, told)
            )
        else:
            self._complete(batch, Problems())

    def _problems(self, batch: ImportBatch, first_cells: Collection[str]) -> Problems:
        """The rows that Marketo names; none where it does not tell."""
        service = self.means.importer.service
        try:
            return Problems(
                self._by_key(service.failures(batch, first_cells=first_cells)),
                self._by_key(service.warnings(batch, first_cells=first_cells)),
            )
        except UNTOLD as error:
            log.warning("%s; its rows are looked up instead", error)
            return Problems()

    def _by_key(self, problems: Iterable[ImportProblem]) -> Reasons:
        return {each.cells[: self.lot.key_width]: each.reason for each in problems}

    def _complete(self, batch: ImportBatch, told: Problems) -> None:
        is_told = len(told.failures) == batch.failed
        ending = Ending(
            f"import {batch.id}",
            self.sent_at,
            batch.read_at,
            counted=is_told and batch.processed + batch.failed == self.rows,
            failures=told.failures,
            warnings=told.warnings,
        )
        self._settle(ImportStage.COMPLETE, ending)

    def _settle(self, stage: ImportStage, ending: Ending) -> None:
        self.means.desk.ledger.imports.over(self.number, stage)
        FileRows(self.means, self.lot, self.file, ending, self.ended).settle()

    def _look_into(self, lost: LostAnswerError) -> None:
        if self._losses == MOST_LOSSES:
            raise lost
        self._losses += 1
        means = self.means
        back = LookBack(means.recipient.family, means.recipient.plan, self.lot)
        sample = means.spool.sample(self.file, MOST_RECORDS)
        means.desk.calls.submit(lambda: self._has_come(back, sample), self._looked_into)

    def _has_come(self, back: LookBack, sample: Sequence[Send]) -> bool:
        """Whether Marketo works on the file, or has done so; looked for as long as it may begin.

        Once some of the rows are there, until all of them are or none comes any more.
        """
        arrivals = Arrivals(back, sample, self.means.desk.calls)
        arrivals.watch(lambda: time.monotonic() >= self._began + self.means.desk.lost_after_seconds)
        if arrivals.there:
            arrivals.watch(lambda: arrivals.quiet >= QUIET_LOOKS)
        return arrivals.there > 0

    def _looked_into(self, has_come: bool) -> None:  # noqa: FBT001 - the result of a call
        if has_come:
            self.means.desk.tally.count_file(self.rows)
            ending = Ending("an import without an answer", self.sent_at)
            self._settle(ImportStage.FORGOTTEN, ending)
        else:
            self.send(self._content())

    def _content(self) -> bytes:
        file = ImportFile(self.lot.columns)
        for send in self.means.spool.of_file(self.file):
            file.add(self.lot.cells(send) or [])
        return file.content


def now_of(desk: Desk) -> datetime:
    """Marketo's time."""
    return desk.marketo.now or datetime.now(UTC)
