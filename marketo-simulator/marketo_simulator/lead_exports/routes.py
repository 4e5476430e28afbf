"""What the bulk extract of leads answers."""

from __future__ import annotations

from typing import Final

from marketo_simulator.exports.routes import export_routes
from marketo_simulator.lead_exports.extracts import read_extract

ROUTES: Final = export_routes("/bulk/v1/leads/export", read_extract, "Read-Only Lead")
