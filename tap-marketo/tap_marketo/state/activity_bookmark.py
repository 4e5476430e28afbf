"""The bookmark of `activities`: besides its feed, a bulk read in the middle.

    "activities": {
      "history": {"by": "createdAt", "start": "2026-08-26T10:00:00Z",
                  "until": "2026-11-24T10:00:00Z", "next_window_start": "2026-09-26T10:00:00Z",
                  "job": {"id": "ce45a7a1-...", "fields": "5f2b9c01", "start": "...",
                          "end": "...", "rows_out": 20000}},
      "history_of": {"streams": ["activities"], "types": [1, 2, 13]},
      "lead_fields": ["email"]}

`fields` of a job is a digest of its types; `lead_fields` are those that a run has looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_marketo.bookmarks import object_at, scope_of
from tap_marketo.state.lead_bookmark import History, HistoryBookmark

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tap_marketo.bookmarks import Scope


class ActivitiesBookmark(HistoryBookmark):
    """The state of `activities`."""

    @property
    def history_of(self) -> Scope | None:
        """What the bulk read in the middle reads; None before and after."""
        if "history_of" not in self.state:
            return None
        place = f"{self.place}.history_of"
        return scope_of({"fields": "", **object_at(self.state["history_of"], place)}, place)

    @property
    @override
    def stopped(self) -> list[tuple[Scope, datetime]]:
        scope, history = self.history_of, self.history
        by_bulk = [(scope, history.next_window_start)] if scope and history else []
        return [*super().stopped, *by_bulk]

    def keep_bulk(self, history: History, *, scope: Scope) -> None:
        """Remember where a bulk read stands, and for whom it reads."""
        self.keep_history(history)
        self.put("history_of", {"streams": list(scope.streams), "types": list(scope.types)})

    def drop_bulk(self) -> None:
        """No bulk read is in the middle."""
        self.put("history", None)
        self.put("history_of", None)

    @property
    def lead_fields(self) -> frozenset[str]:
        """Lead fields that Marketo had when an earlier run looked them up."""
        return self.names("lead_fields")

    def keep_lead_fields(self, names: Iterable[str]) -> None:
        """Remember which lead fields are looked up."""
        self.put("lead_fields", sorted(set(names)))
