"""Bulk extract jobs: their life, their files, and waiting for them, whatever they export.

Knows no object family; `lead_exports.py` is the first that uses it. Marketo docs: Bulk Extract.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from marketo_client.calls import Call
from marketo_client.csv_reader import read_file
from marketo_client.errors import (
    AlreadyQueuedError,
    CorruptExportError,
    ExportCountError,
    MarketoError,
    RecordNotFoundError,
    RequestError,
)
from marketo_client.timestamps import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from marketo_client.calls import JsonObject
    from marketo_client.clock import Clock
    from marketo_client.replies import Reply
    from marketo_client.transport import Transport

log = logging.getLogger(__name__)

LONGEST_WINDOW: Final = timedelta(days=31)  # Marketo docs: Bulk Extract
LONGEST_JOB: Final = timedelta(hours=24)
MOST_JOBS: Final = 2  # for one window: the first, and once more after a bad or failed file
MOST_DOWNLOADS: Final = 2  # of one file whose size or checksum is wrong
PRIVATE_FOLDER: Final = 0o700
_MISSING_FILE: Final = "404"


class ExportStatus(StrEnum):
    """Where a job stands."""

    CREATED = "created"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


_SPELLINGS: Final[Mapping[str, ExportStatus]] = {
    **{status.value: status for status in ExportStatus},
    "canceled": ExportStatus.CANCELLED,
}
_OVER: Final = {ExportStatus.COMPLETED, ExportStatus.FAILED, ExportStatus.CANCELLED}


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end`, both inclusive in Marketo, at most 31 days, zones given."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window needs moments with a time zone")
        if not timedelta(0) <= self.end - self.start <= LONGEST_WINDOW:
            raise ValueError("a window runs forward, over 31 days at most")


@dataclass(frozen=True, slots=True)
class ExportJob:
    """A job as Marketo showed it at `read_at`; `size` in bytes, `checksum` SHA-256 in hex."""

    id: str
    status: ExportStatus
    created_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    records: int | None
    size: int | None
    checksum: str | None
    read_at: datetime


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A complete file on this disk; it lives as long as the block that it was opened by."""

    job: ExportJob
    path: Path
    columns: Sequence[str]

    def rows(self) -> Iterator[list[str | None]]:
        """Text cells in the order of `columns`, None for the word null.

        Raises CorruptExportError at a row that cannot be read, and ExportCountError at the end
        when the number of rows is not the job's: the rows so far are then not all there are.
        """
        count = 0
        try:
            for row in read_file(self.path, columns=self.columns):
                count += 1
                yield row
        except CorruptExportError as error:
            raise CorruptExportError(f"export {self.job.id}: {error}; run again") from error
        if self.job.records is not None and count != self.job.records:
            raise ExportCountError(
                f"export {self.job.id}: {count} rows in the file, {self.job.records} announced;"
                " run again"
            )


class Exports:
    """The calls that every family of bulk extracts has; a family names its base path."""

    base: ClassVar[str]
    permission: ClassVar[str]

    def __init__(self, transport: Transport, *, clock: Clock, poll_seconds: float) -> None:
        self._transport = transport
        self._clock = clock
        self._poll_seconds = poll_seconds

    def enqueue(self, job_id: str) -> ExportJob:
        """Put a created job into the queue, waiting for a place in it.

        A job that is queued already is as good. Raises ExportQuotaError when the day's export
        bytes are used up, QueueFullError after half a day without a place.
        """
        try:
            return self._job_call("POST", "enqueue", job_id)
        except AlreadyQueuedError:
            return self.status(job_id)

    def status(self, job_id: str) -> ExportJob:
        """The job now; Marketo itself looks once a minute. Raises RecordNotFoundError."""
        return self._job_call("GET", "status", job_id)

    def cancel(self, job_id: str) -> ExportJob:
        """Stop a job that is not over."""
        return self._job_call("POST", "cancel", job_id)

    def wait(self, job: ExportJob) -> ExportJob:
        """The job when it is completed, enqueued first if it was not.

        Raises CorruptExportError when it failed or was cancelled: make another one.
        """
        if job.status is ExportStatus.CREATED:
            job = self.enqueue(job.id)
        give_up_at = self._clock.now() + LONGEST_JOB.total_seconds()
        while job.status not in _OVER:
            if self._clock.now() > give_up_at:
                raise MarketoError(
                    f"export {job.id}: still {job.status} after 24 hours; cancel it, or look at"
                    " Marketo's status page"
                )
            self._clock.sleep(self._poll_seconds)
            before, job = job, self.status(job.id)
            if job.status is not before.status:
                log.info("export %s: %s", job.id, job.status)
        if job.status is not ExportStatus.COMPLETED:
            raise CorruptExportError(f"export {job.id}: {job.status} in Marketo; run again")
        return job

    def download(self, job: ExportJob, folder: Path) -> Path:
        """The job's file in `folder` (made private if missing), readable by this user alone.

        Raises CorruptExportError when size or checksum are wrong twice, or the file is gone.
        """
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=folder, prefix="export-", suffix=".csv", delete=False
        ) as file:
            path = Path(file.name)
        try:
            self._download_checked(job, path)
        except BaseException:
            path.unlink()
            raise
        return path

    def _download_checked(self, job: ExportJob, path: Path) -> None:
        call = self._call("GET", "/{job_id}/file.json", place={"job_id": job.id})
        for _ in range(MOST_DOWNLOADS):
            try:
                with path.open("wb") as file:
                    self._transport.download(call, into=file)
            except RequestError as error:
                if error.code != _MISSING_FILE:
                    raise
                raise CorruptExportError(
                    f"export {job.id}: completed, but its file is gone"
                ) from error
            if _is_as_announced(path, job):
                return
        raise CorruptExportError(
            f"export {job.id}: the file's size or SHA-256 is not what Marketo announced; run again"
        )

    @contextmanager
    def _opened(
        self,
        make: Callable[[], ExportJob],
        *,
        columns: Sequence[str],
        folder: Path,
        job: ExportJob | None,
    ) -> Iterator[ExportFile]:
        """The file of `job`, or of one that `make` makes; a bad or lost one is made once more."""
        done, path = self._fetched(make, folder, job)
        try:
            log.info("export %s: %s rows, %s bytes", done.id, done.records, done.size)
            yield ExportFile(done, path, columns)
        finally:
            path.unlink(missing_ok=True)

    def _fetched(
        self, make: Callable[[], ExportJob], folder: Path, job: ExportJob | None
    ) -> tuple[ExportJob, Path]:
        for _ in range(MOST_JOBS - 1):
            try:
                return self._finished(job or make(), folder)
            except (CorruptExportError, RecordNotFoundError) as error:
                log.warning("%s; making it once more", error)
                job = None
        return self._finished(make(), folder)

    def _finished(self, job: ExportJob, folder: Path) -> tuple[ExportJob, Path]:
        done = self.wait(job)
        return done, self.download(done, folder)

    def _create(self, body: JsonObject) -> ExportJob:
        """A repeat after a lost answer leaves a job behind that costs nothing: it never runs."""
        return _job(self._transport.send(self._call("POST", "/create.json", body=body)))

    def _job_call(self, method: str, verb: str, job_id: str) -> ExportJob:
        call = self._call(method, f"/{{job_id}}/{verb}.json", place={"job_id": job_id})
        return _job(self._transport.send(call))

    def _call(
        self,
        method: str,
        path: str,
        *,
        place: Mapping[str, str] | None = None,
        body: JsonObject | None = None,
    ) -> Call:
        return Call(
            method, self.base + path, place=place or {}, body=body, permission=self.permission
        )


def _is_as_announced(path: Path, job: ExportJob) -> bool:
    if job.size is not None and path.stat().st_size != job.size:
        return False
    if job.checksum is None:
        return True
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == job.checksum


def _job(reply: Reply) -> ExportJob:
    if not reply.rows:
        raise RecordNotFoundError(
            f"Marketo shows no such export job (request {reply.request_id})",
            request_id=reply.request_id,
        )
    row = reply.rows[0]
    checksum = row.get("fileChecksum")
    return ExportJob(
        id=str(row["exportId"]),
        status=_SPELLINGS.get(str(row["status"]).lower(), ExportStatus.PROCESSING),
        created_at=_moment(row, "createdAt"),
        started_at=_moment(row, "startedAt"),
        finished_at=_moment(row, "finishedAt"),
        records=row.get("numberOfRecords"),
        size=row.get("fileSize"),
        checksum=checksum.rpartition(":")[2].lower() if checksum else None,
        read_at=reply.read_at,
    )


def _moment(row: JsonObject, name: str) -> datetime | None:
    return parse_instant(row[name]) if row.get(name) else None
