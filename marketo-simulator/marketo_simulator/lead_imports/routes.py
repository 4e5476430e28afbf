"""What the bulk import of leads answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_simulator.imports.handlers import ImportCalls
from marketo_simulator.lead_imports.rows import read_import
from marketo_simulator.routing import Route

if TYPE_CHECKING:
    from marketo_simulator.calls import JsonObject
    from marketo_simulator.imports.store import Batch
    from marketo_simulator.instance import Instance

WRITE: Final = "Read-Write Lead"
BATCH: Final = "/bulk/v1/leads/batch/{batch_id:int}"


def _created(batch: Batch) -> JsonObject:
    return {"batchId": batch.number, "importId": str(batch.number)}


def _counted(_instance: Instance, batch: Batch) -> JsonObject:
    return {"numOfLeadsProcessed": batch.imported}


CALLS: Final = ImportCalls(lambda _call: "leads", read_import, _created, _counted)
ROUTES: Final = (
    Route("/bulk/v1/leads.json", CALLS.create, "POST", WRITE, takes_file=True),
    Route(f"{BATCH}.json", CALLS.status, permission=WRITE),
    Route(f"{BATCH}/failures.json", CALLS.failures, permission=WRITE),
    Route(f"{BATCH}/warnings.json", CALLS.warnings, permission=WRITE),
)
