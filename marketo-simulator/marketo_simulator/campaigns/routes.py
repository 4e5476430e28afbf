"""What the campaigns family answers."""

from __future__ import annotations

from typing import Final

from marketo_simulator.campaigns import handlers
from marketo_simulator.routing import Route

READ: Final = "Read-Only Campaigns"

ROUTES: Final = (
    Route("/rest/v1/campaigns.json", handlers.get_campaigns, permission=READ),
    Route("/rest/v1/campaigns/{campaign_id:int}.json", handlers.get_campaign, permission=READ),
)
