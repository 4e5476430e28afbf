"""The form of a write of leads. Reading is in `leads.py`.

Marketo docs: Leads (Sync Leads, Delete Leads).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_client.http.calls import Call
from marketo_client.records.record_writes import SyncAction, write_records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from marketo_client.http.calls import JsonObject
    from marketo_client.http.transport import Transport
    from marketo_client.records.record_writes import SyncReply

PERMISSION: Final = "Read-Write Lead"


def sync_leads(
    transport: Transport,
    rows: Sequence[Mapping[str, Any]],
    *,
    action: SyncAction,
    lookup_field: str,
    partition: str | None,
) -> SyncReply:
    """One Sync Leads call. Raises LostAnswerError where it cannot be known what was created."""
    body: JsonObject = {"action": action.value, "lookupField": lookup_field, "input": list(rows)}
    if action is SyncAction.CREATE_DUPLICATE:
        del body["lookupField"]
    if partition is not None and action is not SyncAction.UPDATE_ONLY:
        body["partitionName"] = partition
    call = Call(
        "POST", "/rest/v1/leads.json", body=body, permission=PERMISSION, repeat=action.repeat
    )
    return write_records(transport, call, id_field="id", id_type=int)


def delete_leads(transport: Transport, ids: Sequence[int]) -> SyncReply:
    """One Delete Leads call; a lead that is gone already is skipped with 1004."""
    body: JsonObject = {"input": [{"id": number} for number in ids]}
    call = Call("POST", "/rest/v1/leads/delete.json", body=body, permission=PERMISSION)
    return write_records(transport, call, id_field="id", id_type=int)
