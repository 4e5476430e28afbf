"""Pages of everything but the feeds: by token, and by offset where assets are read.

A token is text that stands for a place among numbered records.

Clients must treat them as opaque. Marketo docs: Paging Tokens.
"""

from __future__ import annotations

from base64 import b32decode, b32encode
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from marketo_simulator.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from marketo_simulator.calls import Call, JsonObject

BEFORE_ALL: Final = 0
ASSETS_BY_DEFAULT: Final = 20  # Marketo docs: Assets
MOST_ASSETS: Final = 200


class Numbered(Protocol):
    """What can be paged."""

    @property
    def id(self) -> int:
        """Its number, which tells its place."""


T = TypeVar("T", bound=Numbered)
Asset = TypeVar("Asset")


def next_page(call: Call, found: Iterable[T]) -> tuple[list[T], JsonObject]:
    """The page that the call asks for of what was found, which comes by id, and its token if any.

    Raises 1001 or 1003.
    """
    start, size = start_of(call.text("nextPageToken")), call.batch_size()
    page = [each for each in found if each.id > start][: size + 1]
    paging = {"nextPageToken": token_after(page[size - 1].id)} if len(page) > size else {}
    return page[:size], paging


def offset_page(call: Call, found: Sequence[Asset]) -> Sequence[Asset]:
    """The page of assets that `offset` and `maxReturn` ask for. Raises 1001."""
    start = call.integer("offset", 0)
    return found[start : start + min(call.integer("maxReturn", ASSETS_BY_DEFAULT), MOST_ASSETS)]


def token_after(number: int) -> str:
    """The token for the page that follows that record."""
    return b32encode(f"after:{number}".encode()).decode()


def start_of(token: str | None) -> int:
    """The record that the page follows. Raises 1003 for a token that Marketo did not make."""
    if token is None:
        return BEFORE_ALL
    try:
        return int(b32decode(token).decode().removeprefix("after:"))
    except ValueError as error:
        raise invalid("nextPageToken", token) from error
