"""Leads: all of them once, then those that changed, each with all selected fields.

Bulk extract brings the history; afterwards the change feed and the merges say which leads to read
again. They wait in a queue and are read 300 at a time. Marketo docs: Leads.
"""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from marketo_client import VALUES_PER_CALL, RequestError
from typing_extensions import override

from tap_marketo.bulk.lead_history import LeadHistory
from tap_marketo.bulk.lead_members import LeadMembers
from tap_marketo.instance import refuses_a_field
from tap_marketo.plans.leads_filter import LEADS_FILTER
from tap_marketo.records import rows
from tap_marketo.records.schemas import LEAD_ID, Column, lead_columns, object_schema, rest_reader
from tap_marketo.state.lead_bookmark import CHANGES_UNTIL, DELETES_UNTIL, LeadsBookmark
from tap_marketo.streams.changes import ChangeReader, LeadChangesStream
from tap_marketo.streams.lead_start import LeadStart
from tap_marketo.streams.merges import Winners
from tap_marketo.streams.tombstones import Tombstones

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from marketo_client import JsonObject, Page
    from singer_sdk.helpers.types import Context, Record

    from tap_marketo.bookmarks import Reading
    from tap_marketo.records.schemas import RestReader
    from tap_marketo.tap import TapMarketo

MISSING: Final = "leads: leads asked for by id that did not come"
MOST_COLUMNS: Final = 1_593  # PostgreSQL's 1,600 without the loader's own


class LeadsStream(ChangeReader):
    """Leads as they are: all of them once, then those that changed, with all selected fields."""

    name = "leads"
    primary_keys = (LEAD_ID,)
    parent_stream_type = LeadChangesStream
    calls = ("Bulk Lead Extract", "Get Lead Changes", "Get Leads by Filter Type")
    permissions = ("Read-Only Lead", "Read-Only Activity")

    def __init__(self, tap: TapMarketo) -> None:
        super().__init__(tap)
        self.winners = Winners(self)
        self.tombstones = Tombstones(self)
        self._start = LeadStart(self)
        self._read_at: dict[int, datetime] = {}

    @cached_property
    @override
    def schema(self) -> dict[str, Any]:
        return object_schema(self.all_columns)

    @property
    @override
    def bookmark(self) -> LeadsBookmark:
        return LeadsBookmark(self.name, self.stream_state)

    @property
    def all_columns(self) -> Sequence[Column]:
        """The fields that Marketo describes."""
        return lead_columns(self.instance.leads)

    @cached_property
    def columns(self) -> Sequence[Column]:
        """The selected fields."""
        wanted = self.columns_wanted
        return tuple(each for each in self.all_columns if each.name in wanted)

    @property
    @override
    def fields_watched(self) -> Sequence[str]:
        return [each.source for each in self.columns]

    def prepare(self) -> None:
        """Decide what this run reads, before any feed is read. Raises SettingError."""
        if self.members is not None:
            self.bookmark.forget()
            if self.selected and self.limit is None:
                self._check_members(self.members)
        elif self.selected and self.limit is None:
            self.bookmark.keep_members(None)
            self._start.decide()

    @cached_property
    def members(self) -> LeadMembers | None:
        """The only leads to read, if `leads_filter` is set: then no feed is followed."""
        chosen = self.config.get(LEADS_FILTER)
        return LeadMembers(self, chosen) if chosen else None

    @property
    @override
    def follows(self) -> bool:
        return self.limit is not None or self.members is None

    @override
    def start(self) -> datetime:
        if self.limit is not None:
            return self.instance.first_lead
        return self.followed_up_from - self.tap.lookback

    @property
    def followed_up_from(self) -> datetime:
        """From when on the feeds say what changed."""
        history = self.bookmark.history
        return history.until if history else self._start.changes_from

    @override
    def open(self, reading: Reading) -> None:
        self._tell_of_width()
        while self.limit is None and (history := self.bookmark.history):
            self.winners.served = False  # the files may be older than the merges that are known
            try:
                LeadHistory(self, history).read()
            except RequestError as error:
                self.leave_out_refused(error)

    @override
    def read_apart(self) -> None:
        self._tell_of_width()
        if self.members is not None:
            self._read_members(self.members)

    def _tell_of_width(self) -> None:
        if len(self.columns) > MOST_COLUMNS:
            self.logger.warning(
                "leads has %d columns, more than a PostgreSQL table holds: deselect some",
                len(self.columns),
            )

    def _check_members(self, members: LeadMembers) -> None:
        try:
            members.check()
        except RequestError as error:
            self.leave_out_refused(error)
            self._check_members(members)

    def _read_members(self, members: LeadMembers) -> None:
        try:
            members.read()
        except RequestError as error:
            self.leave_out_refused(error)
            self._read_members(members)

    @override
    def take(self, row: JsonObject, *, page: Page) -> None:
        self.enqueue(row[rows.LEAD], happened_at=rows.happened_at(row))
        if len(self._queue) >= VALUES_PER_CALL:
            self._forget_reads(before=rows.happened_at(row) - self.tap.lookback)
            self._read_queued()

    def _forget_reads(self, *, before: datetime) -> None:
        """Leads read before what the feed has reached are read again in any case."""
        self._read_at = {lead: at for lead, at in self._read_at.items() if at >= before}

    def enqueue(self, lead: int, *, happened_at: datetime) -> None:
        """Read a lead again, unless it was read in this run after that had happened."""
        read_at = self._read_at.get(lead)
        if read_at is None or read_at <= happened_at + self.tap.lookback:
            self._queue[lead] = None
            self._keep_queue()

    @override
    def close(self) -> None:
        if not self.winners.served:
            self.winners.read()
        while self._queue:
            self._read_queued()

    @override
    def finish(self, until: datetime) -> None:
        self.bookmark.keep_moment(CHANGES_UNTIL, until)
        if self._start.rechecks or self.bookmark.rechecked_at is None:
            self.bookmark.finish_recheck(until)

    @override
    def follow_description(self) -> None:
        described = {each.name for each in self.all_columns}
        gone = frozenset(each.name for each in self.columns if each.name not in described)
        if gone:
            self.logger.warning("%s: hidden in Marketo, left out from here on", ", ".join(gone))
            self.columns = tuple(each for each in self.columns if each.name not in gone)
            self.__dict__.pop("_record", None)
            if self.limit is None and self.members is None:
                self.bookmark.note_hidden(gone)
            self.leave_out(gone)

    def leave_out_refused(self, error: RequestError) -> None:
        """A call was refused: raises the error again, unless a selected field was hidden."""
        before = len(self.columns)
        if refuses_a_field(error):
            self.instance.describe_leads_again()
            self.follow_description()
        if len(self.columns) == before:
            raise error

    @property
    def marks_gone(self) -> bool:
        """Whether leads that are gone are marked at the end of this run."""
        wanted = self.config["tombstones"] and self.members is None
        return bool(wanted) and self.selected and self.limit is None

    @property
    def deletes_reached(self) -> datetime:
        """Up to where deletions are marked, or remembered to be."""
        return self.bookmark.moment(DELETES_UNTIL) or self.followed_up_from

    @property
    def deletes_start(self) -> datetime:
        """From when on deletions are to be marked."""
        return self.deletes_reached - self.tap.lookback

    def remember_gone(self, gone: Mapping[int, datetime]) -> None:
        """Mark these leads at the end of the run."""
        if self.marks_gone:
            self.bookmark.keep_gone({**self.bookmark.gone, **gone})

    def mark_remembered(self) -> None:
        """The end of the run has come."""
        if self.marks_gone and self.bookmark.gone:
            self.tombstones.write(self.bookmark.gone)
            self.bookmark.keep_gone({})
            self.checkpoint()

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        return ()

    @cached_property
    def _queue(self) -> dict[int, None]:
        return dict.fromkeys(self.bookmark.queue)

    def _read_queued(self) -> None:
        """The first leads of the queue, as they are now; one that is missing is no error."""
        ids = list(islice(self._queue, VALUES_PER_CALL))
        missing = set(ids)
        for page in self._pages(ids):
            self.write(map(self._record, page.rows), read_at=page.read_at)
            missing.difference_update(int(row[LEAD_ID]) for row in page.rows)
            self._read_at.update(dict.fromkeys(ids, page.read_at))
        if missing:
            self.tap.summary.passed_over[MISSING] += len(missing)
        for lead in ids:
            del self._queue[lead]
        self._keep_queue()

    def _pages(self, ids: Sequence[int]) -> Iterator[Page]:
        read = self.instance.marketo.leads.pages_by_ids
        try:
            yield from read(ids, fields=self.fields_watched)
        except RequestError as error:
            self.leave_out_refused(error)
            yield from read(ids, fields=self.fields_watched)

    def _keep_queue(self) -> None:
        if self.limit is None:
            self.bookmark.keep_queue(self._queue)

    @cached_property
    def _record(self) -> RestReader:
        return rest_reader(self.columns, misfit=self.misfit)
