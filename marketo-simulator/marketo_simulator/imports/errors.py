"""What goes wrong with batches. Marketo docs: Bulk Import, Error Codes."""

from __future__ import annotations

from marketo_simulator.errors import MarketoError


def too_many(limit: int) -> MarketoError:
    """1016: the queue is full."""
    return MarketoError(
        "1016", f"There are {limit} imports currently being processed. Please try again later"
    )


def list_is_busy() -> MarketoError:
    """1019: another import into that list is not over."""
    return MarketoError("1019", "Import in progress")


def unknown_batch(number: int) -> MarketoError:
    """1013: no such batch, another API user's, or one of more than seven days."""
    return MarketoError("1013", f"Batch '{number}' not found")
