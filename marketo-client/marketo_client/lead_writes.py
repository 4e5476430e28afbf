"""Writing leads: one call of up to 300 records, and what became of each record.

Marketo docs: Leads (Sync Leads, Delete Leads). Reading is in `leads.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import orjson

from marketo_client.calls import Call, Repeat
from marketo_client.errors import LostAnswerError, WaitError, without_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from marketo_client.calls import JsonObject
    from marketo_client.replies import Reply
    from marketo_client.transport import Transport

RECORDS_PER_CALL: Final = 300  # Marketo docs: Lead Database
LARGEST_BODY_BYTES: Final = 1_048_576  # Marketo docs: Lead Database; 413 above
PERMISSION: Final = "Read-Write Lead"
SKIPPED: Final = "skipped"


class SyncAction(StrEnum):
    """What Sync Leads does with a record that is there, and with one that is not."""

    CREATE_OR_UPDATE = "createOrUpdate"
    CREATE_ONLY = "createOnly"
    UPDATE_ONLY = "updateOnly"
    CREATE_DUPLICATE = "createDuplicate"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one record: `status` is created, updated, deleted or skipped.

    `code` and `reason` are Marketo's and only there for skipped records; the reason is freed of
    values. `lead_id` is None for most skipped records.
    """

    status: str
    lead_id: int | None
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SyncReply:
    """Results in the order of the records sent."""

    results: tuple[RowResult, ...]
    request_id: str
    read_at: datetime


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
    if (size := len(orjson.dumps(body))) > LARGEST_BODY_BYTES:
        raise ValueError(f"{size} bytes in a call, Marketo takes {LARGEST_BODY_BYTES}")
    repeat = Repeat.ALWAYS if action is SyncAction.UPDATE_ONLY else Repeat.ONLY_IF_REFUSED
    return _write(transport, Call("POST", "/rest/v1/leads.json", body=body, repeat=repeat), rows)


def delete_leads(transport: Transport, ids: Sequence[int]) -> SyncReply:
    """One Delete Leads call; a lead that is gone already is skipped with 1004."""
    body = {"input": [{"id": number} for number in ids]}
    return _write(transport, Call("POST", "/rest/v1/leads/delete.json", body=body), ids)


def _write(transport: Transport, call: Call, records: Sequence[object]) -> SyncReply:
    if len(records) > RECORDS_PER_CALL:
        raise ValueError(f"{len(records)} records in a call, Marketo takes {RECORDS_PER_CALL}")
    try:
        reply = transport.send(replace(call, permission=PERMISSION))
    except WaitError as error:
        if call.repeat is Repeat.ONLY_IF_REFUSED and error.work_may_be_done:
            raise LostAnswerError.after(error) from None
        raise
    return SyncReply(_results(reply, len(records)), reply.request_id, reply.read_at)


def _results(reply: Reply, expected: int) -> tuple[RowResult, ...]:
    if len(reply.rows) != expected:
        raise LostAnswerError(
            f"Sync Leads answered {len(reply.rows)} results for {expected} records"
            f" (request {reply.request_id})",
            request_id=reply.request_id,
        )
    return tuple(_result(row) for row in reply.rows)


def _result(row: JsonObject) -> RowResult:
    status = str(row.get("status") or SKIPPED)
    if status != SKIPPED:
        return RowResult(status, row["id"])
    first = (row.get("reasons") or [{}])[0]
    text = without_values(str(first.get("message", "no reason given")))
    return RowResult(status, row.get("id"), str(first.get("code", "0")), text)
