"""Leads: all of them once, then those that changed, each with all selected fields.

The change feed says which leads to read again; they wait in a queue and are read 300 at a time.
Marketo docs: Leads.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override

from tap_marketo import rows
from tap_marketo.bookmarks import LeadsBookmark
from tap_marketo.schemas import LEAD_ID, Column, lead_columns, object_schema, rest_reader
from tap_marketo.streams.changes import ChangeReader, LeadChangesStream
from tap_marketo.streams.lead_history import LeadHistory

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from marketo_client import JsonObject, Page
    from singer_sdk.helpers.types import Context, Record

    from tap_marketo.bookmarks import Reading
    from tap_marketo.schemas import RestReader
    from tap_marketo.tap import TapMarketo

LEADS_PER_CALL: Final = 300  # Marketo docs: Leads
MOST_COLUMNS: Final = 1_593  # PostgreSQL's 1,600 without the loader's own


class LeadsStream(ChangeReader):
    """Leads as they are: the history by bulk extract, then whatever changed."""

    name = "leads"
    primary_keys = (LEAD_ID,)
    parent_stream_type = LeadChangesStream

    def __init__(self, tap: TapMarketo) -> None:
        super().__init__(tap)
        self._queue: dict[int, None] = {}
        self._read_at: dict[int, datetime] = {}

    @cached_property
    @override
    def schema(self) -> dict[str, Any]:
        return object_schema(self._all_columns)

    @property
    @override
    def bookmark(self) -> LeadsBookmark:
        return LeadsBookmark(self.name, self.stream_state)

    @cached_property
    def columns(self) -> Sequence[Column]:
        """The selected fields."""
        wanted = self.columns_wanted
        return tuple(each for each in self._all_columns if each.name in wanted)

    @property
    @override
    def fields_watched(self) -> Sequence[str]:
        return [each.source for each in self.columns]

    @override
    def start(self) -> datetime:
        if self.limit is not None:
            return self.instance.first_lead
        history = self.bookmark.history
        reached = self.bookmark.changes_until or (history.until if history else self.instance.now)
        return reached - self.tap.lookback

    @override
    def open(self, reading: Reading) -> None:
        if len(self.columns) > MOST_COLUMNS:
            self.logger.warning(
                "leads has %d columns, more than a PostgreSQL table holds: deselect some",
                len(self.columns),
            )
        self._queue = dict.fromkeys(self.bookmark.queue)
        if self.limit is None and self.bookmark.changes_until is None:
            LeadHistory(self).read(until=reading.until)

    @override
    def take(self, row: JsonObject, *, page: Page) -> None:
        lead = row[rows.LEAD]
        read_at = self._read_at.get(lead)
        if read_at is None or read_at <= rows.happened_at(row) + self.tap.lookback:
            self._queue[lead] = None
        if len(self._queue) >= LEADS_PER_CALL:
            self._read_queued()
        self._keep_queue()

    @override
    def close(self) -> None:
        while self._queue:
            self._read_queued()
            self._keep_queue()

    @override
    def finish(self, until: datetime) -> None:
        self.bookmark.finish_changes(until)

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        return ()

    def _read_queued(self) -> None:
        """The first leads of the queue, as they are now; one that is missing is no error."""
        ids = list(self._queue)[:LEADS_PER_CALL]
        page = self.instance.marketo.leads.by_ids(ids, fields=self.fields_watched)
        self.write(map(self._record, page.rows), read_at=page.read_at)
        for lead in ids:
            del self._queue[lead]
            self._read_at[lead] = page.read_at

    def _keep_queue(self) -> None:
        if self.limit is None:
            self.bookmark.keep_queue(self._queue)

    @cached_property
    def _all_columns(self) -> Sequence[Column]:
        return lead_columns(self.instance.leads)

    @cached_property
    def _record(self) -> RestReader:
        return rest_reader(self.columns, misfit=self.misfit)
