"""Leads: what fields they have, reading them by key, and writing them.

Marketo docs: Leads. Bulk extract is in `lead_exports.py`, the form of a write in `lead_writes.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketo_client.codecs import whole_number
from marketo_client.errors import UnknownAddressError
from marketo_client.http.calls import Call
from marketo_client.http.replies import reading
from marketo_client.records.filters import filter_query, portions
from marketo_client.records.lead_writes import delete_leads, sync_leads
from marketo_client.records.object_descriptions import UNKNOWN_TYPE, searchable_keys
from marketo_client.records.paging import Page, position_page, position_pages

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from marketo_client.http.calls import JsonObject
    from marketo_client.http.replies import Reply
    from marketo_client.http.transport import Transport
    from marketo_client.records.record_writes import SyncAction, SyncReply

PERMISSION: Final = "Read-Only Lead"
_FIELDS: Final = "lead fields"
_ID: Final = "id"  # names nobody
_KEY_TYPES: Final = frozenset({"string", "email", "integer"})  # Marketo docs: Get Leads
_DESCRIBE: Final = Call("GET", "/rest/v1/leads/describe.json", permission=PERMISSION)
_DESCRIBE_2: Final = Call("GET", "/rest/v1/leads/describe2.json", permission=PERMISSION)


@dataclass(frozen=True, slots=True)
class LeadField:
    """A field by its REST name; `id` is the number that type 13 and 22 activities name it by."""

    id: int | None
    name: str
    display_name: str
    data_type: str
    length: int | None
    read_only: bool
    updateable: bool | None
    crm_managed: bool = False


@dataclass(frozen=True, slots=True)
class LeadDescription:
    """All fields that REST knows; `searchable_fields` are the allowed filter types.

    Where Marketo does not list those, they are all fields of the types that custom filters have.
    """

    fields: tuple[LeadField, ...]
    searchable_fields: tuple[tuple[str, ...], ...]
    read_at: datetime

    def rows(self, *, of_company: Collection[str] | None) -> Iterator[JsonObject]:
        """The fields as rows under Marketo's own words.

        `isCompanyField` is null where it is not known which fields are `of_company`.
        """
        for each in self.fields:
            yield {
                "id": each.id,
                "name": each.name,
                "displayName": each.display_name,
                "dataType": each.data_type,
                "length": each.length,
                "updateable": each.updateable,
                "isCompanyField": None if of_company is None else each.name in of_company,
            }


@dataclass(frozen=True, slots=True)
class LeadPartition:
    """A partition; leads carry its id as `leadPartitionId`, writes name it."""

    id: int
    name: str


class Leads:
    """The lead calls of one instance."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def describe(self) -> LeadDescription:
        """Both Describes of this moment merged: ids come from the old one only. Two calls.

        An instance may lack one of them. Raises UnreadableReplyError when one describes nothing.
        """
        old = self._unless_lacking(_DESCRIBE)
        new = self._unless_lacking(_DESCRIBE_2) if old else self._transport.send(_DESCRIBE_2)
        newer = _newest(new) if new else {}
        with reading(_DESCRIBE_2.path):
            fields = _merged(old.certain_rows(_FIELDS) if old else [], newer.get("fields") or [])
            return LeadDescription(
                fields=fields,
                searchable_fields=searchable_keys(newer) or _keys_by_type(fields),
                read_at=min(reply.read_at for reply in (old, new) if reply),
            )

    def partitions(self) -> tuple[LeadPartition, ...]:
        """The partitions that this API user sees; leads in others are not there for it."""
        call = Call("GET", "/rest/v1/leads/partitions.json", permission=PERMISSION)
        reply = self._transport.send(call)
        with reply.reading():
            return tuple(LeadPartition(int(row["id"]), row["name"]) for row in reply.rows)

    def by_ids(self, ids: Sequence[int], *, fields: Sequence[str]) -> Page:
        """Those of up to 300 leads that are visible, in no order, by one call.

        A lead that is missing proves nothing: it may be deleted, merged, or in another partition,
        or, where the page has `more`, on a page that only `pages_by_ids` reads. Raises ValueError
        above 300 ids or without any.
        """
        return position_page(self._transport.send(_by_filter(_ID, ids, fields)))

    def pages_by_ids(self, ids: Sequence[int], *, fields: Sequence[str]) -> Iterator[Page]:
        """Those of any number of leads that are visible, to the last page of every 300 ids."""
        return self.by_filter(_ID, ids, fields=fields)

    def by_filter(
        self, filter_type: str, values: Sequence[str | int], *, fields: Sequence[str]
    ) -> Iterator[Page]:
        """Leads whose field has one of the values (any number of them), page by page.

        Marketo refuses (1003) values that more than 1,000 leads share. Raises ValueError for a
        value with a comma: Marketo would take it for two.
        """
        for some in portions(values):
            yield from position_pages(self._transport, _by_filter(filter_type, some, fields))

    def sync(
        self,
        rows: Sequence[Mapping[str, Any]],
        *,
        action: SyncAction,
        lookup_field: str,
        partition: str | None = None,
    ) -> SyncReply:
        """What became of up to 300 records and 1 MB (else ValueError), by one call.

        Only `updateOnly` is repeated after a lost answer; the other actions raise LostAnswerError,
        since the work may be done or still be running. `partition` is for what is created.
        """
        return sync_leads(
            self._transport, rows, action=action, lookup_field=lookup_field, partition=partition
        )

    def delete(self, ids: Sequence[int]) -> SyncReply:
        """What became of up to 300 leads (else ValueError), by one call that may be repeated."""
        return delete_leads(self._transport, ids)

    def in_static_list(self, list_id: int, *, fields: Sequence[str]) -> Iterator[Page]:
        """The members of a static list, page by page."""
        path = "/rest/v1/lists/{list_id}/leads.json"
        return self._members(path, {"list_id": list_id}, fields)

    def in_program(self, program_id: int, *, fields: Sequence[str]) -> Iterator[Page]:
        """The members of a program, page by page; bulk extract has no filter for them."""
        path = "/rest/v1/leads/programs/{program_id}.json"
        return self._members(path, {"program_id": program_id}, fields)

    def _unless_lacking(self, call: Call) -> Reply | None:
        """The reply; None where the instance has no such call."""
        try:
            return self._transport.send(call)
        except UnknownAddressError:
            return None

    def _members(
        self, path: str, place: Mapping[str, int], fields: Sequence[str]
    ) -> Iterator[Page]:
        call = Call(
            "GET", path, place=place, query={"fields": ",".join(fields)}, permission=PERMISSION
        )
        return position_pages(self._transport, call)


def _by_filter(filter_type: str, values: Sequence[str | int], fields: Sequence[str]) -> Call:
    return Call(
        "GET",
        "/rest/v1/leads.json",
        query=filter_query(filter_type, values, fields),
        permission=PERMISSION,
        names_people=filter_type != _ID,
    )


def _newest(reply: Reply) -> JsonObject:
    """The one object of the newer Describe."""
    described = reply.certain_rows(_FIELDS)[0]
    if not described.get("fields"):
        raise reply.unreadable(f"the answer holds no {_FIELDS}")
    return described


def _merged(old: list[JsonObject], new: list[JsonObject]) -> tuple[LeadField, ...]:
    """Fields in the old Describe's order, then those that only the new one has.

    A field without a REST name cannot be asked for, and is left out.
    """
    by_name = {name: field for field in old if (name := (field.get("rest") or {}).get("name"))}
    newer = {name: field for field in new if (name := field.get("name"))}
    names = [*by_name, *(name for name in newer if name not in by_name)]
    return tuple(_lead_field(name, by_name.get(name, {}), newer.get(name, {})) for name in names)


def _keys_by_type(fields: Iterable[LeadField]) -> tuple[tuple[str, ...], ...]:
    """The keys that leads can have: which strings and integers are custom, nothing says here."""
    return tuple((each.name,) for each in fields if each.data_type.lower() in _KEY_TYPES)


def _lead_field(name: str, old: JsonObject, new: JsonObject) -> LeadField:
    both = {**new, **old}
    return LeadField(
        id=whole_number(old.get("id")),
        name=name,
        display_name=both.get("displayName") or name,
        data_type=both.get("dataType") or UNKNOWN_TYPE,
        length=whole_number(both.get("length")),
        read_only=bool(old.get("rest", {}).get("readOnly", not new.get("updateable", True))),
        updateable=new.get("updateable"),
        crm_managed=bool(new.get("crmManaged")),
    )
