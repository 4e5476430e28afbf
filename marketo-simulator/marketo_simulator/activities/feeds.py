"""How a feed is read page by page: a scan over the rows by time.

Marketo scans by time and filters after that, so a page may be short, or empty with more to come.
Knows no type and no row form: both are handed in. Marketo docs: Paging Tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_simulator.activities.retention import still_kept
from marketo_simulator.activities.tokens import PagingToken, decode, refused
from marketo_simulator.replies import Reply, success
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_simulator.activities.store import Activity, Position
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance


def answer(
    instance: Instance,
    call: Call,
    wanted: Callable[[Activity], bool],
    show: Callable[[Activity], JsonObject],
) -> Reply:
    """One page: it always has a token; the feed ends with `moreResult` false."""
    token = _token_of(instance, call)
    if _is_empty_page(instance, token):
        return _page([], token, token.position, instance, more=True)
    size = min(call.batch_size(), instance.settings.page_size)
    found, end, more = _scan(instance, token.position, wanted, size)
    return _page([show(row) for row in found], token, end, instance, more=more)


def new_token(instance: Instance, position: Position, page: int = 0) -> PagingToken:
    """A token for that place, made now."""
    made_at = int(instance.clock.now().timestamp())
    return PagingToken(position, page, instance.next_token_serial(), made_at)


def _token_of(instance: Instance, call: Call) -> PagingToken:
    text = call.required("nextPageToken")
    token = decode(text)
    life = instance.settings.paging_token_life_seconds
    is_old = life > 0 and token.made_at + life <= instance.clock.now().timestamp()
    if is_old or token.serial <= instance.faults.oldest_token:
        raise refused(text)
    return token


def _is_empty_page(instance: Instance, token: PagingToken) -> bool:
    every = instance.settings.empty_page_every
    return every > 0 and token.page % every == every - 1


def _scan(
    instance: Instance, start: Position, wanted: Callable[[Activity], bool], size: int
) -> tuple[list[Activity], Position, bool]:
    now = instance.clock.now()
    kept = still_kept(now)
    scanned, more = instance.activities.after(
        start, until=stamp(now), limit=instance.settings.scan_rows
    )
    found: list[Activity] = []
    for row in scanned:
        if len(found) == size:
            return found, found[-1].position, True
        if wanted(row) and kept(row):
            found.append(row)
    return found, scanned[-1].position if scanned else start, more


def _page(
    result: list[JsonObject],
    token: PagingToken,
    position: Position,
    instance: Instance,
    *,
    more: bool,
) -> Reply:
    following = new_token(instance, position, token.page + 1)
    return success(result, nextPageToken=following.encode(), moreResult=more)
