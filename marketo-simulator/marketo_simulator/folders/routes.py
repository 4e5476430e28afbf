"""What the folders family answers."""

from __future__ import annotations

from typing import Final

from marketo_simulator.folders import handlers
from marketo_simulator.routing import Route

ROUTES: Final = (
    Route("/rest/asset/v1/folders.json", handlers.get_folders, permission="Read-Only Assets"),
)
