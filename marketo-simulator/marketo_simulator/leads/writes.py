"""Writing leads: sync, delete, merge. Marketo docs: Leads; API reference: Leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_simulator.calls import RECORDS_PER_CALL, records_of
from marketo_simulator.causes import Cause
from marketo_simulator.errors import MarketoError, SkippedError, invalid, missing, wrong_type
from marketo_simulator.leads import errors
from marketo_simulator.leads.sync import (
    ACTIONS,
    CREATE_OR_UPDATE,
    ID,
    UPDATE_ONLY,
    Order,
    lookup_field,
)
from marketo_simulator.replies import Reply, acknowledged, success

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance

DEFAULT_LOOKUP: Final = "email"
LOSERS_PER_MERGE: Final = 25  # Marketo docs: Leads


def sync_leads(instance: Instance, call: Call) -> Reply:
    """Sync Leads: a result per record, in their order."""
    body = call.json()
    order = _order(instance, call, body)
    records = records_of(body)
    matches = [order.matches(instance, record) for record in records]
    return success(
        [
            order.carry_out(instance, record, found)
            for record, found in zip(records, matches, strict=True)
        ]
    )


def delete_leads(instance: Instance, call: Call) -> Reply:
    """Delete Leads, by ids in the body or in the query; an unknown one is skipped with 1004."""
    return success([_deleted(instance, lead_id) for lead_id in lead_ids(call)])


def merge_leads(instance: Instance, call: Call) -> Reply:
    """Merge Leads: no result, the losers are gone."""
    losers = call.integers("leadIds") or call.integers("leadId")
    if not losers:
        raise missing("leadIds")
    if len(losers) > LOSERS_PER_MERGE:
        raise MarketoError("1080", f"At most {LOSERS_PER_MERGE} leads can be merged")
    winner = call.path["lead_id"]
    if winner in losers:
        raise invalid("leadIds", str(winner))
    for lead_id in (winner, *losers):
        if instance.leads.get(lead_id) is None:
            raise errors.lead_not_found(lead_id)
    instance.leads.merge(winner, losers)
    return acknowledged()


def lead_ids(call: Call) -> list[int]:
    """The ids in the query or in the body. Raises 1001, 1002 or 1003."""
    ids = call.integers(ID) or [_id_of(record) for record in records_of(call.json())]
    if len(ids) > RECORDS_PER_CALL:
        raise invalid(ID, str(len(ids)))
    return ids


def _id_of(record: JsonObject) -> int:
    if record.get(ID) in (None, ""):
        raise missing(ID)
    if not str(record[ID]).isdecimal():
        raise wrong_type(ID, str(record[ID]))
    return int(record[ID])


def _order(instance: Instance, call: Call, body: JsonObject) -> Order:
    action = body.get("action", CREATE_OR_UPDATE)
    if action not in ACTIONS:
        raise invalid("action", str(action))
    lookup = lookup_field(instance, body.get("lookupField", DEFAULT_LOOKUP))
    partition = body.get("partitionName")
    if partition is not None and action == UPDATE_ONLY:
        raise invalid("partitionName", str(partition))
    cause = Cause(user=call.user, request_id=call.request_id)
    return Order(action, lookup, partition, cause)


def _deleted(instance: Instance, lead_id: int) -> JsonObject:
    if instance.leads.get(lead_id) is None:
        return {"id": lead_id, **SkippedError("1004", "Lead not found").result}
    instance.leads.delete(lead_id)
    return {"id": lead_id, "status": "deleted"}
