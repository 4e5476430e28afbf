"""How many bytes may still be exported today. Marketo docs: Bulk Extract."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from marketo_client.central import central_day, day_of, go_on_at
from marketo_client.errors import BudgetError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from marketo_client.bulk.export_jobs import ExportJob
    from marketo_client.http.quota_days import MarketoTime

BYTES_PER_MB: Final = 1_000_000


def in_mb(size: int) -> str:
    """Bytes in decimal megabytes, as people read them: `12.3`."""
    return f"{size / BYTES_PER_MB:,.1f}"


class ExportBudget:
    """The day's export bytes of this API user, by the job lists; other users' are invisible.

    How large a file becomes is known when it is there, and then it has counted at Marketo: not to
    download it saves nothing. The day's largest so far stands for the next one, so that a budget is
    kept and not only noticed. The day's first is always admitted: a file that is larger than the
    budget would never be read otherwise.
    """

    def __init__(
        self,
        most_mb: int | None,
        *,
        jobs: Callable[[], Iterable[ExportJob]],
        time: MarketoTime,
    ) -> None:
        self.most_mb = most_mb
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
            if self._day is None or self._day != day_of(self._time.now):
                self._look()
            used, next_one = sum(self._sizes.values()), max(self._sizes.values(), default=0)
            if used + next_one > self.most_bytes:
                raise BudgetError(
                    "max_daily_export_mb",
                    f"{in_mb(used)} of {self.most_mb:,} MB are exported today, and the"
                    f" next file may have {in_mb(next_one)}",
                    go_on_at=go_on_at(self._time.now),
                )

    def note(self, job: ExportJob) -> None:
        """A job of ours is completed."""
        with self._lock:
            if self._day is not None:
                self._sizes |= self._of_today([job])

    def _look(self) -> None:
        jobs = list(self._jobs())
        self._day = day_of(self._time.now)
        self._sizes = self._of_today(jobs)

    def _of_today(self, jobs: Iterable[ExportJob]) -> dict[str, int]:
        return {
            job.id: job.size or 0
            for job in jobs
            if job.finished_at and central_day(job.finished_at) == self._day
        }
