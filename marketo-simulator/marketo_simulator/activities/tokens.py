"""Paging tokens: text that stands for a place among the activity rows.

Clients must treat them as opaque, so they are base 32 with padding, as Marketo's look.
"""

from __future__ import annotations

from base64 import b32decode, b32encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from marketo_simulator.errors import MarketoError
from marketo_simulator.timestamps import parse, stamp

if TYPE_CHECKING:
    from marketo_simulator.activities.store import Position


@dataclass(frozen=True, slots=True)
class PagingToken:
    """A place, how many pages led to it, the number of the token and its second of making."""

    position: Position
    page: int
    serial: int
    made_at: int

    def encode(self) -> str:
        """The text that goes over the wire."""
        at, number = self.position
        parts = (int(parse(at).timestamp()), number, self.page, self.serial, self.made_at)
        return b32encode(":".join(map(str, parts)).encode()).decode()


def decode(text: str) -> PagingToken:
    """The token behind the text. Raises 1003 for one that Marketo did not make."""
    try:
        parts = [int(part) for part in b32decode(text.encode()).decode().split(":")]
        seconds, number, page, serial, made_at = parts
        at = stamp(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError) as error:
        raise refused(text) from error
    return PagingToken((at, number), page, serial, made_at)


def refused(text: str) -> MarketoError:
    """1003: a token that is not, or no longer, known."""
    return MarketoError("1003", f"Invalid value for field 'nextPageToken' and value '{text}'")
