"""Batches of all object types and the one queue they wait in: ten at most, two running.

Knows no HTTP and no object. The rows of a running batch are written one after another, as far as
its time has come. Marketo docs: Bulk Import.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING, Final

from marketo_simulator.imports import errors

if TYPE_CHECKING:
    from marketo_simulator.clock import Clock
    from marketo_simulator.imports.uploads import Upload
    from marketo_simulator.settings import Settings

FIRST_ID: Final = 1001
BATCHES_QUEUED: Final = 10
BATCHES_RUNNING: Final = 2
KNOWN_FOR: Final = timedelta(days=7)
ROWS_AT_ONCE: Final = 5_000
"""So many rows are written before other calls get their turn."""
QUEUED, IMPORTING, COMPLETE, FAILED = "Queued", "Importing", "Complete", "Failed"
OPEN_STATES: Final = (QUEUED, IMPORTING)


class Ending(StrEnum):
    """How a batch ends; a failed one may have written half of its rows."""

    COMPLETE = "complete"
    FAILED_AT_ONCE = "failed_import"
    FAILED_HALFWAY = "broken_import"


FAILING: Final = (Ending.FAILED_AT_ONCE, Ending.FAILED_HALFWAY)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: a failure, a warning, or neither."""

    failure: str | None = None
    warning: str | None = None


WriteRow = Callable[[dict[str, str]], Outcome]


@dataclass(frozen=True, slots=True)
class Import:
    """What a batch was asked for: its table, and how a row of it is written."""

    upload: Upload
    write: WriteRow
    list_id: int | None = None


@dataclass(slots=True)
class Batch:
    """One batch, how far it is, and the rows that went wrong."""

    number: int
    kind: str
    user: str
    order: Import
    created_at: datetime
    status: str = QUEUED
    ending: Ending = Ending.COMPLETE
    started_at: datetime | None = None
    finished_at: datetime | None = None
    done: int = 0
    polls: int = 0
    failures: list[tuple[list[str], str]] = field(default_factory=list)
    warnings: list[tuple[list[str], str]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows it will have written when it ends."""
        rows = len(self.order.upload.rows)
        parts = {Ending.FAILED_AT_ONCE: 0, Ending.FAILED_HALFWAY: rows // 2}
        return parts.get(self.ending, rows)

    @property
    def imported(self) -> int:
        """How many rows have been written well."""
        return self.done - len(self.failures)


class ImportBatches:
    """All batches of an instance."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._batches: dict[int, Batch] = {}
        self._numbers = count(FIRST_ID)

    def create(self, kind: str, user: str, order: Import) -> Batch:
        """A batch at the end of the queue. Raises 1016 or 1019."""
        waiting = [batch for batch in self._batches.values() if batch.status in OPEN_STATES]
        if len(waiting) >= BATCHES_QUEUED:
            raise errors.too_many(BATCHES_QUEUED)
        if order.list_id is not None and order.list_id in (b.order.list_id for b in waiting):
            raise errors.list_is_busy()
        batch = Batch(next(self._numbers), kind, user, order, self._clock.now())
        self._batches[batch.number] = batch
        return batch

    def get(self, kind: str, number: int, user: str) -> Batch:
        """The user's own batch of that kind. Raises 1013 for others, and after seven days."""
        batch = self._batches.get(number)
        is_own = batch is not None and (batch.kind, batch.user) == (kind, user)
        if batch is None or not is_own or self._clock.now() - batch.created_at > KNOWN_FOR:
            raise errors.unknown_batch(number)
        return batch

    def go_on(self, settings: Settings) -> None:
        """Running batches go on, and end where they are due."""
        for batch in self._in(IMPORTING):
            self._go_on(batch, settings)

    def start(self, settings: Settings, next_ending: Callable[[], Ending]) -> None:
        """Waiting batches start in their order while fewer than two run."""
        for batch in self._in(QUEUED):
            if len(self._in(IMPORTING)) < BATCHES_RUNNING:
                batch.status, batch.started_at = IMPORTING, self._clock.now()
                batch.ending = next_ending()
                self._go_on(batch, settings)

    def _in(self, status: str) -> list[Batch]:
        return [batch for batch in self._batches.values() if batch.status == status]

    def _go_on(self, batch: Batch, settings: Settings) -> None:
        elapsed = self._clock.now() - (batch.started_at or batch.created_at)
        share = elapsed.total_seconds() / (settings.import_seconds or 1)
        is_due = share >= 1 or settings.import_seconds == 0
        due = batch.rows if is_due else int(batch.rows * share)
        columns = batch.order.upload.columns
        for row in batch.order.upload.rows[batch.done : min(due, batch.done + ROWS_AT_ONCE)]:
            cells = dict(zip(columns, row + [""] * (len(columns) - len(row)), strict=False))
            outcome = batch.order.write(cells)
            batch.done += 1
            if outcome.failure is not None:
                batch.failures.append((row, outcome.failure))
            if outcome.warning is not None:
                batch.warnings.append((row, outcome.warning))
        if is_due and batch.done == batch.rows and batch.polls >= settings.import_polls:
            batch.status = COMPLETE if batch.ending is Ending.COMPLETE else FAILED
            batch.finished_at = self._clock.now()
