"""Which leads there are: their ids alone, whole at every run, by bulk extract.

What a complete read lacks is deleted or merged. Marketo docs: Bulk Lead Extract.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_marketo.bulk.lead_history import LeadHistory
from tap_marketo.plans.retention import NEW_LEAD
from tap_marketo.records import rows
from tap_marketo.records.schemas import LEAD_ID, key_column, object_schema
from tap_marketo.state.lead_bookmark import By, HistoryBookmark
from tap_marketo.streams.metadata import FullTableStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from singer_sdk.helpers.types import Context, Record

    from tap_marketo.records.schemas import Column


class LeadIdsStream(FullTableStream):
    """One row for each lead that exists."""

    name = "lead_ids"
    calls = ("Bulk Lead Extract",)
    permissions = ("Read-Only Lead",)
    primary_keys = (LEAD_ID,)
    selected_by_default = False
    columns: Sequence[Column] = (key_column(LEAD_ID, "integer", title="Lead id"),)

    @cached_property
    @override
    def schema(self) -> dict[str, Any]:
        return object_schema(self.columns)

    @property
    @override
    def bookmark(self) -> HistoryBookmark:
        return HistoryBookmark(self.name, self.stream_state)

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        """All ids under one version, that of the run that began."""
        if self.limit is not None:
            self._write_some()
            return ()
        bookmark = self.bookmark
        if bookmark.history is None:
            born, now = self.instance.born, self.instance.now
            LeadHistory.begin(self, by=By.CREATED, start=born, until=now)
            bookmark.keep_version(self.tap.initialized_at)
        self._stream_version = version = bookmark.version or self.tap.initialized_at
        while history := bookmark.history:
            LeadHistory(self, history).read()
        self._write_activate_version_message(version)
        bookmark.keep_version(None)
        self.checkpoint()
        return ()

    def _write_some(self) -> None:
        """What a test run needs: ids in a page of New Lead activities, without a bulk file."""
        activities = self.instance.marketo.activities
        token = activities.paging_token(self.instance.born)
        page = activities.page(token.value, type_ids=[NEW_LEAD])
        self.write(({LEAD_ID: row[rows.LEAD]} for row in page.rows), read_at=page.read_at)
