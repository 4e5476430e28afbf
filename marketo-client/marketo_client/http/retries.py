"""What to do after a failed attempt: decided by a pure function, carried out by `Repeater`.

The reaction is read from the error's family. The only user of backoff.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

import backoff

from marketo_client.errors import (
    MarketoError,
    QueueFullError,
    RateLimitError,
    RenewTokenError,
    WaitError,
)
from marketo_client.http.calls import Repeat

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_client.http.call_statistics import CallStatistics
    from marketo_client.http.patience import Patience

log = logging.getLogger(__name__)

MOST_RENEWALS: Final = 2  # of the token, for one call

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Retry:
    """Repeat the call after at most that many seconds (before jitter)."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Queue:
    """Repeat the call after at most that many seconds, if somebody still wants to wait then."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Hold every call of this client back for that many seconds, then repeat this one."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Renew:
    """Get a new token, then repeat the call at once."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Let the error out."""


Action = Retry | Queue | Pause | Renew | Stop


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often one call has failed so far, the last time included."""

    waits: int = 0
    renewals: int = 0

    def after(self, error: MarketoError) -> Attempts:
        """The count with one more failure."""
        if isinstance(error, RenewTokenError):
            return Attempts(self.waits, self.renewals + 1)
        return Attempts(self.waits + 1, self.renewals)


def next_action(
    error: MarketoError, *, attempts: Attempts, repeat: Repeat, most_tries: int | None = None
) -> Action:
    """The reaction to the failure that `attempts` counts last; none gets over `most_tries`."""
    if isinstance(error, RenewTokenError):
        return Renew() if attempts.renewals <= MOST_RENEWALS else Stop()
    if not isinstance(error, WaitError):
        return Stop()
    if attempts.waits >= min(error.tries, most_tries or error.tries):
        return Stop()
    if error.work_may_be_done and repeat is Repeat.ONLY_IF_REFUSED:
        return Stop()
    if isinstance(error, RateLimitError):
        return Pause(error.wait.total_seconds())
    wait = _growing_wait(error, attempts.waits)
    return Queue(wait) if isinstance(error, QueueFullError) else Retry(wait)


def _growing_wait(error: WaitError, failures: int) -> float:
    waits = backoff.expo(
        factor=error.wait.total_seconds(), max_value=error.longest_wait.total_seconds()
    )
    return next(islice(waits, failures, None))  # the generator's first item is a place holder


def equal_jitter(seconds: float) -> float:
    """A random wait between half and the whole, so that clients do not come back together."""
    return seconds / 2 + backoff.full_jitter(seconds / 2)


@dataclass(frozen=True, slots=True)
class Repeater:
    """Carries out what `next_action` says."""

    patience: Patience
    statistics: CallStatistics
    pause: Callable[[float], None]
    most_tries: int | None = None
    jitter: Callable[[float], float] = equal_jitter

    def run(self, attempt: Callable[[], T], *, repeat: Repeat, renew: Callable[[], None]) -> T:
        """The result of the first attempt that succeeds; the last error if none does."""
        attempts = Attempts()
        while True:
            try:
                return attempt()
            except MarketoError as error:
                attempts = attempts.after(error)
                action = next_action(
                    error, attempts=attempts, repeat=repeat, most_tries=self.most_tries
                )
                log.debug("%s; %s", error, action)
                if not self._obey(action, renew):
                    raise
            self.statistics.count_retry()

    def _obey(self, action: Action, renew: Callable[[], None]) -> bool:
        """Whether the call is to be made again, now."""
        match action:
            case Stop():
                return False
            case Renew():
                renew()
            case Pause(seconds):
                self.pause(seconds)
            case Retry(seconds):
                self.patience.clock.sleep(self._counted(seconds))
            case Queue(seconds):
                return self.patience.wait(self._counted(seconds))
        return True

    def _counted(self, seconds: float) -> float:
        """A wait of about that length, as the summary of the run tells it."""
        wait = self.jitter(seconds)
        self.statistics.count_wait(wait)
        return wait
