"""Marketo's error codes as they go over the wire.

Knows no endpoint: the texts of one family stand in that family's own `errors.py`.
Marketo docs: Error Codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MESSAGES: Final[Mapping[str, str]] = {
    "502": "Bad Gateway",
    "601": "Access token invalid",
    "602": "Access token expired",
    "603": "Access denied",
    "604": "Request timed out",
    "605": "Request method '{method}' not supported",
    "606": "Max rate limit '{limit}' exceeded with in '20' secs",
    "607": "Daily quota reached",
    "608": "API temporarily unavailable",
    "609": "Invalid JSON",
    "610": "Requested resource not found",
    "611": "System error",
    "612": "Invalid Content Type",
    "613": "Invalid Multipart Request",
    "614": "Invalid Subscription",
    "615": "Concurrent access limit '{limit}' reached",
    "616": "Invalid subscription type",
    "702": "No data found",
    "703": "Feature is not enabled for the subscription",
    "713": "Transient error",
    "1018": "CRM enabled",
    "1026": "Custom object not enabled",
}

UNCOUNTED: Final = frozenset({"601", "602", "604", "605", "608", "611"})
"""Answers that count neither against the day nor against the rate."""


class MarketoError(Exception):
    """A call that fails as a whole: HTTP 200 (mostly), `success: false`, one code."""

    def __init__(self, code: str, message: str | None = None, *, status: int = 200) -> None:
        self.code = code
        self.message = MESSAGES.get(code, "Error") if message is None else message
        self.status = status
        super().__init__(f"{code}: {self.message}")


class SkippedError(Exception):
    """One record of a call is skipped, with Marketo's code and text; the others go on."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.result: dict[str, Any] = {
            "status": "skipped",
            "reasons": [{"code": code, "message": message}],
        }


def missing(parameter: str) -> MarketoError:
    """1002: a parameter that the call needs is absent or empty."""
    return MarketoError("1002", f"Missing value for required parameter '{parameter}'")


def wrong_type(parameter: str, value: str) -> MarketoError:
    """1001: the parameter cannot be read as its type."""
    return MarketoError("1001", f"Invalid value '{value}'. Required of type for '{parameter}'")


def invalid(parameter: str, value: str) -> MarketoError:
    """1003: readable, but not allowed."""
    return MarketoError("1003", f"Invalid value for field '{parameter}' and value '{value}'")
