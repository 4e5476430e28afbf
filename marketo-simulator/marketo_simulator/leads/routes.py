"""What the leads family answers."""

from __future__ import annotations

from typing import Final

from marketo_simulator.leads import handlers, writes
from marketo_simulator.routing import Route

READ: Final = "Read-Only Lead"
WRITE: Final = "Read-Write Lead"

ROUTES: Final = (
    Route("/rest/v1/leads/describe.json", handlers.describe, permission=READ),
    Route("/rest/v1/leads/describe2.json", handlers.describe2, permission=READ),
    Route("/rest/v1/leads/partitions.json", handlers.get_partitions, permission=READ),
    Route("/rest/v1/leads.json", handlers.get_leads, permission=READ),
    Route("/rest/v1/lead/{lead_id:int}.json", handlers.get_lead, permission=READ),
    Route("/rest/v1/leads.json", writes.sync_leads, "POST", WRITE),
    Route("/rest/v1/leads.json", writes.delete_leads, "DELETE", WRITE),
    Route("/rest/v1/leads/delete.json", writes.delete_leads, "POST", WRITE),
    Route("/rest/v1/leads/{lead_id:int}/merge.json", writes.merge_leads, "POST", WRITE),
)
