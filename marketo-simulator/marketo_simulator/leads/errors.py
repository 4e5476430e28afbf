"""What goes wrong with leads. Marketo docs: Leads, Error Codes."""

from __future__ import annotations

from marketo_simulator.errors import MarketoError


def lead_not_found(lead_id: int) -> MarketoError:
    """1004: no such lead, or no longer."""
    return MarketoError("1004", f"Lead '{lead_id}' not found")


def unknown_field(name: str) -> MarketoError:
    """1006: no such field, or hidden."""
    return MarketoError("1006", f"Field '{name}' not found")


def not_searchable(name: str) -> MarketoError:
    """1011: a field that cannot be a filterType."""
    return MarketoError("1011", f"Filter type '{name}' is not supported")


def too_many_values(limit: int) -> MarketoError:
    """1003: more filterValues than one call takes."""
    return MarketoError("1003", f"Too many filterValues: at most {limit} in a call")


def too_many_matches() -> MarketoError:
    """1003: the filter fits more leads than Marketo answers for."""
    return MarketoError("1003", "Too many results match the filter")
