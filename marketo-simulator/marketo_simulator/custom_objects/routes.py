"""What the family of custom objects answers."""

from __future__ import annotations

from typing import Final

from marketo_simulator.custom_objects import handlers
from marketo_simulator.routing import Route

ROUTES: Final = (
    Route(
        "/rest/v1/customobjects/schema.json",
        handlers.get_types,
        permission="Read-Only Custom Object Type",
    ),
)
