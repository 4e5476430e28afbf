"""Activity types, the paging token, and the three feeds.

Marketo docs: Activities, Paging Tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_simulator.activities import feeds, rows
from marketo_simulator.activities.store import BEFORE_ALL_OF_A_SECOND, Activity
from marketo_simulator.errors import invalid, missing
from marketo_simulator.leads.errors import unknown_field
from marketo_simulator.leads.history import CHANGE_DATA_VALUE, DELETE_LEAD, NEW_LEAD
from marketo_simulator.lists.handlers import static_list
from marketo_simulator.replies import Reply, acknowledged, success
from marketo_simulator.timestamps import parse, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_simulator.activities.types import ActivityType, Attribute
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance

TYPES_PER_CALL: Final = 10
LEADS_PER_CALL: Final = 30


def get_types(instance: Instance, _call: Call) -> Reply:
    """Get Activity Types: all in one answer."""
    return success([_described(kind) for kind in instance.activity_types.described()])


def get_paging_token(instance: Instance, call: Call) -> Reply:
    """Get Paging Token: rows of the very second asked for are still ahead."""
    text = call.text("sinceDatetime") or call.text("sinceDateTime")
    if text is None:
        raise missing("sinceDatetime")
    try:
        since = stamp(parse(text))
    except ValueError as error:
        raise invalid("sinceDatetime", text) from error
    token = feeds.new_token(instance, (since, BEFORE_ALL_OF_A_SECOND))
    return acknowledged(nextPageToken=token.encode())


def get_activities(instance: Instance, call: Call) -> Reply:
    """Get Lead Activities of at most ten types."""
    types = _type_ids(instance, call)
    leads = _lead_filter(instance, call)
    assets = set(call.integers("assetIds"))

    def wanted(row: Activity) -> bool:
        return row.type_id in types and leads(row) and (not assets or row.primary_id in assets)

    return feeds.answer(instance, call, wanted, rows.activity)


def get_lead_changes(instance: Instance, call: Call) -> Reply:
    """Get Lead Changes: New Lead rows, and the changes of the fields asked for."""
    names = set(call.texts("fields"))
    if not names:
        raise missing("fields")
    for name in names:
        if instance.fields.get(name) is None:
            raise unknown_field(name)
    leads = _lead_filter(instance, call)

    def wanted(row: Activity) -> bool:
        changed = row.type_id == CHANGE_DATA_VALUE and row.field_name in names
        return (changed or row.type_id == NEW_LEAD) and leads(row)

    return feeds.answer(instance, call, wanted, rows.lead_change)


def get_deleted_leads(instance: Instance, call: Call) -> Reply:
    """Get Deleted Leads; the losers of merges are not among them."""
    return feeds.answer(instance, call, lambda row: row.type_id == DELETE_LEAD, rows.activity)


def _type_ids(instance: Instance, call: Call) -> frozenset[int]:
    given = call.integers("activityTypeIds")
    if not given:
        raise missing("activityTypeIds")
    if len(given) > TYPES_PER_CALL:
        raise invalid("activityTypeIds", ",".join(map(str, given)))
    for type_id in given:
        kind = instance.activity_types.get(type_id)
        if kind is None or kind.hidden:
            raise invalid("activityTypeIds", str(type_id))
    return frozenset(given)


def _lead_filter(instance: Instance, call: Call) -> Callable[[Activity], bool]:
    ids = frozenset(call.integers("leadIds"))
    if len(ids) > LEADS_PER_CALL:
        raise invalid("leadIds", ",".join(call.texts("leadIds")))
    members = _members(instance, call)
    return lambda row: (
        (not ids or row.lead_id in ids) and (members is None or row.lead_id in members)
    )


def _members(instance: Instance, call: Call) -> set[int] | None:
    """The leads on the list of `listId`, None without it."""
    list_id, limit = call.integer("listId", 0), instance.settings.list_members_in_feeds
    if not list_id:
        return None
    members = static_list(instance, list_id).members
    if limit and len(members) >= limit:
        raise invalid("listId", str(list_id))
    return members


def _described(kind: ActivityType) -> JsonObject:
    described: JsonObject = {"id": kind.id, "name": kind.name, "description": kind.description}
    if kind.api_name is not None:
        described["apiName"] = kind.api_name
    if kind.primary is not None:
        described["primaryAttribute"] = _attribute(kind.primary)
    return {**described, "attributes": [_attribute(part) for part in kind.attributes]}


def _attribute(attribute: Attribute) -> JsonObject:
    described = {"name": attribute.name, "dataType": attribute.data_type}
    if attribute.api_name is not None:
        described["apiName"] = attribute.api_name
    return described
