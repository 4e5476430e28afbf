"""What happens when a day's allowance is used up: stop, or wait for the next day.

Knows the day and Marketo's time, and nothing of what is counted. Marketo docs: API limits.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from marketo_client.central import age_of_day, go_on_at, next_midnight
from marketo_client.errors import StopForTodayError
from marketo_client.settings import OnQuota

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from marketo_client.clock import Clock
    from marketo_client.http.call_statistics import CallStatistics
    from marketo_client.http.patience import Patience

log = logging.getLogger(__name__)

NEXT_TRY: Final = timedelta(minutes=15)
YOUNG_DAY: Final = timedelta(hours=2)  # Marketo's midnight may be an hour off when clocks change

T = TypeVar("T")


class MarketoTime:
    """What time it is at Marketo: its last answer's, and what has passed since."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._noted: tuple[datetime, float] | None = None

    def note(self, moment: datetime | None) -> None:
        """Marketo's time of an answer that came just now, if it said one."""
        if moment is not None:
            self._noted = (moment, self._clock.now())

    @property
    def now(self) -> datetime | None:
        """The time there; None before the first answer."""
        if self._noted is None:
            return None
        moment, noted_at = self._noted
        return moment + timedelta(seconds=self._clock.now() - noted_at)


class QuotaDays:
    """Lets an attempt that ran out of its allowance out, or makes it again the next day."""

    def __init__(
        self,
        on_quota: OnQuota,
        *,
        time: MarketoTime,
        patience: Patience,
        statistics: CallStatistics,
    ) -> None:
        self._on_quota = on_quota
        self._time = time
        self._patience = patience
        self._statistics = statistics

    def run(self, attempt: Callable[[], T]) -> T:
        """The attempt's result. Raises StopForTodayError where the user does not want to wait.

        Waits for midnight US Central time, then tries every 15 minutes.
        """
        waits = 0
        while True:
            try:
                return attempt()
            except StopForTodayError as error:
                if self._on_quota is OnQuota.STOP or self._patience.is_over:
                    raise
                log.warning("%s", error)
                self._wait(waits)
                if self._patience.is_over:
                    raise
            waits += 1

    def _wait(self, waits: int) -> None:
        now = self._time.now
        if waits or now is None or age_of_day(now) < YOUNG_DAY:
            self._sleep(NEXT_TRY)
            return
        midnight = next_midnight(now)
        while (left := midnight - (self._time.now or midnight)) > timedelta(0):
            if self._patience.is_over:
                return
            log.info("waiting until %s", go_on_at(now))
            self._sleep(min(left, NEXT_TRY))

    def _sleep(self, time: timedelta) -> None:
        self._statistics.count_wait(time.total_seconds())
        self._patience.wait(time.total_seconds())
