"""The ASGI application: every family's routes behind one gateway, and the control routes.

To add a family: a folder with `routes.py`, and one line here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.routing import Route as HttpRoute

from marketo_simulator.activities.routes import ROUTES as ACTIVITIES
from marketo_simulator.companies.routes import ROUTES as COMPANIES
from marketo_simulator.control.routes import control_routes
from marketo_simulator.folders.routes import ROUTES as FOLDERS
from marketo_simulator.gateway import Gateway
from marketo_simulator.lead_exports.routes import ROUTES as LEAD_EXPORTS
from marketo_simulator.leads.routes import ROUTES as LEADS
from marketo_simulator.routing import Router
from marketo_simulator.usage.routes import ROUTES as USAGE

if TYPE_CHECKING:
    from marketo_simulator.instance import Instance

CONTROL_PATH: Final = "/_simulator"
FAMILIES: Final = (LEADS, COMPANIES, ACTIVITIES, LEAD_EXPORTS, FOLDERS, USAGE)
WIRE_METHODS: Final = ["GET", "POST", "DELETE", "PUT", "PATCH"]


def create_app(instance: Instance) -> Starlette:
    """The application that answers for that instance."""
    gateway = Gateway(instance, Router(route for family in FAMILIES for route in family))
    return Starlette(
        routes=[
            Mount(CONTROL_PATH, routes=control_routes(instance)),
            HttpRoute("/{path:path}", gateway.answer, methods=WIRE_METHODS),
        ]
    )
