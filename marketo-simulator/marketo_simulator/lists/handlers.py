"""Static lists and the leads on them. Marketo docs: Static Lists, Leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_simulator.errors import MarketoError
from marketo_simulator.leads.handlers import page_of
from marketo_simulator.lists.store import LeadList, ListKind
from marketo_simulator.named import WORKSPACE, fitting
from marketo_simulator.paging import next_page
from marketo_simulator.replies import Reply, success
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance


def get_lists(instance: Instance, call: Call) -> Reply:
    """Get Lists: all that fit `id`, `name`, `programName` and `workspaceName`, page by page."""
    page, paging = next_page(call, fitting(call, instance.lists.all(ListKind.STATIC)))
    return success([_shown(instance, made) for made in page], **paging)


def get_list(instance: Instance, call: Call) -> Reply:
    """Get List by Id."""
    return success([_shown(instance, static_list(instance, call.path["list_id"]))])


def get_leads(instance: Instance, call: Call) -> Reply:
    """Get Leads by List Id, in the order of ids."""
    found = static_list(instance, call.path["list_id"])
    return page_of(instance, call, instance.lists.members(found))


def static_list(instance: Instance, list_id: int) -> LeadList:
    """The static list of that id. Raises 1013."""
    try:
        found = instance.lists.get(list_id)
    except KeyError:
        raise MarketoError("1013", "List not found") from None
    if found.kind is not ListKind.STATIC:
        raise MarketoError("1013", "List not found")
    return found


def _shown(instance: Instance, made: LeadList) -> JsonObject:
    program = {} if made.program_name is None else {"programName": made.program_name}
    return {
        "id": made.id,
        "name": made.name,
        **program,
        "workspaceName": WORKSPACE,
        "createdAt": stamp(instance.born_at),
        "updatedAt": made.updated_at,
    }
