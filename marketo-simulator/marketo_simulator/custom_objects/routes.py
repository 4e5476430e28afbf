"""What the family of custom objects answers."""

from __future__ import annotations

from typing import Final

from marketo_simulator.custom_objects import handlers
from marketo_simulator.custom_objects.kind import custom_object_kind
from marketo_simulator.objects.routes import object_routes
from marketo_simulator.routing import Route

READ: Final = "Read-Only Custom Object"
OBJECT: Final = "/rest/v1/customobjects/{api_name}"

ROUTES: Final = (
    Route("/rest/v1/customobjects.json", handlers.list_objects, permission=READ),
    Route(f"{OBJECT}/describe.json", handlers.describe, permission=READ),
    *object_routes("/rest/v1/customobjects/{api_name}", custom_object_kind, "Custom Object"),
)
