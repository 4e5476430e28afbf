"""Deleted leads: Marketo tells of them for 14 days. Marketo docs: Get Deleted Leads."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override

from tap_marketo import rows
from tap_marketo.bookmarks import ACTIVITY_DATE, Scope
from tap_marketo.feed import Feed
from tap_marketo.retention import DELETE_LEAD
from tap_marketo.schemas import object_schema, rest_reader
from tap_marketo.stream import MarketoStream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk.helpers.types import Context, Record

DELETION: Final = (rows.GUID_COLUMN, rows.LEAD_COLUMN, rows.DATE_COLUMN)


class DeletedLeadsStream(MarketoStream):
    """One row for each lead that was deleted."""

    name = "deleted_leads"
    primary_keys = (rows.GUID,)
    replication_key = ACTIVITY_DATE

    @cached_property
    @override
    def schema(self) -> dict[str, Any]:
        return object_schema(DELETION)

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        record = rest_reader(DELETION, misfit=self.misfit)
        reached = self.bookmark.reached
        first = self.instance.first_activity([DELETE_LEAD])
        since = reached - self.tap.lookback if reached else first
        feed = Feed(self)
        reading = feed.begin(Scope((self.name,)), since=since)
        for page in feed.pages(reading, read=self.instance.marketo.activities.deleted_leads):
            self.write(map(record, rows.unique(page)), read_at=page.read_at)
        if self.limit is None:
            self.bookmark.finish(reading.until)
            feed.finish()
        return ()
