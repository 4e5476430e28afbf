"""One file: sent once, waited for, and told to its rows. The ledger knows it before Marketo does.

Marketo docs: Bulk Import.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from marketo_client import (
    UNTOLD,
    ImportStatus,
    LostAnswerError,
    MarketoError,
    RecordNotFoundError,
)
from marketo_sync import ImportStage

from target_marketo.imports.file_rows import Ending, FileRows, Reasons, RowsOwner
from target_marketo.imports.lost_file import LostFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from marketo_client import ImportBatch, ImportProblem

    from target_marketo.imports.lots import Lot
    from target_marketo.imports.means import Means
    from target_marketo.planning.plan import Plan

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
        self.sent_at = self.means.now
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
            return self.means.importer.create(content, self.lot.address, plan)
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
        lost = LostFile(self.means, self.lot, self.file, self.number, self.sent_at, self.owner)
        lost.look(patience=patience)
