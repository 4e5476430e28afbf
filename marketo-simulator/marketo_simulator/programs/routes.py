"""What the programs family answers."""

from __future__ import annotations

from typing import Final

from marketo_simulator.programs import assets, handlers
from marketo_simulator.routing import Route

READ_ASSETS: Final = "Read-Only Assets"

ROUTES: Final = (
    Route(
        "/rest/v1/leads/programs/{program_id:int}.json",
        handlers.get_leads,
        permission="Read-Only Lead",
    ),
    Route("/rest/asset/v1/programs.json", assets.browse, permission=READ_ASSETS),
    Route("/rest/asset/v1/program/byName.json", assets.get_by_name, permission=READ_ASSETS),
    Route("/rest/asset/v1/program/{program_id:int}.json", assets.get_by_id, permission=READ_ASSETS),
)
