"""Rate window and call slots of one Marketo instance.

Knows nothing of endpoints, Singer or SQL. Marketo docs: API limits.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marketo_client.clock import Clock
    from marketo_client.http.call_statistics import CallStatistics

RATE_WINDOW: Final = timedelta(seconds=20)


class Limits:
    """Lets calls through so that neither limit is ever broken, whatever the number of threads.

    A call fills its place in the window until 20 seconds after its answer: Marketo counts it
    somewhere between the two, so that slow connections cannot squeeze calls together.
    """

    def __init__(
        self,
        *,
        calls_per_window: int,
        concurrent_calls: int,
        clock: Clock,
        statistics: CallStatistics,
    ) -> None:
        self._calls_per_window = calls_per_window
        self._concurrent_calls = concurrent_calls
        self._clock = clock
        self._statistics = statistics
        self._changed = threading.Condition()
        self._running = 0
        self._ended: deque[float] = deque()
        self._paused_until = clock.now()

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait until a call may start, and count it as running until the block ends."""
        self._start()
        try:
            yield
        finally:
            self._end()

    def pause(self, seconds: float) -> None:
        """Hold all calls of all threads back: Marketo says that the instance's rate is used up."""
        with self._changed:
            self._paused_until = max(self._paused_until, self._clock.now() + seconds)

    def _start(self) -> None:
        while (delay := self._try_start()) > 0:
            self._statistics.count_wait(delay)
            self._clock.sleep(delay)

    def _try_start(self) -> float:
        """Seconds to wait before trying again; 0 when the call has been counted as running."""
        with self._changed:
            while self._full_of_running_calls():
                self._changed.wait()
            delay = self._delay()
            if delay <= 0:
                self._running += 1
            return delay

    def _full_of_running_calls(self) -> bool:
        return self._running >= min(self._concurrent_calls, self._calls_per_window)

    def _delay(self) -> float:
        now = self._clock.now()
        window = RATE_WINDOW.total_seconds()
        while self._ended and self._ended[0] + window <= now:
            self._ended.popleft()
        delay = self._paused_until - now
        if self._running + len(self._ended) >= self._calls_per_window:
            delay = max(delay, self._ended[0] + window - now)
        return delay

    def _end(self) -> None:
        with self._changed:
            self._running -= 1
            self._ended.append(self._clock.now())
            self._changed.notify_all()
