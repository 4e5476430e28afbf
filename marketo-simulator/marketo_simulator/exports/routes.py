"""The six routes of bulk extract, the same for every object type. These paths have no `/rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_simulator.exports.handlers import ExportCalls
from marketo_simulator.routing import Route

if TYPE_CHECKING:
    from marketo_simulator.exports.handlers import ReadExtract


def export_routes(base: str, read_extract: ReadExtract, permission: str) -> tuple[Route, ...]:
    """The routes under `base`, whose jobs ask for what `read_extract` understands."""
    calls = ExportCalls(base, read_extract)
    job = base + "/{export_id}"
    return (
        Route(f"{base}.json", calls.list_jobs, permission=permission),
        Route(f"{base}/create.json", calls.create, "POST", permission),
        Route(f"{job}/enqueue.json", calls.enqueue, "POST", permission),
        Route(f"{job}/cancel.json", calls.cancel, "POST", permission),
        Route(f"{job}/status.json", calls.status, permission=permission),
        Route(f"{job}/file.json", calls.get_file, permission=permission),
    )
