"""Merges: which lead is now part of which. Read from the feed of activities, type 32.

`merged_leads` has a row for each loser; `leads` reads the winners again, and marks the losers.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override

from tap_marketo.bookmarks import Scope
from tap_marketo.feeds.feed import Feed
from tap_marketo.plans.packs import Want
from tap_marketo.plans.retention import MERGE_LEADS
from tap_marketo.records import rows
from tap_marketo.records.schemas import Column, column, key_column, object_schema, rest_reader
from tap_marketo.state.lead_bookmark import MERGES_UNTIL
from tap_marketo.streams.activities import ActivitiesStream
from tap_marketo.streams.activity_reader import ActivityReader

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from marketo_client import JsonObject
    from singer_sdk.helpers.types import Record

    from tap_marketo.records.schemas import RestReader
    from tap_marketo.streams.leads import LeadsStream

MERGE_IDS: Final = "Merge IDs"
LOSING_LEAD: Final = "losingLeadId"
NO_LOSERS: Final = "merges without losing leads that can be read"
MERGE: Final[tuple[Column, ...]] = (
    rows.GUID_COLUMN,
    column("winningLeadId", "integer", source=rows.LEAD, title="Lead that lives on"),
    key_column(LOSING_LEAD, "integer", title="Lead that is gone"),
    rows.DATE_COLUMN,
    column("mergeSource", "string", source="Merge Source", title="Where it was merged"),
)


class MergedLeadsStream(ActivityReader):
    """One row for each lead that was merged into another."""

    name = "merged_leads"
    primary_keys = (rows.GUID, LOSING_LEAD)
    parent_stream_type = ActivitiesStream

    @cached_property
    @override
    def schema(self) -> dict[str, Any]:
        return object_schema(MERGE)

    @override
    def take(self, row: JsonObject) -> Iterable[Record]:
        merge = row | rows.attributes(row)
        losers = rows.losing_leads(merge.get(MERGE_IDS))
        if not losers:
            self.tap.summary.passed_over[f"{self.name}: {NO_LOSERS}"] += 1
        for losing_lead in losers:
            yield self._record(merge | {LOSING_LEAD: losing_lead})

    @cached_property
    def _record(self) -> RestReader:
        return rest_reader(MERGE, misfit=self.misfit)


class Winners:
    """`leads` as one that wants merges: winners go into its queue, losers are to be marked.

    The feed of activities serves it where it runs; `read` is for the other runs, and for another
    read in the same run.
    """

    def __init__(self, leads: LeadsStream) -> None:
        self.name = leads.name
        self.served = False
        self._leads = leads

    @property
    def start(self) -> datetime:
        """From when on merges are wanted."""
        reached = self._leads.bookmark.moment(MERGES_UNTIL) or self._leads.followed_up_from
        return reached - self._leads.tap.lookback

    def wants(self) -> list[Want]:
        """Merges, where leads are selected; a test run reads none."""
        wanted = self._leads.selected and self._leads.members is None
        if not wanted or self._leads.limit is not None or not self._described:
            return []
        return [Want(self, MERGE_LEADS, self.start)]

    def take(self, row: JsonObject) -> Iterable[Record]:
        """Remember who is to be read again and who is gone; there is nothing to write yet."""
        happened_at = rows.happened_at(row)
        self._leads.enqueue(row[rows.LEAD], happened_at=happened_at)
        losers = rows.losing_leads(rows.attributes(row).get(MERGE_IDS))
        if not losers:
            self._leads.tap.summary.passed_over[f"{self.name}: {NO_LOSERS}"] += 1
        self._leads.remember_gone(dict.fromkeys(losers, happened_at))
        return ()

    def write(self, records: Iterable[Record], *, read_at: datetime) -> None:
        """The hub of a feed calls it with what `take` gives."""

    def finish(self, types: Iterable[int], *, until: datetime) -> None:  # noqa: ARG002 - as in ActivityReader
        """All merges up to that moment are taken."""
        self.served = True
        self._leads.bookmark.keep_moment(MERGES_UNTIL, until)

    def read(self) -> None:
        """Read the merges by a feed of its own."""
        for want in self.wants():
            feed = Feed(self._leads)
            reading = feed.begin(Scope((self.name,), (MERGE_LEADS,)), since=want.start)
            activities = self._leads.instance.marketo.activities
            for page in feed.pages(reading, read=partial(activities.page, type_ids=[MERGE_LEADS])):
                for row in rows.unique(page):
                    self.take(row)
            self.finish([MERGE_LEADS], until=reading.until)
            feed.finish()

    @property
    def _described(self) -> bool:
        types = self._leads.instance.activity_types.types
        return any(each.id == MERGE_LEADS for each in types)
