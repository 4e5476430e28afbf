"""All control routes at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from marketo_simulator.control import companies, custom_objects, data, members, schema, state
from marketo_simulator.control.answers import Handler, endpoint, reset_endpoint

if TYPE_CHECKING:
    from marketo_simulator.simulation import Simulation

HANDLERS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/clock", state.get_clock),
    ("POST", "/clock", state.move_clock),
    ("GET", "/settings", state.get_settings),
    ("POST", "/settings", state.change_settings),
    ("GET", "/permissions", state.get_permissions),
    ("POST", "/permissions", state.deny_permissions),
    ("GET", "/exports", state.get_exports),
    ("GET", "/faults", state.get_faults),
    ("POST", "/faults", state.add_fault),
    ("DELETE", "/faults", state.clear_faults),
    ("GET", "/calls", state.get_calls),
    ("DELETE", "/calls", state.clear_calls),
    ("GET", "/usage", state.get_usage),
    ("POST", "/usage", state.add_usage),
    ("POST", "/services", state.add_service),
    ("POST", "/tokens/expire", state.expire_tokens),
    ("GET", "/leads", data.get_leads),
    ("POST", "/leads", data.create_leads),
    ("POST", "/leads/merge", data.merge_leads),
    ("GET", "/leads/{lead_id:int}", data.get_lead),
    ("POST", "/leads/{lead_id:int}", data.change_lead),
    ("DELETE", "/leads/{lead_id:int}", data.delete_lead),
    ("GET", "/companies", companies.get_companies),
    ("POST", "/companies", companies.create_companies),
    ("GET", "/companies/{company_id:int}", companies.get_company),
    ("POST", "/companies/{company_id:int}", companies.change_company),
    ("DELETE", "/companies/{company_id:int}", companies.delete_company),
    ("GET", "/custom_object_types", custom_objects.get_types),
    ("POST", "/custom_object_types", custom_objects.add_type),
    ("POST", "/custom_object_types/{api_name}", custom_objects.change_type),
    ("DELETE", "/custom_object_types/{api_name}", custom_objects.delete_type),
    ("GET", "/custom_objects/{api_name}", custom_objects.get_records),
    ("POST", "/custom_objects/{api_name}", custom_objects.create_records),
    ("POST", "/custom_objects/{api_name}/{guid}", custom_objects.change_record),
    ("DELETE", "/custom_objects/{api_name}/{guid}", custom_objects.delete_record),
    ("GET", "/lists", members.get_lists),
    ("POST", "/lists", members.add_list),
    ("POST", "/lists/{list_id:int}", members.change_list),
    ("POST", "/programs/{program_id:int}", members.change_program),
    ("GET", "/activities", data.get_activities),
    ("POST", "/activities", data.create_activities),
    ("GET", "/fields", schema.get_fields),
    ("POST", "/fields", schema.add_field),
    ("POST", "/fields/{name}", schema.change_field),
    ("GET", "/activity_types", schema.get_types),
    ("POST", "/activity_types", schema.add_type),
    ("POST", "/activity_types/{type_id:int}", schema.change_type),
)


def control_routes(simulation: Simulation) -> list[Route]:
    """The routes under `/_simulator` for that simulation."""
    routes = [
        Route(path, endpoint(simulation, handler), methods=[method])
        for method, path, handler in HANDLERS
    ]
    return [*routes, Route("/reset", reset_endpoint(simulation), methods=["POST"])]
