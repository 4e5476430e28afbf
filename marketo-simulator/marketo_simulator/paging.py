"""Paging tokens of everything but the feeds: text that stands for a place among numbered records.

Clients must treat them as opaque. Marketo docs: Paging Tokens.
"""

from __future__ import annotations

from base64 import b32decode, b32encode
from typing import Final

from marketo_simulator.errors import invalid

BEFORE_ALL: Final = 0


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
