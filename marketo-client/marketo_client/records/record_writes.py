"""Writing records, whatever they are: one call of up to 300, and what became of each record.

Knows no object; `lead_writes.py` and `standard_objects.py` use it. Marketo docs: Lead Database.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import orjson

from marketo_client.errors import LostAnswerError, WaitError
from marketo_client.http.calls import Repeat
from marketo_client.withheld import without_values

if TYPE_CHECKING:
    from datetime import datetime

    from marketo_client.http.calls import Call, JsonObject
    from marketo_client.http.replies import Reply
    from marketo_client.http.transport import Transport

    IdType = type[int | str]

RECORDS_PER_CALL: Final = 300  # Marketo docs: Lead Database
LARGEST_BODY_BYTES: Final = 1_048_576  # Marketo docs: Lead Database; 413 above
SKIPPED: Final = "skipped"
_REASONS: Final = ("reasons", "errors", "reason")  # custom activities; Adobe's contract


class SyncAction(StrEnum):
    """What a sync does with a record that is there, and with one that is not."""

    CREATE_OR_UPDATE = "createOrUpdate"
    CREATE_ONLY = "createOnly"
    UPDATE_ONLY = "updateOnly"
    CREATE_DUPLICATE = "createDuplicate"  # leads only

    @property
    def repeat(self) -> Repeat:
        """An update comes to the same when it is done twice; what may create does not."""
        return Repeat.ALWAYS if self is SyncAction.UPDATE_ONLY else Repeat.ONLY_IF_REFUSED


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one record: `status` is created, updated, deleted or skipped.

    `seq` is its place among the records sent, from 0. `id` is a number for leads and companies,
    a marketoGUID for custom objects, and None for most skipped records. `code` and `reason` are
    Marketo's and only there for skipped records; the reason is freed of values.
    """

    seq: int
    status: str
    id: int | str | None
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SyncReply:
    """Results in the order of the records sent."""

    results: tuple[RowResult, ...]
    request_id: str
    read_at: datetime


def write_records(transport: Transport, call: Call, *, id_field: str, id_type: IdType) -> SyncReply:
    """What became of the records under `input` in the call's body.

    Raises ValueError for no record or more than a call takes, and LostAnswerError where it cannot
    be known what was done.
    """
    count = len((call.body or {})["input"])
    if not 1 <= count <= RECORDS_PER_CALL:
        raise ValueError(f"{count} records in a call, Marketo takes 1 to {RECORDS_PER_CALL}")
    if (size := len(orjson.dumps(call.body))) > LARGEST_BODY_BYTES:
        raise ValueError(f"{size} bytes in a call, Marketo takes {LARGEST_BODY_BYTES}")
    reply = send_write(transport, call)
    if len(reply.rows) != count:
        raise _unmatched(reply, f"{len(reply.rows)} results for {count} records")
    try:
        results = [
            _result(row, seq=seq, id_field=id_field, id_type=id_type)
            for seq, row in enumerate(_in_order(reply.rows))
        ]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise _unmatched(reply, "results that cannot be matched to the records") from None
    return SyncReply(tuple(results), reply.request_id, reply.read_at)


def send_write(transport: Transport, call: Call) -> Reply:
    """The reply. Raises LostAnswerError for a call that is not repeated and may have been done."""
    try:
        return transport.send(call)
    except WaitError as error:
        if call.repeat is Repeat.ONLY_IF_REFUSED and error.work_may_be_done:
            raise LostAnswerError.after(error) from None
        raise


def _in_order(rows: list[JsonObject]) -> list[JsonObject]:
    """By `seq` where the results have one (leads do not), else as they came."""
    if not any("seq" in row for row in rows):
        return rows
    by_place = {int(row["seq"]): row for row in rows}
    return [by_place[place] for place in range(len(rows))]


def _result(row: JsonObject, *, seq: int, id_field: str, id_type: IdType) -> RowResult:
    status = str(row.get("status") or SKIPPED).lower()
    if status != SKIPPED:
        return RowResult(seq, status, id_type(row[id_field]))
    record_id = row.get(id_field)
    first = _first_reason(row)
    return RowResult(
        seq,
        status,
        None if record_id is None else id_type(record_id),
        code=str(first.get("code", "0")),
        reason=without_values(str(first.get("message", "no reason given"))),
    )


def _first_reason(row: JsonObject) -> JsonObject:
    """Code and message of a skipped record; Marketo's contract also shows one object, or a text."""
    reasons = next((row[name] for name in _REASONS if row.get(name)), None)
    first = reasons[0] if isinstance(reasons, list) else reasons or {}
    return first if isinstance(first, dict) else {"message": first}


def _unmatched(reply: Reply, what: str) -> LostAnswerError:
    return LostAnswerError(
        f"{reply.endpoint} answered {what} (request {reply.request_id})",
        request_id=reply.request_id,
        endpoint=reply.endpoint,
    )
