"""The ASGI application: every family's routes behind one gateway, and the control routes.

To add a family: a folder with `routes.py`, and one line here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.routing import Route as HttpRoute

from marketo_simulator.activities.routes import ROUTES as ACTIVITIES
from marketo_simulator.activity_exports.routes import ROUTES as ACTIVITY_EXPORTS
from marketo_simulator.campaigns.routes import ROUTES as CAMPAIGNS
from marketo_simulator.companies.routes import ROUTES as COMPANIES
from marketo_simulator.control.routes import control_routes
from marketo_simulator.custom_object_exports.routes import ROUTES as CUSTOM_OBJECT_EXPORTS
from marketo_simulator.custom_object_imports.routes import ROUTES as CUSTOM_OBJECT_IMPORTS
from marketo_simulator.custom_object_types.routes import ROUTES as CUSTOM_OBJECT_TYPES
from marketo_simulator.custom_objects.routes import ROUTES as CUSTOM_OBJECTS
from marketo_simulator.folders.routes import ROUTES as FOLDERS
from marketo_simulator.gateway import Gateway
from marketo_simulator.lead_exports.routes import ROUTES as LEAD_EXPORTS
from marketo_simulator.lead_imports.routes import ROUTES as LEAD_IMPORTS
from marketo_simulator.leads.routes import ROUTES as LEADS
from marketo_simulator.lists.routes import ROUTES as LISTS
from marketo_simulator.opportunity_roles.routes import ROUTES as OPPORTUNITY_ROLES
from marketo_simulator.programs.routes import ROUTES as PROGRAMS
from marketo_simulator.routing import Router
from marketo_simulator.usage.routes import ROUTES as USAGE

if TYPE_CHECKING:
    from marketo_simulator.simulation import Simulation

CONTROL_PATH: Final = "/_simulator"
FAMILIES: Final = (
    LEADS, LISTS, PROGRAMS, CAMPAIGNS, COMPANIES, OPPORTUNITY_ROLES, CUSTOM_OBJECT_TYPES,
    CUSTOM_OBJECTS, ACTIVITIES, LEAD_EXPORTS, ACTIVITY_EXPORTS, CUSTOM_OBJECT_EXPORTS,
    LEAD_IMPORTS, CUSTOM_OBJECT_IMPORTS, FOLDERS, USAGE,
)  # fmt: skip
WIRE_METHODS: Final = ["GET", "POST", "DELETE", "PUT", "PATCH"]


def create_app(simulation: Simulation) -> Starlette:
    """The application that answers for the instance of that simulation."""
    gateway = Gateway(simulation, Router(route for family in FAMILIES for route in family))
    return Starlette(
        routes=[
            Mount(CONTROL_PATH, routes=control_routes(simulation)),
            HttpRoute("/{path:path}", gateway.answer, methods=WIRE_METHODS),
        ]
    )
