"""What the bulk extract of leads answers. These paths have no `/rest`."""

from __future__ import annotations

from typing import Final

from marketo_simulator.lead_exports import handlers
from marketo_simulator.routing import Route

READ: Final = "Read-Only Lead"

ROUTES: Final = (
    Route("/bulk/v1/leads/export.json", handlers.list_jobs, permission=READ),
    Route("/bulk/v1/leads/export/create.json", handlers.create, "POST", READ),
    Route("/bulk/v1/leads/export/{export_id}/enqueue.json", handlers.enqueue, "POST", READ),
    Route("/bulk/v1/leads/export/{export_id}/cancel.json", handlers.cancel, "POST", READ),
    Route("/bulk/v1/leads/export/{export_id}/status.json", handlers.status, permission=READ),
    Route("/bulk/v1/leads/export/{export_id}/file.json", handlers.get_file, permission=READ),
)
