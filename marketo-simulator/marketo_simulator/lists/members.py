"""Leads onto static lists and off them, and whether they are there. Marketo docs: Static Lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from marketo_simulator.causes import WEB_SERVICE
from marketo_simulator.errors import SkippedError
from marketo_simulator.leads.writes import lead_ids
from marketo_simulator.lists.handlers import static_list
from marketo_simulator.replies import Reply, success

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance
    from marketo_simulator.lists.store import LeadList

Act = Callable[["Instance", "LeadList", int], str]


def add_leads(instance: Instance, call: Call) -> Reply:
    """Add to List: `added`, also one that is there already."""
    return _each(instance, call, _add)


def remove_leads(instance: Instance, call: Call) -> Reply:
    """Remove from List: `removed`; 1015 for one that is not there."""
    return _each(instance, call, _remove)


def are_members(instance: Instance, call: Call) -> Reply:
    """Member of List: `memberof` or `notmemberof`."""
    return _each(instance, call, _is_on)


def _each(instance: Instance, call: Call, act: Act) -> Reply:
    made = static_list(instance, call.path["list_id"])
    return success([_result(instance, made, lead_id, act) for lead_id in lead_ids(call)])


def _result(instance: Instance, made: LeadList, lead_id: int, act: Act) -> JsonObject:
    if instance.leads.get(lead_id) is None:
        return {"id": lead_id, **SkippedError("1004", "Lead not found").result}
    try:
        return {"id": lead_id, "status": act(instance, made, lead_id)}
    except SkippedError as skipped:
        return {"id": lead_id, **skipped.result}


def _add(instance: Instance, made: LeadList, lead_id: int) -> str:
    if lead_id not in made.members:
        instance.lists.join(made.id, lead_id, source=WEB_SERVICE)
    return "added"


def _remove(instance: Instance, made: LeadList, lead_id: int) -> str:
    if lead_id not in made.members:
        raise SkippedError("1015", "Lead not in list")
    instance.lists.leave(made.id, lead_id, source=WEB_SERVICE)
    return "removed"


def _is_on(_instance: Instance, made: LeadList, lead_id: int) -> str:
    return "memberof" if lead_id in made.members else "notmemberof"
