"""The three envelopes that Marketo answers in, and the request id.

Knows nothing of what is inside. Marketo docs: Error Codes; recorded exchanges.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from marketo_simulator.calls import JsonObject
    from marketo_simulator.errors import MarketoError
from marketo_simulator.repeatable import numbers


@dataclass(frozen=True, slots=True)
class Reply:
    """A JSON answer without its request id; `records` goes into the call log."""

    body: JsonObject
    records: int | None = None
    status: int = 200


def success(result: list[Any], **paging: object) -> Reply:
    """Lead Database and bulk: no `errors` and no `warnings` key on success."""
    return Reply({"result": result, **paging, "success": True}, len(result))


def acknowledged(**members: object) -> Reply:
    """A success without `result`, as the paging token's."""
    return Reply({**members, "success": True})


def asset_success(result: list[Any]) -> Reply:
    """Asset API: always `errors` and `warnings`; no `result` key when nothing matched."""
    if result:
        return Reply({"success": True, "errors": [], "warnings": [], "result": result}, len(result))
    warning = "No assets found for the given search criteria."
    return Reply({"success": True, "errors": [], "warnings": [warning]}, 0)


def failure(error: MarketoError) -> Reply:
    """The whole call failed."""
    body: JsonObject = {
        "success": False,
        "errors": [{"code": error.code, "message": error.message}],
    }
    if error.code == "610":
        body["warnings"] = []
    return Reply(body, None, error.status)


class RequestIds:
    """`e42b#19a1b2c3d4e`: a number that jumps about, and the call's epoch milliseconds, in hex."""

    def __init__(self, seed: int) -> None:
        self._start = numbers(seed, "request ids").randrange(1 << 16)
        self._count = count(1)

    def next(self, now: datetime) -> str:
        """The id of one answer."""
        number = (self._start + next(self._count) * 7919) & 0x1FFFF
        return f"{number:x}#{int(now.timestamp() * 1000):x}"
