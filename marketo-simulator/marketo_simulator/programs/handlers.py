"""Get Leads by Program Id. Marketo docs: Leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_simulator.errors import MarketoError
from marketo_simulator.leads.handlers import page_of
from marketo_simulator.programs.store import STATUS, Membership

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance
    from marketo_simulator.replies import Reply


def get_leads(instance: Instance, call: Call) -> Reply:
    """The members of a program, each with its membership. Raises 1013 for an unknown program."""
    members = instance.programs.members(call.path["program_id"])
    if members is None:
        raise MarketoError("1013", "Program not found")
    memberships = {lead.id: {"membership": _shown(held)} for lead, held in members}
    return page_of(instance, call, [lead for lead, _ in members], memberships)


def _shown(held: Membership) -> JsonObject:
    return {
        "id": held.id,
        "progressionStatus": STATUS,
        "progressionStatusType": STATUS,
        "isExhausted": False,
        "acquiredBy": False,
        "reachedSuccess": True,
        "membershipDate": held.since,
        "updatedAt": held.updated_at,
    }
