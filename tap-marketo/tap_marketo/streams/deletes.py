"""Deleted leads: Marketo tells of them for 14 days. Marketo docs: Get Deleted Leads.

One feed serves `deleted_leads` and the marks on `leads`; it is read last in a run.
"""

from __future__ import annotations

from contextlib import nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from marketo_client import DELETE_LEAD
from typing_extensions import override

from tap_marketo.bookmarks import ACTIVITY_DATE, Scope
from tap_marketo.feeds import holes
from tap_marketo.feeds.feed import Feed
from tap_marketo.plans.retention import DELETES_REMEMBERED
from tap_marketo.records import rows
from tap_marketo.records.schemas import object_schema, rest_reader
from tap_marketo.state.lead_bookmark import DELETES_UNTIL
from tap_marketo.stream import MarketoStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from marketo_client import Page
    from singer_sdk.helpers.types import Context, Record

    from tap_marketo.records.schemas import RestReader

    Mark = Callable[[Mapping[int, datetime]], None]

GONE: Final = "leads that `lead_ids` lacks are gone"
SELECT_IDS: Final = "select `lead_ids` to see which leads there are"
DELETION: Final = (rows.GUID_COLUMN, rows.LEAD_COLUMN, rows.DATE_COLUMN)


class DeletedLeadsStream(MarketoStream):
    """One row for each lead that was deleted in the last 14 days.

    The hub of their feed.
    """

    name = "deleted_leads"
    primary_keys = (rows.GUID,)
    replication_key = ACTIVITY_DATE
    calls = ("Get Deleted Leads",)
    permissions = ("Read-Only Activity",)
    types = (DELETE_LEAD,)

    @cached_property
    @override
    def schema(self) -> dict[str, Any]:
        return object_schema(DELETION)

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        self._tell_of_hole()
        if starts := self._starts():
            self.tap.leads.mark_remembered()
            self._read(starts, mark=self.tap.leads.tombstones.write)
        return ()

    @property
    def is_wanted(self) -> bool:
        """Whether this run has to know of deletions."""
        return self.limit is None and (self.selected or self.tap.leads.marks_gone)

    @property
    def written_until(self) -> datetime | None:
        """Up to where all have them who want them; None where somebody has none yet."""
        moments = [self.bookmark.reached] if self.selected else []
        if self.tap.leads.marks_gone:
            moments.append(self.tap.leads.bookmark.moment(DELETES_UNTIL))
        known = [each for each in moments if each is not None]
        return min(known, default=None) if len(known) == len(moments) else None

    def read_ahead(self) -> None:
        """Write the deletions of by now; leads are marked at the end of the run."""
        self._tell_of_hole()
        with self.opened() if self.selected else nullcontext():
            self._read(self._starts(), mark=self.tap.leads.remember_gone)

    def _tell_of_hole(self) -> None:
        remedy = GONE if self.tap.lead_ids.selected else SELECT_IDS
        for stream, reached in self._reached.items():
            of_type = {DELETE_LEAD: reached}
            holes.tell(stream, of_type, stopped=self.bookmark.stopped, remedy=remedy)

    @property
    def has_hole(self) -> bool:
        """Whether Marketo has forgotten deletions since they were read last."""
        oldest = self.instance.now - DELETES_REMEMBERED
        return any(reached < oldest for reached in self._reached.values())

    @property
    def _reached(self) -> dict[MarketoStream, datetime]:
        """Up to where each stream that wants deletions has them."""
        leads = self.tap.leads
        found = {
            self: self.bookmark.reached if self.selected else None,
            leads: leads.deletes_reached if leads.marks_gone else None,
        }
        return {stream: reached for stream, reached in found.items() if reached is not None}

    def _starts(self) -> dict[str, datetime]:
        """From when on each stream wants deletions."""
        starts = {}
        if self.selected:
            starts[self.name] = self._start()
        if self.tap.leads.marks_gone:
            starts[self.tap.leads.name] = self.tap.leads.deletes_start
        return starts

    def _start(self) -> datetime:
        reached = self.bookmark.reached
        if reached is None:
            return self.instance.first_activity([DELETE_LEAD])
        return self.start_after(reached)

    def _read(self, starts: dict[str, datetime], *, mark: Mark) -> None:
        feed = Feed(self)
        scope = Scope(tuple(sorted(starts)))
        reading = feed.begin(scope, since=min(starts.values()))
        for page in feed.pages(reading, read=self.instance.marketo.activities.deleted_leads):
            self._take(page, starts, mark)
        if self.limit is None:
            if self.selected:
                self.finish_recheck(reading.until)
                self.bookmark.finish(reading.until)
            if self.tap.leads.marks_gone:
                self.tap.leads.bookmark.keep_moment(DELETES_UNTIL, reading.until)
            feed.finish()
            self.checkpoint()

    def _take(self, page: Page, starts: dict[str, datetime], mark: Mark) -> None:
        """Write the deletions, and mark the leads; those gone before `leads` began are not in it.

        Its own cursor brings what was written late, too.
        """
        found = rows.unique(page)
        if self.selected:
            self.write(map(self._record, found), read_at=page.read_at)
        start = starts.get(self.tap.leads.name)
        if start is not None:
            gone = {row[rows.LEAD]: rows.happened_at(row) for row in found}
            late = start == min(starts.values())
            marked = {lead: at for lead, at in gone.items() if late or at >= start}
            mark(marked)

    @cached_property
    def _record(self) -> RestReader:
        return rest_reader(DELETION, misfit=self.misfit)
