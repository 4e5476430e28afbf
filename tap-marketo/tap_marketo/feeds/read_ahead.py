"""Feeds that Marketo forgets soon, read in time where bulk files take long.

A first run may wait for days until it may export more, and Marketo keeps deletions for 14 days and
changes for 90. Knows nothing of what the feeds bring.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from marketo_client import BudgetError, ExportQuotaError

from tap_marketo.errors import FORESEEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from marketo_client import Marketo, StopForTodayError

log = logging.getLogger("tap-marketo")

LONG: Final = timedelta(hours=1)  # reading a feed ahead costs two calls at least


class FadingFeed(Protocol):
    """A feed whose rows Marketo forgets."""

    @property
    def is_wanted(self) -> bool:
        """Whether anybody wants rows that Marketo forgets."""

    @property
    def written_until(self) -> datetime | None:
        """Up to where all of them have their rows; None before the first complete read."""

    def read_ahead(self) -> None:
        """Write what there is by now; the feed has its own turn later in the run, too."""


class ReadAhead:
    """Decides when feeds are read before their turn.

    Within `reading` an answer that cannot be read raises one of FORESEEN, too.
    """

    def __init__(
        self,
        marketo: Marketo,
        feeds: Sequence[FadingFeed],
        *,
        reading: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._marketo = marketo
        self._feeds = feeds
        self._reading = reading

    def before_a_file(self, *, begun: datetime) -> None:
        """Another file of a bulk read that began then: what is long behind is read first."""
        for feed in self._feeds:
            self._read(feed, since=max(feed.written_until or begun, begun))

    def before_a_stop(self, stop: StopForTodayError) -> None:
        """The run ends, for lack of export bytes perhaps: calls may be left until it goes on."""
        if not isinstance(stop, ExportQuotaError) and not _is_of_exports(stop):
            return
        try:
            with self._reading():
                for feed in self._feeds:
                    self._read(feed, since=feed.written_until)
        except FORESEEN as error:
            log.warning("feeds that Marketo forgets soon are not read ahead: %s", error)

    def _read(self, feed: FadingFeed, *, since: datetime | None) -> None:
        now = self._marketo.now
        if feed.is_wanted and (now is None or since is None or now - since > LONG):
            feed.read_ahead()


def _is_of_exports(stop: StopForTodayError) -> bool:
    return isinstance(stop, BudgetError) and stop.setting == "max_daily_export_mb"
