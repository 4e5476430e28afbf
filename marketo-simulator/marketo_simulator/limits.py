"""What one instance allows: the 20-second window, the slots, the day.

Knows no endpoint. Marketo docs: API limits. The window goes by real time, since clients really
wait; the day goes by the simulator's clock.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from marketo_simulator.errors import MESSAGES, UNCOUNTED, MarketoError
from marketo_simulator.timestamps import central_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marketo_simulator.clock import Clock
    from marketo_simulator.settings import Settings

RATE_WINDOW_SECONDS: Final = 20.0
BODY_BYTES: Final = 1_000_000  # 1 MB
IMPORT_BYTES: Final = 10_000_000  # 10 MB, of the file alone
IMPORT_BODY_BYTES: Final = IMPORT_BYTES + 65_536
URI_BYTES: Final = 8_192  # 8 KB


class Limits:
    """Counts calls, and refuses the ones that are too many."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._window: deque[float] = deque()
        self._running = 0
        self.calls: Counter[tuple[str, str]] = Counter()
        """Calls by day and API user."""
        self.errors: Counter[tuple[str, str]] = Counter()
        """Failed calls by day and code."""

    def today(self) -> str:
        """The day that quotas count for."""
        return central_day(self._clock.now())

    def calls_on(self, day: str) -> int:
        """Calls of all users on that day."""
        return sum(calls for (date, _), calls in self.calls.items() if date == day)

    def admit(self, settings: Settings) -> None:
        """Raises 607, 606 or 615 if the instance takes no further call now."""
        if self.calls_on(self.today()) >= settings.daily_calls:
            raise MarketoError("607")
        self._forget_old_calls()
        if len(self._window) + self._running >= settings.calls_per_20s:
            raise _limit("606", settings.calls_per_20s)
        if self._running >= settings.concurrent_calls:
            raise _limit("615", settings.concurrent_calls)

    def begin(self) -> None:
        """A call takes its slot."""
        self._running += 1

    def end(self) -> None:
        """A call gives its slot back."""
        self._running -= 1

    @contextmanager
    def slot(self) -> Iterator[None]:
        """A slot for as long as something lasts."""
        self.begin()
        try:
            yield
        finally:
            self.end()

    def count(self, user: str | None, code: str | None) -> None:
        """A call was answered with that code, or with success; no user: it got no further."""
        if code is not None:
            self.errors[(self.today(), code)] += 1
        if user is not None and code not in UNCOUNTED:
            self._window.append(time.monotonic())
            self.calls[(self.today(), user)] += 1

    def _forget_old_calls(self) -> None:
        oldest = time.monotonic() - RATE_WINDOW_SECONDS
        while self._window and self._window[0] <= oldest:
            self._window.popleft()


def _limit(code: str, limit: int) -> MarketoError:
    return MarketoError(code, MESSAGES[code].format(limit=limit))
