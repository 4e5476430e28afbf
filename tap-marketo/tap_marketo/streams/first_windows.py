"""From when on activities are exported: later than is wanted, where there is nothing before.

Marketo docs: Bulk Activity Extract.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tap_marketo.bookmarks import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tap_marketo.plans.packs import Want
    from tap_marketo.streams.activities import ActivitiesStream


class FirstWindows:
    """Where the exports of one read begin; from `rechecked_since` on all is read again."""

    def __init__(self, hub: ActivitiesStream, *, rechecked_since: datetime | None) -> None:
        self._instance = hub.instance
        self._history = hub.bookmark.history
        self._scope = hub.bookmark.history_of
        self._rechecked_since = rechecked_since

    def moved(self, wants: Sequence[Want]) -> list[Want]:
        """The wants, without windows from before the first row of their types.

        What a stopped run has begun goes on from where it began: it was known then.
        """
        first = self._first_row([want for want in wants if self._is_asked(want)])
        return [replace(want, start=self._start(want, first)) for want in wants]

    def _first_row(self, asked: Sequence[Want]) -> datetime | None:
        if not asked:
            return None
        since = min(want.start for want in asked)
        return self._instance.before_first_row({want.type_id for want in asked}, since=since)

    def _start(self, want: Want, first: datetime | None) -> datetime:
        if self._history and self._goes_on(want):
            return max(want.start, self._history.start)
        return max(want.start, first) if first and self._is_asked(want) else want.start

    def _is_asked(self, want: Want) -> bool:
        return self._instance.is_far_back(want.start) and not self._goes_on(want)

    def _goes_on(self, want: Want) -> bool:
        """Whether a stopped run has begun it, and no recheck wants it from earlier."""
        own = Scope((want.stream.name,), (want.type_id,))
        begun = self._history and self._scope and self._scope.includes(own)
        return bool(begun) and want.start != self._rechecked_since
