"""Activities: their types, and the three feeds that are read page by page.

Marketo docs: Activities, Paging Tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketo_client.errors import RefusedTokenError, RequestError, TransportError
from marketo_client.http.calls import Call
from marketo_client.records.paging import Page, PagingToken, feed_page
from marketo_client.timestamps import format_instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketo_client.http.calls import JsonObject
    from marketo_client.http.transport import Transport

TYPES_PER_CALL: Final = 10  # Marketo docs: Activities
PAGING_TOKEN_SECONDS: Final = 310  # Marketo itself takes up to 300; Marketo docs: Paging Tokens
PERMISSION: Final = "Read-Only Activity"
_TOKEN_CODES: Final = {"1001", "1003"}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of an activity type; `data_type` as Marketo spells it."""

    name: str
    api_name: str | None
    data_type: str


@dataclass(frozen=True, slots=True)
class ActivityType:
    """A kind of activity; the primary attribute is missing in some."""

    id: int
    name: str
    description: str
    api_name: str | None
    primary_attribute: Attribute | None
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class ActivityTypes:
    """All types of the instance, custom ones too; `rows` as Marketo gave them."""

    types: tuple[ActivityType, ...]
    rows: list[JsonObject]
    read_at: datetime


class Activities:
    """The activity calls of one instance."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def types(self) -> ActivityTypes:
        """All activity types by one call. Raises UnreadableReplyError for an empty answer."""
        reply = self._transport.send(
            Call("GET", "/rest/v1/activities/types.json", permission=PERMISSION)
        )
        with reply.reading():
            types = tuple(_activity_type(row) for row in reply.certain_rows("activity types"))
        return ActivityTypes(types, reply.rows, reply.read_at)

    def paging_token(self, since: datetime) -> PagingToken:
        """Where the feeds stand at that moment (aware; whole seconds are sent)."""
        call = Call(
            "GET",
            "/rest/v1/activities/pagingtoken.json",
            query={"sinceDatetime": format_instant(since)},
            permission=PERMISSION,
            shortest_timeout_seconds=PAGING_TOKEN_SECONDS,
        )
        reply = self._transport.send(call)
        if reply.next_token is None:
            raise TransportError(
                f"{call.path}: no paging token in the answer (request {reply.request_id})",
                request_id=reply.request_id,
                endpoint=call.path,
            )
        return PagingToken(reply.next_token, reply.read_at)

    def page(self, token: str, *, type_ids: Sequence[int]) -> Page:
        """Up to 300 activities of up to 10 types after the token, by one call.

        A page may be empty while `more` says that rows follow. Raises RefusedTokenError when
        Marketo does not take the token any more, ValueError above 10 types or without any.
        """
        if not 1 <= len(type_ids) <= TYPES_PER_CALL:
            raise ValueError(f"{len(type_ids)} activity types, Marketo takes 1 to {TYPES_PER_CALL}")
        wanted = ",".join(str(type_id) for type_id in type_ids)
        return self._feed_page("/rest/v1/activities.json", token, {"activityTypeIds": wanted})

    def lead_changes(self, token: str, *, fields: Sequence[str]) -> Page:
        """Up to 300 New Lead and Change Data Value rows; changes of other fields stay away.

        New Lead rows come whatever the fields. Raises RefusedTokenError as `page` does.
        """
        return self._feed_page(
            "/rest/v1/activities/leadchanges.json", token, {"fields": ",".join(fields)}
        )

    def deleted_leads(self, token: str) -> Page:
        """Up to 300 deletions; Marketo forgets them after 14 days. Raises RefusedTokenError."""
        return self._feed_page("/rest/v1/activities/deletedleads.json", token, {})

    def _feed_page(self, path: str, token: str, query: dict[str, str | int]) -> Page:
        call = Call("GET", path, query=query, permission=PERMISSION)
        try:
            return feed_page(self._transport, call, token=token)
        except RequestError as error:
            if not _names_the_token(error):
                raise
            raise RefusedTokenError(
                str(error), code=error.code, request_id=error.request_id, endpoint=path
            ) from error


def _names_the_token(error: RequestError) -> bool:
    return error.code in _TOKEN_CODES and "token" in str(error).lower()


def _activity_type(row: JsonObject) -> ActivityType:
    primary = row.get("primaryAttribute")
    return ActivityType(
        id=int(row["id"]),
        name=row.get("name") or f"Activity {row['id']}",
        description=row.get("description") or "",
        api_name=row.get("apiName"),
        primary_attribute=_attribute(primary) if primary else None,
        attributes=tuple(
            attribute for each in row.get("attributes") or () if (attribute := _attribute(each))
        ),
    )


def _attribute(row: JsonObject) -> Attribute | None:
    """None without any name: no activity can have a value of it."""
    name = row.get("name") or row.get("apiName")
    if not name:
        return None
    return Attribute(name, row.get("apiName"), row.get("dataType") or "string")
