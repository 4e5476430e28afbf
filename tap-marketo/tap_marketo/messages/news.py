"""Which lines of the SDK's log tell a user anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import logging

NOISE: Final = frozenset(
    {
        "Added '%s' as child stream to '%s'",  # one for each stream that nobody reads
        "Skipping deselected stream '%s'.",
        "An unhandled error occurred while syncing '%s'",  # the last line says what and where
    }
)


def is_news(record: logging.LogRecord) -> bool:
    """Whether a line tells anything of this run."""
    return record.msg not in NOISE
