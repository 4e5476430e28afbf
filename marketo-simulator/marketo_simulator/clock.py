"""The simulator's own clock: every date it tells or stores comes from here.

Knows nothing of Marketo. The rate window of `limits.py` is the one thing that goes by real time.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Simulated time in UTC: starts anywhere, runs with real time or stands still, can be moved."""

    def __init__(self, start: datetime) -> None:
        self._at = start.astimezone(UTC)
        self._since: float | None = time.monotonic()

    @property
    def running(self) -> bool:
        """Whether simulated time goes on with real time."""
        return self._since is not None

    def now(self) -> datetime:
        """Simulated time, aware, in UTC."""
        if self._since is None:
            return self._at
        return self._at + timedelta(seconds=time.monotonic() - self._since)

    def move_to(self, moment: datetime) -> None:
        """Set the time; backwards is allowed."""
        self._at = moment.astimezone(UTC)
        if self._since is not None:
            self._since = time.monotonic()

    def advance(self, seconds: float) -> None:
        """Move the time on by that many seconds."""
        self.move_to(self.now() + timedelta(seconds=seconds))

    def stop(self) -> None:
        """Stand still: the same calls then give the same answers, byte by byte."""
        self._at = self.now()
        self._since = None

    def resume(self) -> None:
        """Run with real time again."""
        self._since = time.monotonic()
