"""What the bulk extract of custom objects answers."""

from __future__ import annotations

from typing import Final

from marketo_simulator.custom_object_exports.extracts import read_extract
from marketo_simulator.exports.routes import export_routes

ROUTES: Final = export_routes(
    "/bulk/v1/customobjects/{api_name}/export", read_extract, "Read-Only Custom Object"
)
