"""What the bulk import of custom objects answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_simulator.custom_object_imports.rows import read_import
from marketo_simulator.imports.handlers import ImportCalls
from marketo_simulator.routing import Route

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.imports.store import Batch
    from marketo_simulator.instance import Instance

WRITE: Final = "Read-Write Custom Object"
IMPORT: Final = "/bulk/v1/customobjects/{api_name}/import"
BATCH: Final = "/bulk/v1/customobjects/{api_name}/import/{batch_id:int}"


def _kind_of(call: Call) -> str:
    return str(call.path["api_name"])


def _created(batch: Batch) -> JsonObject:
    return {"batchId": batch.number, "objectApiName": batch.kind}


def _counted(instance: Instance, batch: Batch) -> JsonObject:
    start = batch.started_at or batch.created_at
    seconds = ((batch.finished_at or instance.clock.now()) - start).total_seconds()
    return {
        "operation": "import",
        "numOfObjectsProcessed": batch.imported,
        "importTime": f"{int(seconds)} second(s)",
    }


CALLS: Final = ImportCalls(_kind_of, read_import, _created, _counted)
ROUTES: Final = (
    Route(f"{IMPORT}.json", CALLS.create, "POST", WRITE, takes_file=True),
    Route(f"{BATCH}/status.json", CALLS.status, permission=WRITE),
    Route(f"{BATCH}/failures.json", CALLS.failures, permission=WRITE),
    Route(f"{BATCH}/warnings.json", CALLS.warnings, permission=WRITE),
)
