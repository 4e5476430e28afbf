"""What may still be spent today, other applications' use included, so that nobody starves.

Knows which answers tell the use, and nothing of who asks. Marketo docs: Usage, Bulk Extract.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from marketo_client.central import central_day, next_midnight
from marketo_client.errors import UNTOLD, BudgetError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, datetime

    from marketo_client.export_jobs import ExportJob
    from marketo_client.quota_days import MarketoTime

log = logging.getLogger(__name__)

CALLS_BETWEEN_LOOKS: Final = 500
BYTES_PER_MB: Final = 1_000_000


class CallBudget:
    """The day's calls: those of all applications at the last look, and our own since.

    What Marketo tells may lag behind: it is never less than what this run has called itself.
    """

    def __init__(
        self, most: int | None, *, calls_today: Callable[[], int], time: MarketoTime
    ) -> None:
        self.most = most
        self._calls_today = calls_today
        self._time = time
        self._lock = threading.RLock()
        self._looking = False
        self._day: date | None = None
        self._seen: int | None = None
        self._since = 0
        self._own = 0

    @property
    def used(self) -> int | None:
        """Calls of all applications today, as far as known; None before the first look."""
        return None if self._seen is None else self._seen + self._since

    def admit(self) -> None:
        """Count one more call of ours. Raises BudgetError when the day has no place for it."""
        if self.most is None:
            return
        with self._lock:
            if self._looking:  # this thread, by the call below
                return
            used = self._fresh_use()
            if used >= self.most:
                raise BudgetError(
                    "max_daily_calls",
                    f"{used:,} of {self.most:,} calls are used today, those of other applications"
                    " included",
                    go_on_at=_go_on_at(self._time.now),
                )
            self._count_one()

    def _fresh_use(self) -> int:
        """The day's use, looked up at the start, every 500 calls, on a new day, and at the end."""
        used, most = self.used, self.most or 0
        fresh = self._day == _day_of(self._time.now) and self._since < CALLS_BETWEEN_LOOKS
        if used is None or not fresh or self._own < most <= used + 1:  # the look is a call too
            self._look()
        return self.used or 0

    def _look(self) -> None:
        """See what is used; where Marketo does not tell, only this run's own calls count."""
        if self._day != _day_of(self._time.now):
            self._seen = self._since = self._own = 0
        before = self.used or 0
        self._looking = True
        try:
            self._seen = max(self._calls_today(), self._own)
        except UNTOLD as error:
            log.warning("%s; `max_daily_calls` counts the calls of this run only", error)
            self._seen = before
        finally:
            self._looking = False
        self._since, self._day = 0, _day_of(self._time.now)
        self._count_one()  # the look itself

    def _count_one(self) -> None:
        self._since += 1
        self._own += 1


class ExportBudget:
    """The day's export bytes of this API user, by the job lists; other users' are invisible.

    How large a file becomes is known when it is there. The day's largest so far stands for the
    next one, so that a budget is kept and not only noticed.
    """

    def __init__(
        self,
        most_mb: int | None,
        *,
        jobs: Callable[[], Iterable[ExportJob]],
        time: MarketoTime,
    ) -> None:
        self.most_bytes = None if most_mb is None else most_mb * BYTES_PER_MB
        self._jobs = jobs
        self._time = time
        self._lock = threading.Lock()
        self._day: date | None = None
        self._sizes: dict[str, int] = {}

    @property
    def used_bytes(self) -> int | None:
        """Bytes exported today; None while this run has exported nothing, and so not looked."""
        return None if self._day is None else sum(self._sizes.values())

    def admit(self) -> None:
        """Raises BudgetError when the next file is likely to pass the day's bytes."""
        if self.most_bytes is None:
            return
        with self._lock:
            if self._day is None or self._day != _day_of(self._time.now):
                self._look()
            used, next_one = sum(self._sizes.values()), max(self._sizes.values(), default=0)
            if used + next_one > self.most_bytes:
                raise BudgetError(
                    "max_daily_export_mb",
                    f"{used / BYTES_PER_MB:,.1f} of {self.most_bytes / BYTES_PER_MB:,.0f} MB are"
                    f" exported today, and the next file may have {next_one / BYTES_PER_MB:,.1f}",
                    go_on_at=_go_on_at(self._time.now),
                )

    def note(self, job: ExportJob) -> None:
        """A job of ours is completed."""
        with self._lock:
            if self._day is not None:
                self._sizes |= self._of_today([job])

    def _look(self) -> None:
        jobs = list(self._jobs())
        self._day = _day_of(self._time.now)
        self._sizes = self._of_today(jobs)

    def _of_today(self, jobs: Iterable[ExportJob]) -> dict[str, int]:
        return {
            job.id: job.size or 0
            for job in jobs
            if job.finished_at and central_day(job.finished_at) == self._day
        }


def _day_of(moment: datetime | None) -> date | None:
    return None if moment is None else central_day(moment)


def _go_on_at(moment: datetime | None) -> str:
    when = "midnight US Central time"
    return when if moment is None else f"{next_midnight(moment):%Y-%m-%d %H:%M} UTC, {when}"
