"""How activity rows look in the feeds. Marketo docs: Activities; recorded rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_simulator.leads.history import CHANGE_DATA_VALUE

if TYPE_CHECKING:
    from marketo_simulator.activities.store import Activity
    from marketo_simulator.calls import JsonObject

WITHOUT_ID_EVERY: Final = 50
"""Each such row has no integer `id`, as in migrated instances; the marketoGUID is always there."""


def activity(row: Activity) -> JsonObject:
    """A row of Get Lead Activities and Get Deleted Leads: empty members are left out."""
    shown = _head(row)
    if row.primary_id is not None:
        shown["primaryAttributeValueId"] = row.primary_id
    if row.primary_value is not None:
        shown["primaryAttributeValue"] = row.primary_value
    shown["attributes"] = [{"name": n, "value": v} for n, v in row.attributes.items()]
    return shown


def lead_change(row: Activity) -> JsonObject:
    """A row of Get Lead Changes: type 13 has `fields`, type 12 is an activity row."""
    if row.type_id != CHANGE_DATA_VALUE:
        return activity(row)
    others = {n: v for n, v in row.attributes.items() if n not in ("New Value", "Old Value")}
    shown = _head(row)
    shown["fields"] = [_changed_field(row)]
    shown["attributes"] = [
        {"name": n, "value": v} for n, v in {**others, "Lead ID": row.lead_id}.items()
    ]
    return shown


def _head(row: Activity) -> JsonObject:
    shown: JsonObject = {} if row.number % WITHOUT_ID_EVERY == 0 else {"id": row.number}
    shown["marketoGUID"] = str(row.number)
    shown["leadId"] = row.lead_id
    shown["activityDate"] = row.at
    shown["activityTypeId"] = row.type_id
    if row.campaign_id is not None:
        shown["campaignId"] = row.campaign_id
    return shown


def _changed_field(row: Activity) -> JsonObject:
    field = {"id": row.primary_id, "name": row.field_name}
    for member, attribute in (("newValue", "New Value"), ("oldValue", "Old Value")):
        if attribute in row.attributes:
            field[member] = row.attributes[attribute]
    return field
