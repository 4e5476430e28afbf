"""All control routes at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from marketo_simulator.control import data, schema, state
from marketo_simulator.control.answers import Handler, endpoint

if TYPE_CHECKING:
    from marketo_simulator.instance import Instance

HANDLERS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/clock", state.get_clock),
    ("POST", "/clock", state.move_clock),
    ("GET", "/settings", state.get_settings),
    ("POST", "/settings", state.change_settings),
    ("GET", "/permissions", state.get_permissions),
    ("POST", "/permissions", state.deny_permissions),
    ("GET", "/faults", state.get_faults),
    ("POST", "/faults", state.add_fault),
    ("DELETE", "/faults", state.clear_faults),
    ("GET", "/calls", state.get_calls),
    ("DELETE", "/calls", state.clear_calls),
    ("POST", "/usage", state.add_usage),
    ("POST", "/services", state.add_service),
    ("POST", "/tokens/expire", state.expire_tokens),
    ("GET", "/leads", data.get_leads),
    ("POST", "/leads", data.create_leads),
    ("POST", "/leads/merge", data.merge_leads),
    ("GET", "/leads/{lead_id:int}", data.get_lead),
    ("POST", "/leads/{lead_id:int}", data.change_lead),
    ("DELETE", "/leads/{lead_id:int}", data.delete_lead),
    ("GET", "/activities", data.get_activities),
    ("POST", "/activities", data.create_activities),
    ("GET", "/fields", schema.get_fields),
    ("POST", "/fields", schema.add_field),
    ("POST", "/fields/{name}", schema.change_field),
    ("GET", "/activity_types", schema.get_types),
    ("POST", "/activity_types", schema.add_type),
    ("POST", "/activity_types/{type_id:int}", schema.change_type),
)


def control_routes(instance: Instance) -> list[Route]:
    """The routes under `/_simulator` for that instance."""
    return [
        Route(path, endpoint(instance, handler), methods=[method])
        for method, path, handler in HANDLERS
    ]
