"""What the usage family answers: no permission is needed."""

from __future__ import annotations

from typing import Final

from marketo_simulator.routing import Route
from marketo_simulator.usage import handlers

ROUTES: Final = (
    Route("/rest/v1/stats/usage.json", handlers.usage_today),
    Route("/rest/v1/stats/usage/last7days.json", handlers.usage_of_week),
    Route("/rest/v1/stats/errors.json", handlers.errors_today),
    Route("/rest/v1/stats/errors/last7days.json", handlers.errors_of_week),
)
