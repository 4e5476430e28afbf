"""What the family of opportunity roles answers."""

from __future__ import annotations

from typing import Final

from marketo_simulator.opportunity_roles import handlers
from marketo_simulator.routing import Route

ROUTES: Final = (
    Route(
        "/rest/v1/opportunities/roles/describe.json",
        handlers.describe,
        permission="Read-Only Opportunity",
    ),
)
