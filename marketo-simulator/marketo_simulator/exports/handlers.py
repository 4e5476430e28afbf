"""Create, enqueue, poll, download, cancel and list export jobs. Marketo docs: Bulk Extract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse, Response

from marketo_simulator.errors import invalid
from marketo_simulator.exports.files import FileSlice
from marketo_simulator.exports.store import FAILED, WAITING_STATES, ExportJob, Extract
from marketo_simulator.replies import Reply, success
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance

NOT_FOUND: Final = 404
ReadExtract = Callable[["Instance", "Call"], Extract]


@dataclass(frozen=True, slots=True)
class ExportCalls:
    """The calls about jobs of one object type; another type's jobs are unknown to them."""

    base: str
    """The path that these calls begin with."""
    read_extract: ReadExtract
    """What the body of a create call asks for, or the refusal of it."""

    async def create(self, instance: Instance, call: Call) -> Reply:
        """Create Export Job."""
        extract = self.read_extract(instance, call)
        job = instance.exports.create(self._kind(call), call.user, extract)
        job.asked = call.json()
        return success([shown(job)])

    async def enqueue(self, instance: Instance, call: Call) -> Reply:
        """Enqueue Export Job; it starts at once if fewer than two run."""
        await _settle(instance)
        job = self._job(instance, call)
        instance.exports.enqueue(job, instance.settings)
        reply = success([shown(job)])
        await _settle(instance)
        return reply

    async def status(self, instance: Instance, call: Call) -> Reply:
        """Get Export Job Status, as of its last refresh."""
        await _settle(instance)
        job = self._job(instance, call)
        if job.status in WAITING_STATES:
            job.polls += 1
        return success([_refreshed(instance, job)])

    async def cancel(self, instance: Instance, call: Call) -> Reply:
        """Cancel Export Job."""
        await _settle(instance)
        job = self._job(instance, call)
        instance.exports.cancel(job)
        return success([shown(job)])

    async def get_file(self, instance: Instance, call: Call) -> Response:
        """Get Export File: plain text 404 unless the job is completed and the file still kept."""
        await _settle(instance)
        file = instance.exports.file_of(self._job(instance, call))
        if file is None:
            return PlainTextResponse("Not Found", NOT_FOUND)
        return FileSlice(file.path, file.size, call.byte_range)

    async def list_jobs(self, instance: Instance, call: Call) -> Reply:
        """Get Export Jobs: the user's own of the last seven days."""
        await _settle(instance)
        states = {name.casefold() for name in call.texts("status")}
        listed = instance.exports.listed(self._kind(call), call.user)
        jobs = [job for job in listed if _fits(job, states)]
        start, size = _offset(call), call.batch_size()
        paging = {"nextPageToken": str(start + size)} if len(jobs) > start + size else {}
        return success([shown(job) for job in jobs[start : start + size]], **paging)

    def _kind(self, call: Call) -> str:
        return self.base.format_map(call.path)

    def _job(self, instance: Instance, call: Call) -> ExportJob:
        return instance.exports.get(self._kind(call), call.path["export_id"], call.user)


def shown(job: ExportJob) -> JsonObject:
    """A job as all these calls show it: what has not happened yet is absent."""
    described: JsonObject = {
        "exportId": job.id,
        "format": job.extract.format,
        "status": job.status,
        "createdAt": stamp(job.created_at),
    }
    times = (("queued", job.queued_at), ("started", job.started_at), ("finished", job.finished_at))
    described |= {f"{name}At": stamp(at) for name, at in times if at is not None}
    if job.file is not None:
        described["numberOfRecords"] = job.file.records
        described["fileSize"] = job.file.size
        described["fileChecksum"] = f"sha256:{job.file.sha256}"
    if job.status == FAILED:
        described["errorMsg"] = "Internal error while the file was written"
    return described


def _refreshed(instance: Instance, job: ExportJob) -> JsonObject:
    now = instance.clock.now()
    life = timedelta(seconds=instance.settings.status_refresh_seconds)
    if job.told_at is None or now - job.told_at >= life:
        job.told, job.told_at = shown(job), now
    return job.told


def _fits(job: ExportJob, states: set[str]) -> bool:
    if not states:
        return True
    name = job.status.casefold()
    return name in states or (name == "cancelled" and "canceled" in states)


def _offset(call: Call) -> int:
    token = call.text("nextPageToken")
    if token is not None and not token.isdecimal():
        raise invalid("nextPageToken", token)
    return int(token or 0)


async def _settle(instance: Instance) -> None:
    index = instance.calls.latest
    await instance.exports.settle(
        instance.settings, lambda: instance.faults.take_for("failed_job", index) is not None
    )
