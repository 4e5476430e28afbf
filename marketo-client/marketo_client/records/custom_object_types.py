"""Types of custom objects: made, extended and approved through the metadata API.

Not every subscription has it: FeatureMissingError (616). A change makes a draft, and records use
the approved version until the draft is approved. Marketo docs: Custom Objects (Types, Fields).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from marketo_client.http.calls import Call, JsonObject, Repeat
from marketo_client.records.object_descriptions import (
    UNKNOWN_TYPE,
    read_description,
    read_descriptions,
)
from marketo_client.records.record_writes import send_write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from marketo_client.http.transport import Transport
    from marketo_client.records.object_descriptions import ObjectDescription

READ_PERMISSION: Final = "Read-Only Custom Object Type"
WRITE_PERMISSION: Final = "Read-Write Custom Object Type"
LINK: Final = "link"
_BASE: Final = "/rest/v1/customobjects/schema"


class TypeState(StrEnum):
    """Which versions a type has."""

    DRAFT = "draft"
    APPROVED = "approved"
    APPROVED_WITH_DRAFT = "approvedWithDraft"


@dataclass(frozen=True, slots=True)
class NewType:
    """A type to create; both names have letters, digits and `_`, and are unique."""

    api_name: str
    display_name: str
    plural_name: str | None = None
    description: str | None = None
    show_in_lead_detail: bool = False

    def to_rest(self) -> JsonObject:
        """As Marketo takes it."""
        return _without_nulls(
            apiName=self.api_name,
            displayName=self.display_name,
            pluralName=self.plural_name,
            description=self.description,
            showInLeadDetail=self.show_in_lead_detail,
        )


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """What a link field points to: an object and its field, as `lead` and `id`."""

    name: str
    field: str


@dataclass(frozen=True, slots=True)
class NewField:
    """A field to add; one with `related_to` is a link, whatever its data type."""

    name: str
    display_name: str
    data_type: str = UNKNOWN_TYPE
    description: str | None = None
    dedupe: bool = False
    related_to: LinkTarget | None = None

    def to_rest(self) -> JsonObject:
        """As Marketo takes it."""
        target = self.related_to
        return _without_nulls(
            name=self.name,
            displayName=self.display_name,
            dataType=self.data_type if target is None else LINK,
            description=self.description,
            isDedupeField=self.dedupe or None,
            relatedTo=None if target is None else {"name": target.name, "field": target.field},
        )


@dataclass(frozen=True, slots=True)
class LinkableField:
    """A field that a link may point to, under its name in Marketo's user interface."""

    name: str
    display_name: str
    data_type: str


@dataclass(frozen=True, slots=True)
class LinkableObject:
    """An object that a link may point to: lead, company, or an approved type without links."""

    name: str
    display_name: str
    fields: tuple[LinkableField, ...]


class CustomObjectTypes:
    """The metadata calls of one instance.

    None that changes something is repeated after a lost answer, since Marketo would refuse it
    the second time: LostAnswerError then means to look at the type and go on from there.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *names: str, state: TypeState | None = None) -> tuple[ObjectDescription, ...]:
        """The types with their fields; the approved version where there is one and no `state`."""
        query = {"names": ",".join(names)} if names else {}
        return read_descriptions(self._transport.send(_read(".json", query=_stated(query, state))))

    def describe(self, api_name: str, *, state: TypeState | None = None) -> ObjectDescription:
        """One of them, `state` as above. Raises RecordNotFoundError."""
        call = _read("/{api_name}/describe.json", api_name, query=_stated({}, state))
        return read_description(self._transport.send(call))

    def create(self, new: NewType) -> None:
        """Make a type, as a draft without fields of its own. Raises MarketoError if it is there."""
        self._write(".json", body={"action": "createOnly", **new.to_rest()})

    def add_fields(self, api_name: str, fields: Sequence[NewField]) -> None:
        """Add fields to the draft; one is made where the type is approved.

        A type that was ever approved takes 20 more, and no link or dedupe field.
        """
        body = {"input": [each.to_rest() for each in fields]}
        self._write("/{api_name}/addField.json", api_name, body=body)

    def approve(self, api_name: str) -> None:
        """Make the draft the version that records use."""
        self._write("/{api_name}/approve.json", api_name)

    def discard_draft(self, api_name: str) -> None:
        """Drop the draft; a type that was never approved is then gone."""
        self._write("/{api_name}/discardDraft.json", api_name)

    def field_data_types(self) -> tuple[str, ...]:
        """The data types that a field may have, `link` among them."""
        call = replace(_read("/fieldDataTypes.json"), row_type=str)
        return tuple(self._transport.send(call).texts)

    def linkable_objects(self) -> tuple[LinkableObject, ...]:
        """What links may point to; the names of its fields are not REST's."""
        reply = self._transport.send(_read("/linkableObjects.json"))
        with reply.reading():
            return tuple(_linkable(row) for row in reply.rows)

    def _write(self, path: str, api_name: str = "", *, body: JsonObject | None = None) -> None:
        call = Call(
            "POST",
            _BASE + path,
            place={"api_name": api_name},
            body=body,
            permission=WRITE_PERMISSION,
            repeat=Repeat.ONLY_IF_REFUSED,
        )
        send_write(self._transport, call)


def _read(path: str, api_name: str = "", *, query: Mapping[str, str] | None = None) -> Call:
    return Call(
        "GET",
        _BASE + path,
        place={"api_name": api_name},
        query=query or {},
        permission=READ_PERMISSION,
    )


def _stated(query: dict[str, str], state: TypeState | None) -> dict[str, str]:
    return query if state is None else {**query, "state": state.value}


def _linkable(row: JsonObject) -> LinkableObject:
    return LinkableObject(
        name=row["name"],
        display_name=row.get("displayName") or row["name"],
        fields=tuple(
            LinkableField(
                each["name"],
                each.get("displayName") or each["name"],
                each.get("dataType") or UNKNOWN_TYPE,
            )
            for each in row.get("fields") or ()
        ),
    )


def _without_nulls(**members: object) -> JsonObject:
    return {name: value for name, value in members.items() if value is not None}
