"""What the companies family answers."""

from __future__ import annotations

from typing import Final

from marketo_simulator.companies import handlers
from marketo_simulator.companies.kind import company_kind
from marketo_simulator.objects.routes import object_routes
from marketo_simulator.routing import Route

ROUTES: Final = (
    Route("/rest/v1/companies/describe.json", handlers.describe, permission="Read-Only Company"),
    *object_routes("/rest/v1/companies", company_kind, "Company"),
)
