"""Companies: what fields they have.

Marketo docs: Companies; Lead Database (objects with the standard interface).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketo_client.calls import Call
from marketo_client.errors import RecordNotFoundError

if TYPE_CHECKING:
    from datetime import datetime

    from marketo_client.calls import JsonObject
    from marketo_client.replies import Reply
    from marketo_client.transport import Transport

PERMISSION: Final = "Read-Only Company"


@dataclass(frozen=True, slots=True)
class ObjectField:
    """A field of an object with the standard interface."""

    name: str
    display_name: str
    data_type: str
    length: int | None
    updateable: bool


@dataclass(frozen=True, slots=True)
class ObjectDescription:
    """What Describe says of such an object."""

    name: str
    id_field: str
    dedupe_fields: tuple[str, ...]
    searchable_fields: tuple[tuple[str, ...], ...]
    fields: tuple[ObjectField, ...]
    read_at: datetime


class Companies:
    """The company calls of one instance."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def describe(self) -> ObjectDescription:
        """The fields and keys of companies. Raises MissingPermissionError, FeatureMissingError."""
        call = Call("GET", "/rest/v1/companies/describe.json", permission=PERMISSION)
        return _description(self._transport.send(call), call)


def _description(reply: Reply, call: Call) -> ObjectDescription:
    if not reply.rows:
        raise RecordNotFoundError(
            f"{call.path}: Marketo describes nothing here (request {reply.request_id})",
            request_id=reply.request_id,
            endpoint=call.path,
        )
    with reply.reading():
        return _object(reply.rows[0], reply.read_at)


def _object(row: JsonObject, read_at: datetime) -> ObjectDescription:
    return ObjectDescription(
        name=row["name"],
        id_field=row["idField"],
        dedupe_fields=tuple(row.get("dedupeFields") or ()),
        searchable_fields=tuple(tuple(names) for names in row.get("searchableFields") or ()),
        fields=tuple(_object_field(field) for field in row.get("fields") or ()),
        read_at=read_at,
    )


def _object_field(field: JsonObject) -> ObjectField:
    return ObjectField(
        name=field["name"],
        display_name=field.get("displayName") or field["name"],
        data_type=field.get("dataType") or "string",
        length=field.get("length"),
        updateable=bool(field.get("updateable")),
    )
