"""What a run spent: calls by endpoint, waits, repeats, export bytes.

Thread-safe; knows nothing of who counts.
"""

from __future__ import annotations

import threading
from collections import Counter


class CallStatistics:
    """Counters of one client since it was made; every attempt of a call counts."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal may ask for numbers in the middle of a count
        self._by_endpoint: Counter[str] = Counter()
        self._waits = 0
        self._waited_seconds = 0.0
        self._retries = 0
        self._export_bytes = 0
        self._latest = "no endpoint yet"

    @property
    def by_endpoint(self) -> dict[str, int]:
        """Calls sent, by path template (no ids in it), most frequent first; no token calls."""
        with self._lock:
            return dict(self._by_endpoint.most_common())

    @property
    def latest(self) -> str:
        """The path template of the latest call."""
        return self._latest

    @property
    def total(self) -> int:
        """All calls sent; calls for a token are free and not among them."""
        with self._lock:
            return self._by_endpoint.total()

    @property
    def waits(self) -> int:
        """How often a call was held back, by our own limits or after an error."""
        return self._waits

    @property
    def waited_seconds(self) -> float:
        """Seconds spent in those waits, added up over all threads."""
        return self._waited_seconds

    @property
    def retries(self) -> int:
        """Calls sent again after an error, with a new token or without."""
        return self._retries

    @property
    def export_bytes(self) -> int:
        """Bytes of bulk files downloaded, repeats included."""
        return self._export_bytes

    def count_call(self, endpoint: str) -> None:
        """One more attempt to call this path template."""
        with self._lock:
            self._by_endpoint[endpoint] += 1
            self._latest = endpoint

    def count_wait(self, seconds: float) -> None:
        """One more wait."""
        with self._lock:
            self._waits += 1
            self._waited_seconds += seconds

    def count_retry(self) -> None:
        """One more repeat."""
        with self._lock:
            self._retries += 1

    def count_export_bytes(self, size: int) -> None:
        """More bytes of bulk files."""
        with self._lock:
            self._export_bytes += size
