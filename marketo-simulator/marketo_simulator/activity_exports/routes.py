"""What the bulk extract of activities answers."""

from __future__ import annotations

from typing import Final

from marketo_simulator.activity_exports.extracts import read_extract
from marketo_simulator.exports.routes import export_routes

ROUTES: Final = export_routes("/bulk/v1/activities/export", read_extract, "Read-Only Activity")
