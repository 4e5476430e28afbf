"""The root of this package's errors: each message is a sentence for the person on call."""

from __future__ import annotations


class SyncError(Exception):
    """What was asked for cannot be done; the message says why and what to do."""
