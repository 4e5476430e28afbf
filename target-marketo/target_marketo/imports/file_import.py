"""One file: sent once, waited for, and told to its rows. The ledger knows it before Marketo does.

A file whose answer was lost may wait in Marketo's queue, which nobody can list. Sent again, it
could make a second record of a new key, or bring back an older value. So its rows are in doubt
until Marketo shows them, or until a day is over. Marketo docs: Bulk Import.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from marketo_client import (
    UNTOLD,
    GivenUpError,
    ImportStatus,
    LostAnswerError,
    MarketoError,
    RecordNotFoundError,
    format_instant,
)
from marketo_sync import ImportStage

from target_marketo.imports.file_rows import Ending, FileRows, Reasons, RowsOwner
from target_marketo.imports.look_back import LookBack
from target_marketo.sending.batches import MOST_RECORDS
from target_marketo.sending.delivery import LOOK_AGAIN_SECONDS, NAP_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from marketo_client import ImportBatch, ImportProblem

    from target_marketo.desk.desk import Desk
    from target_marketo.imports.lots import Lot
    from target_marketo.imports.means import Means
    from target_marketo.planning.plan import Plan
    from target_marketo.rows.row import Send

IN_DOUBT_FOR: Final = timedelta(days=1)  # a queue of ten files should be done long before
LONGEST_PAUSE_SECONDS: Final = 30  # between two looks for rows in doubt

log = logging.getLogger("target-marketo")


@dataclass(frozen=True, slots=True)
class Problems:
    """What Marketo says of single rows."""

    failures: Reasons = field(default_factory=dict)
    warnings: Reasons = field(default_factory=dict)


class Owner(RowsOwner, Protocol):
    """Who has sent a file, and hears how it ends."""

    def refused(self, refused: FileImport, error: MarketoError) -> None:
        """Marketo has not taken the file."""


@dataclass(slots=True)
class FileImport:
    """A file on its way; `file` is its number in the spool, `number` the one in the ledger."""

    means: Means
    lot: Lot
    file: int
    number: int
    rows: int
    sent_at: datetime
    owner: Owner

    def send(self, content: bytes) -> None:
        """Send the file; what follows runs when its answer is there."""
        desk, plan = self.means.desk, self.means.plan
        self.sent_at = now_of(desk)
        desk.ledger.imports.sending(self.number, rows=self.rows, sent_at=self.sent_at)
        desk.calls.submit(lambda: self._create(content, plan), self._answered)

    def go_on(self, batch_id: str | None) -> None:
        """Go on with a file of an earlier run; without an id it may not have been sent."""
        if batch_id is not None:
            service, number = self.means.importer.service, int(batch_id)
            self._follow(lambda: service.status(number))
            return
        log.info("%s: looking for the rows of a file that got no answer", self.means.entry)
        self._look_into(patience=0)

    def _create(self, content: bytes, plan: Plan) -> ImportBatch | MarketoError:
        try:
            return self.means.importer.create(content, self.lot, plan)
        except MarketoError as error:
            return error

    def _answered(self, end: ImportBatch | MarketoError) -> None:
        if isinstance(end, LostAnswerError):
            log.warning("%s: %s", self.means.entry, end)
            self._look_into(patience=self.means.desk.lost_after_seconds)
        elif isinstance(end, MarketoError):
            self.owner.refused(self, end)
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
        self._judge_rows(ending)

    def _judge_rows(self, ending: Ending) -> None:
        FileRows(self.means, self.lot, self.file, ending, self.owner).settle()

    def _look_into(self, *, patience: float) -> None:
        """Look for the last rows of the file; Marketo imports from the first to the last."""
        means = self.means
        back = LookBack(means.recipient.family, means.plan, self.lot)
        last = means.spool.last(self.file, MOST_RECORDS)
        over = time.monotonic() + patience
        means.desk.calls.submit(lambda: self._have_come(back, last, over), self._looked_into)

    def _have_come(self, back: LookBack, last: Sequence[Send], over: float) -> bool:
        """Whether some are there, looked for until all are, or until it is `over`.

        Raises GivenUpError when the run is asked to stop.
        """
        pause: float = LOOK_AGAIN_SECONDS
        while True:
            there = [one for one in back.at(last) if one and one.agrees]
            if len(there) == len(last) or time.monotonic() >= over:
                return bool(there)
            self._rest(min(time.monotonic() + pause, over))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _rest(self, until: float) -> None:
        while time.monotonic() < until:
            if self.means.desk.calls.hurried:
                raise GivenUpError("a file without an answer was not looked for to the end")
            time.sleep(NAP_SECONDS)

    def _looked_into(self, have_come: bool) -> None:  # noqa: FBT001 - the result of a call
        ending = Ending("an import without an answer", self.sent_at)
        if now_of(self.means.desk) - self.sent_at >= IN_DOUBT_FOR:
            self._settle(ImportStage.FORGOTTEN, ending)
        elif have_come:
            self._judge_rows(replace(ending, is_over=False))
        else:
            self._leave()

    def _leave(self) -> None:
        log.warning(
            "%s: no row of the file sent at %s is in Marketo yet; the next run looks again,"
            " and after a day they go by calls",
            self.means.entry,
            format_instant(self.sent_at),
        )
        while sends := self.means.spool.take(self.file, MOST_RECORDS):
            self.means.desk.states.unpark(place for send in sends for place in send.row.places)
            self.owner.doubt(sends)
        self.owner.ended()


def now_of(desk: Desk) -> datetime:
    """Marketo's time."""
    return desk.marketo.now or datetime.now(UTC)
