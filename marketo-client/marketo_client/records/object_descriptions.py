"""What Marketo says of an object other than leads: its fields, keys and links.

One form for companies, custom objects and their types. Knows no endpoint. Marketo docs: Lead
Database (Describe), Custom Objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketo_client.codecs import truth, whole_number
from marketo_client.errors import RecordNotFoundError

if TYPE_CHECKING:
    from datetime import datetime

    from marketo_client.http.calls import JsonObject
    from marketo_client.http.replies import Reply

UNKNOWN_TYPE: Final = "string"  # what a field without a data type reads as


@dataclass(frozen=True, slots=True)
class ObjectField:
    """A field of an object; a link has the data type of what it links to.

    `updateable` is True where Marketo does not say.
    """

    name: str
    display_name: str
    data_type: str
    length: int | None
    updateable: bool
    crm_managed: bool = False


@dataclass(frozen=True, slots=True)
class Relationship:
    """`field` holds the value of `related_field` of the object `related_to` (as `Lead`)."""

    field: str
    kind: str
    related_to: str
    related_field: str


@dataclass(frozen=True, slots=True)
class ObjectDescription:
    """What Describe says of an object at `read_at`.

    `fields` are empty in List Custom Objects. `state` (draft, approved or approvedWithDraft) and
    `version` (what is described here) are there for types of custom objects alone, and a draft
    has no `id_field`.
    """

    name: str
    display_name: str
    description: str
    id_field: str | None
    dedupe_fields: tuple[str, ...]
    searchable_fields: tuple[tuple[str, ...], ...]
    relationships: tuple[Relationship, ...]
    fields: tuple[ObjectField, ...]
    read_at: datetime
    state: str | None = None
    version: str | None = None


def read_description(reply: Reply) -> ObjectDescription:
    """The object in a reply. Raises RecordNotFoundError, UnreadableReplyError."""
    for description in read_descriptions(reply):
        if not description.fields:
            raise reply.unreadable("the answer holds no fields, and every object has some")
        return description
    raise RecordNotFoundError(
        f"{reply.endpoint}: Marketo describes nothing here (request {reply.request_id})",
        request_id=reply.request_id,
        endpoint=reply.endpoint,
    )


def read_descriptions(reply: Reply) -> tuple[ObjectDescription, ...]:
    """The objects in a reply. Raises UnreadableReplyError."""
    with reply.reading():
        return tuple(_description(row, reply.read_at) for row in reply.rows)


def _description(row: JsonObject, read_at: datetime) -> ObjectDescription:
    name = row.get("apiName") or row["name"]
    return ObjectDescription(
        name=name,
        display_name=row.get("displayName") or name,
        description=row.get("description") or "",
        id_field=row.get("idField"),
        dedupe_fields=tuple(row.get("dedupeFields") or ()),
        searchable_fields=searchable_keys(row),
        relationships=tuple(_relationship(link) for link in row.get("relationships") or ()),
        fields=tuple(_field(field) for field in row.get("fields") or ()),
        read_at=read_at,
        state=row.get("state"),
        version=row.get("version"),
    )


def searchable_keys(row: JsonObject) -> tuple[tuple[str, ...], ...]:
    """Each key's fields, of a description; a draft has a key without any."""
    keys = (names for names in row.get("searchableFields") or () if names)
    return tuple((names,) if isinstance(names, str) else tuple(names) for names in keys)


def _relationship(row: JsonObject) -> Relationship:
    """Adobe documents both `relatedTo` and `object`."""
    related = row.get("relatedTo") or row.get("object") or {}
    return Relationship(
        field=row["field"],
        kind=row.get("type") or "",
        related_to=related.get("name") or "",
        related_field=related.get("field") or "",
    )


def _field(row: JsonObject) -> ObjectField:
    return ObjectField(
        name=row["name"],
        display_name=row.get("displayName") or row["name"],
        data_type=row.get("dataType") or UNKNOWN_TYPE,
        length=whole_number(row.get("length")),
        updateable=truth(row.get("updateable")) is not False,
        crm_managed=truth(row.get("crmManaged")) is True,
    )
