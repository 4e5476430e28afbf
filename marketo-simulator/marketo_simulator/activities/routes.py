"""What the activities family answers."""

from __future__ import annotations

from typing import Final

from marketo_simulator.activities import handlers
from marketo_simulator.routing import Route

READ: Final = "Read-Only Activity"

ROUTES: Final = (
    Route("/rest/v1/activities/types.json", handlers.get_types, permission=READ),
    Route("/rest/v1/activities/pagingtoken.json", handlers.get_paging_token, permission=READ),
    Route("/rest/v1/activities.json", handlers.get_activities, permission=READ),
    Route("/rest/v1/activities/leadchanges.json", handlers.get_lead_changes, permission=READ),
    Route("/rest/v1/activities/deletedleads.json", handlers.get_deleted_leads, permission=READ),
)
