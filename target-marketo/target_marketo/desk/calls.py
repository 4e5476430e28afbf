"""Several calls at once; what follows a call runs on the thread that asked, one at a time.

So everything outside the calls themselves is single-threaded and needs no locks. Knows nothing
of Marketo: a call is any function.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass(slots=True)
class Calls:
    """At most `limit` calls run at once, and as many more are ready to follow them.

    Without those a connection would stand idle until the thread that asks comes back from what it
    does meanwhile.
    """

    limit: int
    hurried: bool = False
    stopped: bool = False
    _in_hand: dict[Future[Any], Callable[[Any], None]] = field(default_factory=dict)
    _back: deque[tuple[Future[Any], Callable[[Any], None]]] = field(default_factory=deque)
    _pool: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.limit, thread_name_prefix="call")

    def submit(self, call: Callable[[], T], then: Callable[[T], None]) -> None:
        """Start `call` soon; its result goes to `then` in a later `collect` or `drain`.

        Waits while too many are ready. An error of the call comes out of that `collect` or `drain`.
        After `stop` nothing starts.
        """
        if self.stopped:
            return
        while len(self._in_hand) >= 2 * self.limit:
            self._reap(timeout=None)
        self._in_hand[self._pool.submit(call)] = then

    def collect(self) -> None:
        """Run what follows the calls that have come back, without waiting for others."""
        self._reap(timeout=0)
        while self._back:
            future, then = self._back.popleft()
            then(future.result())

    def drain(self) -> None:
        """Wait for all calls, also those that follow from them."""
        self.collect()
        while self._in_hand:
            self._reap(timeout=None)
            self.collect()

    def hurry(self) -> None:
        """Ask long waits to give up by `hurried`; calls go on. Safe in a signal handler."""
        self.hurried = True

    def stop(self) -> None:
        """Start no other call, ready or not; those that are running go on."""
        self.hurried = self.stopped = True
        for future in [future for future in self._in_hand if future.cancel()]:
            del self._in_hand[future]

    def close(self) -> None:
        """Let running calls end."""
        self._pool.shutdown()

    def _reap(self, timeout: float | None) -> None:
        done, _ = wait(self._in_hand, timeout=timeout, return_when=FIRST_COMPLETED)
        self._back.extend((future, self._in_hand.pop(future)) for future in done)
