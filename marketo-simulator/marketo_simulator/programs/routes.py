"""What the programs family answers."""

from __future__ import annotations

from typing import Final

from marketo_simulator.programs import handlers
from marketo_simulator.routing import Route

ROUTES: Final = (
    Route(
        "/rest/v1/leads/programs/{program_id:int}.json",
        handlers.get_leads,
        permission="Read-Only Lead",
    ),
)
