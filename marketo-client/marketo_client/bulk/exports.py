"""Bulk extract: making jobs, waiting for them and fetching their files, whatever they export.

Knows no object family; `lead_exports.py` and `activity_exports.py` use it. Marketo docs: Bulk
Extract.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from marketo_client.bulk.csv_reader import anything
from marketo_client.bulk.export_jobs import (
    ExportFile,
    ExportJob,
    ExportStatus,
    is_as_announced,
    read_job,
    read_jobs,
)
from marketo_client.bulk.polling import until_over
from marketo_client.bulk.temporary_files import filling, temporary_file
from marketo_client.errors import (
    AlreadyQueuedError,
    CorruptExportError,
    GivenUpError,
    RecordNotFoundError,
    RequestError,
    UnreadableReplyError,
)
from marketo_client.http.calls import Call
from marketo_client.http.replies import reading
from marketo_client.records.paging import position_pages
from marketo_client.timestamps import format_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from io import BufferedRandom

    from marketo_client.bulk.export_budget import ExportBudget
    from marketo_client.errors import MarketoError
    from marketo_client.http.calls import JsonObject
    from marketo_client.http.replies import Reply
    from marketo_client.http.transport import Transport

log = logging.getLogger(__name__)

MOST_JOBS: Final = 4  # for one window: the first, and three more after bad or failed ones
MOST_DOWNLOADS: Final = 2  # of one file whose size or checksum is wrong
LONGEST_UNAWARE: Final = timedelta(minutes=5)  # of a status, that the job is in the queue
MOST_APART: Final = timedelta(minutes=10)  # the clocks of one Marketo's servers
_MISSING_FILE: Final = "404"
_CREATE: Final = "/create.json"


class Exports:
    """The calls that every family of bulk extracts has; a family names its base path."""

    base: ClassVar[str]
    permission: ClassVar[str]

    def __init__(self, transport: Transport, *, budget: ExportBudget, poll_seconds: float) -> None:
        self._transport = transport
        self._budget = budget
        self._poll_seconds = poll_seconds
        self._clocks_differ = False

    def enqueue(self, job_id: str) -> ExportJob:
        """Put a created job into the queue, waiting for a place in it.

        A job that has been queued before is as good: the answer to an earlier attempt was lost.
        Raises ExportQuotaError or BudgetError when the day's export bytes are used up (where the
        connection does not wait for the next day), QueueFullError after half a day without a
        place.
        """
        return self._transport.days.run(lambda: self._enqueue_today(job_id))

    def _enqueue_today(self, job_id: str) -> ExportJob:
        self._budget.admit()
        try:
            return self._move("enqueue", job_id)
        except AlreadyQueuedError as error:
            return self._known_as_queued(job_id, error)
        except RequestError:
            job = self.status(job_id)
            if job.status is ExportStatus.CREATED:
                raise
            return job

    def _known_as_queued(self, job_id: str, told: AlreadyQueuedError) -> ExportJob:
        """The job once its status, which may be a minute old, knows of the queue, too.

        Raises what was told when that never comes, as nobody may be working on the job, and
        GivenUpError.
        """
        patience = self._transport.patience
        give_up_at = patience.clock.now() + LONGEST_UNAWARE.total_seconds()
        job = self.status(job_id)
        while job.status is ExportStatus.CREATED:
            if patience.clock.now() > give_up_at:
                raise told
            if not patience.wait(self._poll_seconds):
                raise GivenUpError(f"export {job_id}: not queued yet, and waited for no longer")
            job = self.status(job_id)
        return job

    def status(self, job_id: str) -> ExportJob:
        """The job now; Marketo itself looks once a minute. Raises RecordNotFoundError."""
        return read_job(self._ask("GET", "status", job_id), asked=job_id)

    def jobs(self, *statuses: ExportStatus) -> Iterator[ExportJob]:
        """This API user's jobs of the last seven days, with one of these statuses if any is given.

        Paid jobs can be found again here, and the day's bytes added up.
        """
        wanted = {"status": ",".join(status.capitalize() for status in statuses)}
        call = Call(
            "GET",
            f"{self.base}.json",
            query=wanted if statuses else {},
            permission=self.permission,
        )
        for page in position_pages(self._transport, call):
            with reading(call.endpoint):
                jobs = list(read_jobs(page.rows, read_at=page.read_at))
            yield from jobs

    def cancel(self, job_id: str) -> ExportJob:
        """Stop a job that is not over."""
        return self._move("cancel", job_id)

    def wait(self, job: ExportJob) -> ExportJob:
        """The job when it is completed, enqueued first if it was not.

        Raises CorruptExportError when it failed or was cancelled: make another one.
        """
        if job.status is ExportStatus.CREATED:
            job = self.enqueue(job.id)
        job = until_over(
            job,
            lambda: self.status(job.id),
            name=f"export {job.id}",
            patience=self._transport.patience,
            poll_seconds=self._poll_seconds,
        )
        if job.status is not ExportStatus.COMPLETED:
            raise CorruptExportError(f"export {job.id}: {job.status} in Marketo; run again")
        self._budget.note(job)
        return job

    def download(self, job: ExportJob, *, into: BufferedRandom) -> None:
        """Bring the job's file into an empty one; what a broken connection left is gone on with.

        Raises CorruptExportError when size or checksum are wrong twice, or the file is gone.
        """
        call = self._call("GET", "/{job_id}/file.json", place={"job_id": job.id})
        for _ in range(MOST_DOWNLOADS):
            try:
                self._transport.download(call, into=into, size=job.size)
            except RequestError as error:
                if error.code != _MISSING_FILE:
                    raise
                raise CorruptExportError(
                    f"export {job.id}: completed, but its file is gone"
                ) from error
            if is_as_announced(into, job):
                return
            into.truncate(0)
        raise CorruptExportError(
            f"export {job.id}: the file's size or SHA-256 is not what Marketo announced; run again"
        )

    @contextmanager
    def _opened(
        self,
        make: Callable[[], ExportJob],
        *,
        columns: Sequence[str],
        job: ExportJob | None,
        made: Callable[[ExportJob], object],
        sensible: Callable[[Sequence[str]], bool] = anything,
    ) -> Iterator[ExportFile]:
        """The file of `job`, or of one that `make` makes; bad and lost ones are made again.

        Raises TemporaryFileError where this machine's disk does not take it.
        """

        def make_known() -> ExportJob:
            new = make()
            made(new)
            return new

        with temporary_file() as file:
            with filling(file):
                done = self._fetched(make_known, job, into=file)
            log.info("export %s: %s rows, %s bytes", done.id, done.records, done.size)
            yield ExportFile(done, file, columns, sensible)

    def _fetched(
        self, make: Callable[[], ExportJob], job: ExportJob | None, *, into: BufferedRandom
    ) -> ExportJob:
        for _ in range(MOST_JOBS - 1):
            try:
                return self._finished(job or make(), into=into)
            except (CorruptExportError, RecordNotFoundError) as error:
                if _is_of_the_filter(error):
                    raise
                log.warning("%s; making it again", error)
                job = None
        return self._finished(make(), into=into)

    def _finished(self, job: ExportJob, *, into: BufferedRandom) -> ExportJob:
        done = self.wait(job)
        into.truncate(0)
        self.download(done, into=into)
        return done

    def _create(self, body: JsonObject) -> ExportJob:
        """A repeat after a lost answer leaves a job behind that costs nothing: it never runs."""
        job = read_job(self._transport.send(self._call("POST", _CREATE, body=body)))
        self._compare_clocks(job)
        return job

    def _compare_clocks(self, job: ExportJob) -> None:
        """Warn, once, where a job that was made just now is dated otherwise than the answer."""
        if self._clocks_differ or not job.created_at:
            return
        self._clocks_differ = abs(job.read_at - job.created_at) > MOST_APART
        if self._clocks_differ:
            log.warning(
                "export %s: made at %s, says an answer of %s: Marketo's clock and the `Date` of its"
                " answers differ, and what is read next begins by `Date`: rows may be missed; check"
                " that no proxy writes it",
                job.id, format_instant(job.created_at), format_instant(job.read_at),
            )  # fmt: skip

    def _move(self, verb: str, job_id: str) -> ExportJob:
        """The job behind a call that was carried out, even if the answer does not show it."""
        reply = self._ask("POST", verb, job_id)
        try:
            return read_job(reply, asked=job_id)
        except (RecordNotFoundError, UnreadableReplyError):
            return self.status(job_id)

    def _ask(self, method: str, verb: str, job_id: str) -> Reply:
        call = self._call(method, f"/{{job_id}}/{verb}.json", place={"job_id": job_id})
        return self._transport.send(call)

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


def _is_of_the_filter(error: MarketoError) -> bool:
    """Whether Marketo did not find what a job was to export: it never will."""
    return bool(error.code) and str(error.endpoint).endswith(_CREATE)
