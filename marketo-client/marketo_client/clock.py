"""The clock that waits are measured and made with.

Only durations: what time it is says Marketo (see `replies.py`), never this machine.
"""

from __future__ import annotations

import time
from typing import Final, Protocol


class Clock(Protocol):
    """A stop watch that can also wait; tests pass one that does not really sleep."""

    def now(self) -> float:
        """Seconds since some fixed moment, never going back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""
        ...


class SystemClock:
    """The machine's own monotonic clock."""

    def now(self) -> float:
        """Seconds of the monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Sleep for real."""
        time.sleep(seconds)


SYSTEM_CLOCK: Final = SystemClock()
