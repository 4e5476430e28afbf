"""Changes of leads: one row per changed field, and one per new lead.

One feed serves both and `leads`: `lead_changes` reads it. Marketo docs: Activities (Get Lead
Changes).
"""

from __future__ import annotations

from abc import abstractmethod
from contextlib import ExitStack
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from marketo_client import RequestError
from marketo_client.naming import camel, fitted
from typing_extensions import override

from tap_marketo.bookmarks import ACTIVITY_DATE, Reading, Scope, digest
from tap_marketo.feeds import holes
from tap_marketo.feeds.feed import Feed
from tap_marketo.instance import refuses_a_field
from tap_marketo.plans.retention import CHANGE_DATA_VALUE, NEW_LEAD
from tap_marketo.records import rows
from tap_marketo.records.schemas import (
    Column,
    column,
    key_column,
    lead_columns,
    object_schema,
    rest_reader,
)
from tap_marketo.stream import MarketoStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from marketo_client import JsonObject, Page
    from singer_sdk.helpers.types import Context, Record

    from tap_marketo.records.schemas import RestReader

STANDING_FIELD: Final = "createdAt"  # never changes: asked for where only new leads are wanted
FIELD_NAME: Final = "fieldName"

CHANGE: Final = (
    rows.GUID_COLUMN,
    rows.LEAD_COLUMN,
    rows.DATE_COLUMN,
    column("fieldId", "integer", title="Number of the field"),
    key_column(FIELD_NAME, "string", title="REST name of the field"),
    column("oldValue", "string", title="Value before, as text"),
    column("newValue", "string", title="Value after, as text"),
    column("source", "string", source="Source", title="Kind of what changed it"),
    column("reason", "string", source="Reason", title="Why it was changed"),
    column("apiMethodName", "string", source="API Method Name", title="API call that changed it"),
    column("modifyingUser", "string", source="Modifying User", title="User that changed it"),
    column("requestId", "string", source="Request Id", title="API request that changed it"),
    column("campaignId", "integer", title="Smart campaign that changed it"),
)


class ChangeReader(MarketoStream):
    """A stream that wants rows of the change feed."""

    @property
    def follows(self) -> bool:
        """Whether this run wants them."""
        return True

    def read_apart(self) -> None:
        """Read what it has, where it does not follow the feed."""

    @property
    def fields_watched(self) -> Sequence[str]:
        """The fields whose changes this stream has to know of."""
        return ()

    @abstractmethod
    def start(self) -> datetime:
        """From when on this stream wants rows."""

    def open(self, reading: Reading) -> None:
        """Before the first row: the feed stands where `reading` says."""

    @abstractmethod
    def take(self, row: JsonObject, *, page: Page) -> None:
        """Do what the row asks for."""

    def follow_description(self) -> None:
        """Leads were described again: leave out what is gone."""

    def close(self) -> None:
        """After the last row."""

    def finish(self, until: datetime) -> None:
        """All changes up to that moment are taken."""
        self.bookmark.finish(until)


class ChangeRows(ChangeReader):
    """A change reader that writes the rows themselves."""

    replication_key = ACTIVITY_DATE
    calls = ("Get Lead Changes",)
    permissions = ("Read-Only Activity",)

    @override
    def start(self) -> datetime:
        reached = self.bookmark.reached
        if reached is None:
            return self.instance.first_activity(self.types)
        return self.start_after(reached)

    def tell_of_hole(self, stopped: Iterable[tuple[Scope, datetime]]) -> None:
        """What Marketo has forgotten since this stream had all of it."""
        if reached := self.bookmark.reached:
            holes.tell(self, dict.fromkeys(self.types, reached), stopped=stopped)

    @override
    def finish(self, until: datetime) -> None:
        self.finish_recheck(until)
        super().finish(until)

    @override
    def take(self, row: JsonObject, *, page: Page) -> None:
        self.write(self.records(row), read_at=page.read_at)

    @abstractmethod
    def records(self, row: JsonObject) -> Iterable[Record]:
        """What a row of the feed becomes here."""

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        return ()


class LeadChangesStream(ChangeRows):
    """One row for each field that was changed, with the value before and after.

    The hub of the change feed.
    """

    name = "lead_changes"
    primary_keys: tuple[str, ...] = (rows.GUID, FIELD_NAME)
    types = (CHANGE_DATA_VALUE,)

    @cached_property
    @override
    def schema(self) -> dict[str, Any]:
        return object_schema(CHANGE)

    @override
    def records(self, row: JsonObject) -> Iterable[Record]:
        shared = row | rows.attributes(row)
        named = [field for field in row.get("fields") or () if field.get("name")]
        if row[rows.TYPE] == CHANGE_DATA_VALUE and not named:
            self.tap.summary.passed_over[f"{self.name}: changes that name no field"] += 1
        for field in named:
            change = {"fieldId": field.get("id"), FIELD_NAME: field["name"]}
            yield self._record({**shared, **field, **change})

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        readers = [each for each in self.child_streams if isinstance(each, ChangeReader)]
        children = [each for each in readers if each.selected]
        with ExitStack() as stack:
            for child in children:
                stack.enter_context(child.opened())
            for child in children:
                if not child.follows:
                    child.read_apart()
            followers = [each for each in children if each.follows]
            if self.selected or followers:
                self._read([self, *followers] if self.selected else followers)
        return ()

    @property
    def is_wanted(self) -> bool:
        """Whether this run writes rows of the feed."""
        return self.limit is None and bool(self._writers)

    @property
    def written_until(self) -> datetime | None:
        """Up to where all streams have them that write them; None where one has none yet."""
        known = [each.bookmark.reached for each in self._writers]
        return min((each for each in known if each), default=None) if all(known) else None

    def read_ahead(self) -> None:
        """Write the rows of by now; `leads` has its own turn, behind its files."""
        with ExitStack() as stack:
            for each in self._writers:
                stack.enter_context(each.opened())
            self._read(self._writers)
        self.checkpoint()

    @property
    def _writers(self) -> list[ChangeRows]:
        readers = [self, *self.child_streams]
        return [each for each in readers if isinstance(each, ChangeRows) and each.selected]

    def _read(self, readers: Sequence[ChangeReader]) -> None:
        """All pages for all readers, and then their bookmarks."""
        feed = Feed(self)
        reading, later = self._begin(feed, readers)
        for reader in readers:
            reader.open(reading)
        if self._was_overtaken(reading):
            feed = Feed(self)
            reading, later = self._begin(feed, readers)
        for page in feed.pages(reading, read=partial(self._page, readers=readers)):
            for row in rows.unique(page):
                happened_at = rows.happened_at(row)
                for reader in readers:
                    if happened_at >= later.get(reader, happened_at):  # what is late comes too
                        reader.take(row, page=page)
        for reader in readers:
            reader.close()
        if self.limit is None:
            for reader in readers:
                reader.finish(reading.until)
            feed.finish()

    def _begin(
        self, feed: Feed, readers: Sequence[ChangeReader]
    ) -> tuple[Reading, dict[ChangeReader, datetime]]:
        """The cursor, and from when on those want rows who do not want all of them."""
        names = tuple(sorted(each.name for each in readers))
        scope = Scope(names, fields=digest(sorted(self._fields(readers))))
        for reader in readers:
            if isinstance(reader, ChangeRows):
                reader.tell_of_hole(self.bookmark.stopped)
        starts = {reader: reader.start() for reader in readers}
        since = min(starts.values())
        later = {reader: start for reader, start in starts.items() if start > since}
        return feed.begin(scope, since=since), later

    def _was_overtaken(self, reading: Reading) -> bool:
        """Whether the feed was read ahead since: those who write its rows need few of them now."""
        kept = [each.scope for each in self.bookmark.readings]
        return self.limit is None and reading.scope not in kept

    def _page(self, token: str, *, readers: Sequence[ChangeReader]) -> Page:
        """One page; without a field that was hidden since the run began."""
        read = self.instance.marketo.activities.lead_changes
        fields = self._fields(readers)
        try:
            return read(token, fields=fields)
        except RequestError as error:
            if not refuses_a_field(error):
                raise
            self.instance.describe_leads_again()
            for reader in readers:
                reader.follow_description()
            remaining = self._fields(readers)
            if remaining == fields:
                raise
            return read(token, fields=remaining)

    def _fields(self, readers: Sequence[ChangeReader]) -> list[str]:
        """The fields whose changes are asked for: all, or those of the leads that are wanted."""
        if self in readers:
            return [each.source for each in lead_columns(self.instance.leads)]
        names = [name for reader in readers for name in reader.fields_watched]
        return names or [STANDING_FIELD]

    @cached_property
    def _record(self) -> RestReader:
        return rest_reader(CHANGE, misfit=self.misfit)


class NewLeadsStream(ChangeRows):
    """One row for each lead that was created, with what Marketo says of its origin."""

    name = "new_leads"
    primary_keys = (rows.GUID,)
    types = (NEW_LEAD,)
    parent_stream_type = LeadChangesStream

    @cached_property
    @override
    def schema(self) -> dict[str, Any]:
        return object_schema(self._columns)

    @override
    def records(self, row: JsonObject) -> Iterable[Record]:
        if row[rows.TYPE] == NEW_LEAD:
            yield self._record(rows.attributes(row) | row)

    @cached_property
    def _columns(self) -> Sequence[Column]:
        types = self.instance.activity_types.types
        described = next((each.attributes for each in types if each.id == NEW_LEAD), ())
        origin = {
            fitted(camel(each.name)): column(
                fitted(camel(each.name)), each.data_type, source=each.name, title=each.name
            )
            for each in described
        }
        fixed = (rows.GUID_COLUMN, rows.LEAD_COLUMN, rows.DATE_COLUMN)
        return (*fixed, *(origin[name] for name in origin if name not in {c.name for c in fixed}))

    @cached_property
    def _record(self) -> RestReader:
        return rest_reader(self._columns, misfit=self.misfit)
