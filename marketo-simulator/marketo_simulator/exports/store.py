"""Export jobs of all object types and the one queue they wait in: ten at most, two running.

Knows no HTTP and no object. A job takes its rows when it starts: its file is as of `startedAt`.
Marketo docs: Bulk Extract.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from marketo_simulator.exports import errors
from marketo_simulator.exports.files import (
    DELIMITERS,
    Column,
    Dialect,
    ExportFile,
    Values,
    write_file,
)
from marketo_simulator.repeatable import numbers, uuid
from marketo_simulator.timestamps import central_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from marketo_simulator.calls import JsonObject
    from marketo_simulator.clock import Clock
    from marketo_simulator.settings import Settings

JOBS_QUEUED: Final = 10
JOBS_RUNNING: Final = 2
BYTES_PER_MB: Final = 1_000_000
FILE_KEPT_FOR: Final = timedelta(days=7)
JOBS_LISTED_FOR: Final = timedelta(days=7)
JOBS_KNOWN_FOR: Final = timedelta(days=30)  # after their end
CREATED, QUEUED, PROCESSING = "Created", "Queued", "Processing"
COMPLETED, FAILED, CANCELLED = "Completed", "Failed", "Cancelled"
OPEN_STATES: Final = (CREATED, QUEUED, PROCESSING)
WAITING_STATES: Final = (QUEUED, PROCESSING)


@dataclass(frozen=True, slots=True)
class Extract:
    """What a job was asked for: the columns and the rows, which are taken when it starts."""

    columns: Sequence[Column]
    format: str
    select: Callable[[], Iterable[Values]]


@dataclass(slots=True)
class ExportJob:
    """One job; `polls` counts the status calls since it was queued, `told` is the last answer.

    `asked` is the body that it was created with.
    """

    id: str
    kind: str
    user: str
    extract: Extract
    created_at: datetime
    status: str = CREATED
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    polls: int = 0
    will_fail: bool = False
    writing: asyncio.Task[ExportFile] | None = None
    file: ExportFile | None = None
    asked: JsonObject = field(default_factory=dict)
    told: JsonObject = field(default_factory=dict)
    told_at: datetime | None = None


class ExportJobs:
    """All jobs of an instance; their files lie in a private folder that goes with it."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self.clock = clock
        self.jobs: dict[str, ExportJob] = {}
        self.other_bytes: Counter[tuple[str, str]] = Counter()
        """Bytes that other applications exported, by day and API user."""
        self._folder = TemporaryDirectory(ignore_cleanup_errors=True)
        self._random = numbers(seed, "export ids")

    def close(self) -> None:
        """Remove all files."""
        self._folder.cleanup()

    def create(self, kind: str, user: str, extract: Extract) -> ExportJob:
        """A job in state Created; it does nothing yet."""
        job = ExportJob(uuid(self._random), kind, user, extract, self.clock.now())
        self.jobs[job.id] = job
        return job

    def get(self, kind: str, job_id: str, user: str) -> ExportJob:
        """The user's own job of that kind. Raises 1013 for others, and 30 days after its end."""
        job = self.jobs.get(job_id)
        if job is None or (job.kind, job.user) != (kind, user) or self._is_forgotten(job):
            raise errors.unknown_job(job_id)
        return job

    def listed(self, kind: str, user: str) -> list[ExportJob]:
        """The user's jobs of that kind of the last seven days, oldest first."""
        oldest = self.clock.now() - JOBS_LISTED_FOR
        own = (job for job in self.jobs.values() if (job.kind, job.user) == (kind, user))
        return [job for job in own if job.created_at >= oldest]

    def enqueue(self, job: ExportJob, settings: Settings) -> None:
        """Created becomes Queued. Raises 1029 in its three meanings, or 1003."""
        if job.status in WAITING_STATES:
            raise errors.already_queued()
        if job.status != CREATED:
            raise errors.wrong_state(job.status)
        if self.bytes_today() >= settings.daily_export_mb * BYTES_PER_MB:
            raise errors.quota_is_spent(settings.daily_export_mb)
        if sum(other.status in WAITING_STATES for other in self.jobs.values()) >= JOBS_QUEUED:
            raise errors.queue_is_full()
        job.status, job.queued_at = QUEUED, self.clock.now()

    def cancel(self, job: ExportJob) -> None:
        """An open job becomes Cancelled. Raises 1003 for a finished one."""
        if job.status not in OPEN_STATES:
            raise errors.wrong_state(job.status)
        job.status = CANCELLED

    def file_of(self, job: ExportJob) -> ExportFile | None:
        """The file of a completed job as long as Marketo keeps it."""
        if job.status != COMPLETED or job.finished_at is None:
            return None
        return job.file if self.clock.now() - job.finished_at <= FILE_KEPT_FOR else None

    def bytes_today(self) -> int:
        """Bytes of all files finished since midnight Central."""
        today = central_day(self.clock.now())
        own = (
            job.file.size
            for job in self.jobs.values()
            if job.file and job.finished_at and central_day(job.finished_at) == today
        )
        others = (size for (day, _), size in self.other_bytes.items() if day == today)
        return sum(own) + sum(others)

    async def settle(self, settings: Settings, fails: Callable[[], bool]) -> None:
        """Jobs that are due end, jobs that wait start; `fails` tells whether the next one will."""
        for job in self._in(PROCESSING):
            if self._is_due(job, settings):
                await self._finish(job, settings)
        waiting = sorted(self._in(QUEUED), key=lambda job: job.queued_at or job.created_at)
        for job in waiting[: JOBS_RUNNING - len(self._in(PROCESSING))]:
            self._start(job, settings, will_fail=fails())

    def _is_forgotten(self, job: ExportJob) -> bool:
        return job.finished_at is not None and (self.clock.now() - job.finished_at > JOBS_KNOWN_FOR)

    def _in(self, status: str) -> list[ExportJob]:
        return [job for job in self.jobs.values() if job.status == status]

    def _start(self, job: ExportJob, settings: Settings, *, will_fail: bool) -> None:
        job.status, job.started_at, job.will_fail = PROCESSING, self.clock.now(), will_fail
        how = Dialect(
            DELIMITERS[job.extract.format], settings.csv_booleans,
            settings.csv_undoubled_quotes, settings.csv_unquoted_returns,
            settings.csv_cut_characters,
        )  # fmt: skip
        path = Path(self._folder.name) / job.id
        rows = job.extract.select()
        write = asyncio.to_thread(write_file, path, job.extract.columns, rows, how)
        job.writing = asyncio.create_task(write)

    def _is_due(self, job: ExportJob, settings: Settings) -> bool:
        return job.polls >= settings.export_polls and self.clock.now() >= _end(job, settings)

    async def _finish(self, job: ExportJob, settings: Settings) -> None:
        if job.writing is None:
            return
        file = await job.writing
        if job.status != PROCESSING:
            return
        job.finished_at = _end(job, settings)
        job.status = FAILED if job.will_fail else COMPLETED
        job.file = None if job.will_fail else file


def _end(job: ExportJob, settings: Settings) -> datetime:
    return (job.started_at or job.created_at) + timedelta(seconds=settings.export_seconds)
