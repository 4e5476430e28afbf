"""Create a batch, poll it, download what failed. Marketo docs: Bulk Import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse, Response

from marketo_simulator.imports.files import problem_file
from marketo_simulator.imports.store import COMPLETE, FAILED, OPEN_STATES, Batch, Import
from marketo_simulator.imports.uploads import Upload, read_upload
from marketo_simulator.limits import IMPORT_BYTES
from marketo_simulator.refusals import too_large
from marketo_simulator.replies import Reply, success

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance

NOT_FOUND: Final = 404
FAILURE_HEADING: Final = "Import Failure Reason"
WARNING_HEADING: Final = "Import Warning Reason"


@dataclass(frozen=True, slots=True)
class ImportCalls:
    """The calls about batches of one object type; another type's batches are unknown to them."""

    kind_of: Callable[[Call], str]
    """What the batches of a call belong to."""
    read_import: Callable[[Instance, Call, Upload], Import]
    """What a create call asks for, or the refusal of it."""
    created: Callable[[Batch], JsonObject]
    """How a new batch is shown."""
    counted: Callable[[Instance, Batch], JsonObject]
    """What this object type's batches tell in other words than others'."""

    def create(self, instance: Instance, call: Call) -> Reply | Response:
        """Import: the batch waits in the queue."""
        upload = read_upload(call)
        if upload.size >= IMPORT_BYTES:
            return too_large()
        order = self.read_import(instance, call, upload)
        batch = instance.imports.create(self.kind_of(call), call.user, order)
        return success([{**self.created(batch), "status": batch.status}])

    def status(self, instance: Instance, call: Call) -> Reply:
        """Get Import Status."""
        batch = self._batch(instance, call)
        if batch.status in OPEN_STATES:
            batch.polls += 1
            instance.catch_up()
        shown = {
            **self.created(batch),
            "status": batch.status,
            "numOfRowsFailed": len(batch.failures),
            "numOfRowsWithWarning": len(batch.warnings),
            **self.counted(instance, batch),
        }
        message = _message(batch)
        return success([{**shown, "message": message} if message else shown])

    def failures(self, instance: Instance, call: Call) -> Response:
        """Get Import Failures: 404 unless the batch is over and rows failed."""
        batch = self._batch(instance, call)
        return _file(instance, batch, batch.failures, FAILURE_HEADING)

    def warnings(self, instance: Instance, call: Call) -> Response:
        """Get Import Warnings: 404 unless the batch is over and rows were warned of."""
        batch = self._batch(instance, call)
        return _file(instance, batch, batch.warnings, WARNING_HEADING)

    def _batch(self, instance: Instance, call: Call) -> Batch:
        return instance.imports.get(self.kind_of(call), call.path["batch_id"], call.user)


def _message(batch: Batch) -> str | None:
    if batch.status == FAILED:
        return "Import failed, please try again later"
    if batch.status != COMPLETE:
        return None
    imported = f"{batch.imported} records imported ({batch.imported} members)"
    if batch.failures:
        return f"Import completed with errors, {imported}, {len(batch.failures)} failed"
    return f"Import succeeded, {imported}"


def _file(
    instance: Instance, batch: Batch, problems: list[tuple[list[str], str]], heading: str
) -> Response:
    if batch.status in OPEN_STATES or not problems:
        return PlainTextResponse("Not Found", NOT_FOUND)
    content = problem_file(batch.order.upload, problems, heading, instance.settings)
    return Response(content, media_type="text/csv;charset=UTF-8")
