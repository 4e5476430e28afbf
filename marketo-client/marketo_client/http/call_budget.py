"""How many calls may still be made today, other applications' included, so that nobody starves.

Knows which answers tell the use, and nothing of who asks. Marketo docs: Usage.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from marketo_client.central import day_of, go_on_at
from marketo_client.errors import UNTOLD, BudgetError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from marketo_client.http.quota_days import MarketoTime

log = logging.getLogger(__name__)

CALLS_BETWEEN_LOOKS: Final = 500


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
                    go_on_at=go_on_at(self._time.now),
                )
            self._count_one()

    def _fresh_use(self) -> int:
        """The day's use, looked up at the start, every 500 calls, on a new day, and at the end."""
        used, most = self.used, self.most or 0
        fresh = self._day == day_of(self._time.now) and self._since < CALLS_BETWEEN_LOOKS
        if used is None or not fresh or self._own < most <= used + 1:  # the look is a call too
            self._look()
        return self.used or 0

    def _look(self) -> None:
        """See what is used; where Marketo does not tell, only this run's own calls count."""
        if self._day != day_of(self._time.now):
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
        self._since, self._day = 0, day_of(self._time.now)
        self._count_one()  # the look itself

    def _count_one(self) -> None:
        self._since += 1
        self._own += 1
