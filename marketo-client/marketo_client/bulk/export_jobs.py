"""Bulk extract jobs and their files, as data.

Knows no endpoint and makes no call. Marketo docs: Bulk Extract.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from marketo_client.bulk.csv_reader import anything, read_file
from marketo_client.codecs import whole_number
from marketo_client.errors import CorruptExportError, ExportCountError, RecordNotFoundError
from marketo_client.timestamps import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from io import BufferedRandom

    from marketo_client.http.calls import JsonObject
    from marketo_client.http.replies import Reply

LONGEST_WINDOW: Final = timedelta(days=31)  # Marketo docs: Bulk Extract


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
    "complete": ExportStatus.COMPLETED,  # as imports spell it
}
_SHA256: Final = re.compile("[0-9a-f]{64}")
OVER: Final = {ExportStatus.COMPLETED, ExportStatus.FAILED, ExportStatus.CANCELLED}


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

    @property
    def is_over(self) -> bool:
        """Whether Marketo has done with it, well or not."""
        return self.status in OVER


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A complete file, which lives as long as the block that it was opened by.

    Of a row whose quotes are broken, a reading is taken that is `sensible`.
    """

    job: ExportJob
    file: BufferedRandom
    columns: Sequence[str]
    sensible: Callable[[Sequence[str]], bool] = anything

    def rows(self) -> Iterator[list[str | None]]:
        """Text cells in the order of `columns`, None for the word null.

        Raises CorruptExportError at a row that cannot be read, and ExportCountError at the end
        when the number of rows is not the job's: the rows so far are then not all there are.
        """
        count = 0
        try:
            for row in read_file(self.file, columns=self.columns, sensible=self.sensible):
                count += 1
                yield row
        except CorruptExportError as error:
            raise CorruptExportError(f"export {self.job.id}: {error}; run again") from error
        if self.job.records is not None and count != self.job.records:
            raise ExportCountError(
                f"export {self.job.id}: {count} rows in the file, {self.job.records} announced;"
                " run again"
            )


def forget(_job: ExportJob) -> None:
    """What is done with a new job where nobody wants to know of it."""


def read_job(reply: Reply, *, asked: str | None = None) -> ExportJob:
    """The job that a reply shows; `asked` is the id of the one that the call was about.

    Raises RecordNotFoundError for a reply without a job, UnreadableReplyError for one without id.
    """
    rows = [{**row, "exportId": asked} if asked else row for row in reply.rows]
    with reply.reading():
        for job in read_jobs(rows, read_at=reply.read_at):
            return job
    raise RecordNotFoundError(
        f"Marketo shows no such export job (request {reply.request_id})",
        request_id=reply.request_id,
    )


def read_jobs(rows: Iterable[JsonObject], *, read_at: datetime) -> Iterator[ExportJob]:
    """The jobs in the rows of a reply."""
    for row in rows:
        yield ExportJob(
            id=_filled(row, "exportId"),
            status=_SPELLINGS.get(_filled(row, "status").lower(), ExportStatus.PROCESSING),
            created_at=_moment(row, "createdAt"),
            started_at=_moment(row, "startedAt"),
            finished_at=_moment(row, "finishedAt"),
            records=whole_number(row.get("numberOfRecords")),
            size=whole_number(row.get("fileSize")),
            checksum=_sha256(str(row.get("fileChecksum") or "")),
            read_at=read_at,
        )


def _filled(row: JsonObject, name: str) -> str:
    if not row.get(name):
        raise KeyError(name)
    return str(row[name])


def _moment(row: JsonObject, name: str) -> datetime | None:
    return parse_instant(row[name]) if row.get(name) else None


def _sha256(text: str) -> str | None:
    """The digest in hex; None where it is missing or of another kind."""
    algorithm, _, digest = text.lower().rpartition(":")
    is_sha256 = algorithm.replace("-", "") in {"", "sha256"} and _SHA256.fullmatch(digest)
    return digest if is_sha256 else None


def is_as_announced(file: BufferedRandom, job: ExportJob) -> bool:
    """Whether a file has the SHA-256 that the job says, or else the size, as far as it says."""
    if job.checksum is None:
        return job.size is None or file.seek(0, os.SEEK_END) == job.size
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest() == job.checksum
