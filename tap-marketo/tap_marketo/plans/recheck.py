"""When the last hours are read again, and from when on.

Pure; knows nothing of streams, nor of what Marketo writes late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Recheck:
    """The settings `recheck_every_hours` and `recheck_window_hours`; `every` zero: never."""

    every: timedelta
    window: timedelta

    def due_since(
        self, rechecked_at: datetime | None, *, reached: datetime | None, now: datetime
    ) -> datetime | None:
        """From when on this run reads again; None while that is not due, or nothing was read yet.

        It goes as far behind the last recheck, too, as it does every day: else a row that was
        written late just before a pause would lie before the window. Where the runs up to
        `reached` had none, since it was turned off, it goes no further back than if they had.
        """
        last = rechecked_at or reached
        if last is not None and reached is not None:
            last = max(last, reached - self.every)
        if last is None or not self.every or now - last < self.every:
            return None
        overlap = max(self.window - self.every, timedelta())
        return min(now - self.window, last - overlap)
