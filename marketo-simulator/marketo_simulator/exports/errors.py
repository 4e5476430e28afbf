"""What goes wrong with export jobs. Marketo docs: Bulk Extract.

1029 has three meanings, told apart by the text alone.
"""

from __future__ import annotations

from marketo_simulator.errors import MarketoError


def queue_is_full() -> MarketoError:
    """1029: ten jobs are queued or running."""
    return MarketoError("1029", "Too many jobs in queue")


def quota_is_spent(megabytes: int) -> MarketoError:
    """1029: the day's files have reached the limit."""
    return MarketoError("1029", f"Export daily quota {megabytes}MB exceeded.")


def already_queued() -> MarketoError:
    """1029: enqueued before."""
    return MarketoError("1029", "Job already queued")


def filter_not_available(name: str) -> MarketoError:
    """1035: a filter that this subscription lacks."""
    return MarketoError("1035", f"Unsupported filter type for target subscription: {name}")


def unknown_job(export_id: str) -> MarketoError:
    """1013: no such job, or another API user's."""
    return MarketoError("1013", f"Export job '{export_id}' not found")


def wrong_state(status: str) -> MarketoError:
    """1003: the job is past that step."""
    return MarketoError("1003", f"Operation is not allowed for a job with status '{status}'")


def bad_range(name: str) -> MarketoError:
    """1003: a date range that is backwards, unreadable or wider than 31 days."""
    return MarketoError("1003", f"Invalid value for '{name}': a range of at most 31 days")


def one_filter_only() -> MarketoError:
    """1003: none or several filters."""
    return MarketoError("1003", "Exactly one filter must be given")
