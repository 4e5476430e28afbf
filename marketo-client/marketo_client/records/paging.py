"""Pages, and the three ways to walk through them; each ends, or raises PagingLoopError.

Marketo docs: Paging Tokens; Asset API.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from marketo_client.errors import PagingLoopError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from marketo_client.http.calls import Call, JsonObject
    from marketo_client.http.replies import Reply
    from marketo_client.http.transport import Transport

ROWS_PER_PAGE: Final = 300  # Marketo docs: Lead Database
ASSETS_PER_PAGE: Final = 200  # Marketo docs: Asset API


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one call, and where to go on; `read_at` is Marketo's time of the answer (UTC)."""

    rows: list[JsonObject]
    next_token: str | None
    more: bool
    read_at: datetime


@dataclass(frozen=True, slots=True)
class PagingToken:
    """A place in an activity feed, and Marketo's time when it was handed out."""

    value: str
    read_at: datetime


def feed_page(transport: Transport, call: Call, *, token: str) -> Page:
    """One page of an activity feed; empty pages with `more` are normal, a standing token is not.

    Only `moreResult: false` ends a feed for certain. Where Marketo leaves it out, a page with
    rows and a new token has more behind it.
    """
    query = {**call.query, "nextPageToken": token, "batchSize": ROWS_PER_PAGE}
    reply = transport.send(replace(call, query=query))
    stands = reply.next_token in {token, None}
    if reply.more and stands:
        raise _loop(call, reply)
    more = bool(reply.rows) and not stands if reply.more is None else reply.more
    return Page(reply.rows, reply.next_token, more, reply.read_at)


def position_pages(transport: Transport, call: Call) -> Iterator[Page]:
    """Pages until Marketo says so, no token comes or a page is empty.

    `moreResult` is not always sent, and some pages have a token although they are the last.
    """
    call = _asking(call, {"batchSize": ROWS_PER_PAGE})
    seen: set[str] = set()
    while True:
        reply = transport.send(call)
        page = position_page(reply)
        yield page
        if not page.more or page.next_token is None:
            return
        if page.next_token in seen:
            raise _loop(call, reply)
        seen.add(page.next_token)
        call = _asking(call, {"nextPageToken": page.next_token})


def _asking(call: Call, more: Mapping[str, str | int]) -> Call:
    """The call with more to ask for: in its body, where it has one, as keys of several fields."""
    if call.body is not None:
        return replace(call, body={**call.body, **more})
    return replace(call, query={**call.query, **more})


def position_page(reply: Reply) -> Page:
    """The page in a reply of a call that pages by position."""
    more = bool(reply.next_token and reply.rows) and reply.more is not False
    return Page(reply.rows, reply.next_token, more, reply.read_at)


def asset_pages(transport: Transport, call: Call) -> Iterator[Page]:
    """Pages by offset until one is short; an asset reply without `result` is an empty page."""
    offset = 0
    last: list[JsonObject] = []
    while True:
        query = {**call.query, "offset": offset, "maxReturn": ASSETS_PER_PAGE}
        reply = transport.send(replace(call, query=query))
        more = len(reply.rows) >= ASSETS_PER_PAGE
        if more and reply.rows == last:
            raise _loop(call, reply)
        yield Page(reply.rows, None, more, reply.read_at)
        if not more:
            return
        last = reply.rows
        offset += ASSETS_PER_PAGE


def _loop(call: Call, reply: Reply) -> PagingLoopError:
    return PagingLoopError(
        f"{call.endpoint}: Marketo gave the same place twice, paging would never end; run again,"
        f" and report it to Marketo support (request {reply.request_id})",
        request_id=reply.request_id,
        endpoint=call.endpoint,
    )
