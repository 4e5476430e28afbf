"""Activities: one stream of all types, one of each type.

One feed serves them all: `activities` reads it, packed by ten types a call, and hands each row
to the streams that want its type. Marketo docs: Activities.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, fields
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from marketo_client import Page, RequestError
from marketo_client.naming import column_names
from singer_sdk.singerlib.catalog import StreamMetadata
from typing_extensions import override

from tap_marketo.bulk.activity_files import ActivityFiles
from tap_marketo.feeds import holes
from tap_marketo.feeds.feed import Feed
from tap_marketo.plans.activity_plan import ActivitiesMethod, by_bulk, from_earlier, in_turn
from tap_marketo.plans.packs import Pack, Subscriber, Want, packs
from tap_marketo.records import rows
from tap_marketo.records.schemas import column, object_schema, rest_reader
from tap_marketo.state.activity_bookmark import ActivitiesBookmark
from tap_marketo.streams.activity_reader import ACTIVITY, ActivityReader
from tap_marketo.streams.first_windows import FirstWindows
from tap_marketo.streams.types_there import TypesThere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from marketo_client import ActivityType, JsonObject
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import MetadataMapping

    from tap_marketo.bookmarks import Reading
    from tap_marketo.records.schemas import Column, RestReader
    from tap_marketo.tap import TapMarketo

UNDESCRIBED: Final = "attributes that Marketo does not describe, in `activities` alone"
ATTRIBUTES: Final = {"type": ["null", "object"], "description": "The others, by Marketo's names"}


class ActivitiesStream(ActivityReader):
    """All activities but Delete Lead, their attributes as one object under Marketo's names.

    The hub of their feed.
    """

    name = "activities"

    @cached_property
    @override
    def schema(self) -> dict[str, Any]:
        return object_schema((*ACTIVITY, *self.lead_columns), **{rows.ATTRIBUTES: ATTRIBUTES})

    @cached_property
    @override
    def lead_columns(self) -> Sequence[Column]:
        fixed = [each.name for each in ACTIVITY]
        return self.tap.lead_lookups.columns(taken=[*fixed, rows.ATTRIBUTES])

    @override
    def take(self, row: JsonObject) -> Iterable[Record]:
        yield {**self._record(row), rows.ATTRIBUTES: rows.attributes(row)}

    @property
    @override
    def bookmark(self) -> ActivitiesBookmark:
        return ActivitiesBookmark(self.name, self.stream_state)

    @property
    @override
    def reached(self) -> Mapping[int, datetime]:
        types = self.bookmark.types
        return {type_id: types[type_id] for type_id in self.type_ids if type_id in types}

    @override
    def finish(self, types: Iterable[int], *, until: datetime) -> None:
        self.bookmark.finish_types(types, until=until)
        reached = self.bookmark.types
        if reached.keys() >= set(self.type_ids):
            self.bookmark.finish(min(reached[type_id] for type_id in self.type_ids))

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        readers = self._readers
        with ExitStack() as stack:
            for reader in readers:
                if reader is not self:
                    stack.enter_context(reader.opened())
            self.tap.lead_lookups.serve(readers)
            for reader in readers:
                holes.tell(reader, reader.reached, stopped=self.bookmark.stopped)
            self._read_all(readers)
        return ()

    @property
    def _readers(self) -> Sequence[ActivityReader]:
        """The selected streams of activities, perhaps with this one."""
        readers = [each for each in self.child_streams if isinstance(each, ActivityReader)]
        return [each for each in (self, *readers) if each.selected]

    @property
    @override
    def read_until(self) -> datetime | None:
        reached = [at for each in self._readers for at in each.reached.values()]
        return min(reached, default=None)

    @cached_property
    def types_there(self) -> TypesThere:
        """Which of the types that the run began with may still be asked for."""
        return TypesThere(self)

    def _read_all(self, readers: Sequence[ActivityReader]) -> None:
        """Long spans by bulk extract, then the rest by REST; a test run only that."""
        method = ActivitiesMethod(self.tap.config["activities_method"])
        if self.limit is not None:
            method = ActivitiesMethod.REST
        since = self.recheck_since
        while long := self._by_bulk(wants := self._wants(readers, since), method):
            self._read_files(long, FirstWindows(self, rechecked_since=since))
            if len(long) == len(wants):  # what is to be read again was among it
                since = None
        feed = Feed(self)
        if method is not ActivitiesMethod.BULK:
            for pack in packs(self._wants(readers, since)):
                self._read(pack, feed)
        self._finish_run(feed)

    def _read_files(self, wants: Sequence[Want], first_windows: FirstWindows) -> None:
        begun = self.bookmark.history_of
        types = begun.types if begun else ()
        wants = first_windows.moved(wants)
        for part in in_turn(wants, begun=types, now=self.instance.now):
            pack = Pack(min(want.start for want in part), tuple(part))
            self._finish(pack, until=ActivityFiles(self, pack).read())
            self.bookmark.drop_bulk()
            self.checkpoint()

    def _wants(self, readers: Sequence[ActivityReader], since: datetime | None) -> list[Want]:
        wants = [want for reader in readers for want in reader.wants()]
        wants += self.tap.leads.winners.wants()
        return from_earlier([want for want in wants if self.types_there.has(want.type_id)], since)

    def _by_bulk(self, wants: Sequence[Want], method: ActivitiesMethod) -> list[Want]:
        now, lookback = self.instance.now, self.tap.lookback
        return by_bulk(wants, method=method, now=now, lookback=lookback)

    def _finish_run(self, feed: Feed) -> None:
        """Nothing is left in the middle, whatever older selections and methods left there."""
        self.tap.lead_lookups.flush()
        feed.finish()
        if self.limit is None:
            self.bookmark.drop_bulk()
            self.finish_recheck(self.instance.now)

    def _read(self, pack: Pack, feed: Feed) -> None:
        """All pages of up to ten types, and then their bookmarks."""
        reading = feed.begin(pack.scope, since=pack.since)
        wants = pack.by_type
        for page in feed.pages(reading, read=partial(self._page, types=pack.types)):
            for row in rows.unique(page):
                self.hand_over(row, wants, read_at=page.read_at)
        if self.limit is None:
            self.when_written(partial(self._end, pack, reading, feed))

    def _page(self, token: str, *, types: Sequence[int]) -> Page:
        """One page, without types that have gone since the run began."""
        there = self.types_there.among(types)
        if not there:
            return Page([], None, more=False, read_at=self.instance.activity_types.read_at)
        try:
            return self.instance.marketo.activities.page(token, type_ids=there)
        except RequestError as error:
            self.types_there.note(there, error)
        return self._page(token, types=types)

    def _end(self, pack: Pack, reading: Reading, feed: Feed) -> None:
        self._finish(pack, until=reading.until)
        feed.end(reading)

    @override
    def when_written(self, action: Callable[[], object]) -> None:
        self.tap.lead_lookups.when_written(action)

    def hand_over(
        self, row: JsonObject, wants: Mapping[int, Sequence[Want]], *, read_at: datetime
    ) -> None:
        """Give a row to all who want its type from that moment on."""
        happened_at = rows.happened_at(row)
        if row[rows.TYPE] not in wants:
            self.tap.summary.passed_over["activities of types that were not asked for"] += 1
        for want in wants.get(row[rows.TYPE], ()):
            if happened_at >= want.start:
                want.stream.write(want.stream.take(row), read_at=read_at)

    def _finish(self, pack: Pack, *, until: datetime) -> None:
        types: defaultdict[Subscriber, list[int]] = defaultdict(list)
        for want in pack.wants:
            if self.types_there.has(want.type_id):
                types[want.stream].append(want.type_id)
        for stream, finished in types.items():
            stream.finish(finished, until=until)

    @cached_property
    def _record(self) -> RestReader:
        return rest_reader(ACTIVITY, misfit=self.misfit)


@dataclass(slots=True)
class ActivityTypeMetadata(StreamMetadata):
    """The stream's metadata with the type's id, which outlives the type's name."""

    activity_type_id: int | None = None


class ActivityTypeStream(ActivityReader):
    """The activities of one type, their attributes as typed columns."""

    parent_stream_type = ActivitiesStream
    selected_by_default = False

    def __init__(self, tap: TapMarketo, *, activity_type: ActivityType, name: str) -> None:
        super().__init__(tap, types=[activity_type.id], name=name)
        self.type_id = activity_type.id
        self._type = activity_type

    @cached_property
    @override
    def schema(self) -> dict[str, Any]:
        return object_schema((*ACTIVITY, *self._attributes, *self.lead_columns))

    @cached_property
    @override
    def lead_columns(self) -> Sequence[Column]:
        others = [each.name for each in (*ACTIVITY, *self._attributes)]
        return self.tap.lead_lookups.columns(taken=others)

    @property
    @override
    def metadata(self) -> MetadataMapping:
        mapping = super().metadata
        root = mapping.root
        if not isinstance(root, ActivityTypeMetadata):
            known = {each.name: getattr(root, each.name) for each in fields(root)}
            mapping[()] = ActivityTypeMetadata(**known, activity_type_id=self._type.id)
        return mapping

    @override
    def finish(self, types: Iterable[int], *, until: datetime) -> None:
        super().finish(types, until=until)
        self.bookmark.keep_activity_type(self._type.id)

    @override
    def take(self, row: JsonObject) -> Iterable[Record]:
        attributes = self._under_names(rows.attributes(row))
        if strange := attributes.keys() - self._described:
            self.tap.summary.passed_over[f"{self.name}: {UNDESCRIBED}"] += len(strange)
        yield {**self._common(row), **self._typed(attributes)}

    def _under_names(self, attributes: JsonObject) -> JsonObject:
        """The attributes under their names, whether they came under those or their API names."""
        if not self._names:
            return attributes
        return {self._names.get(name, name): value for name, value in attributes.items()}

    @cached_property
    def _described(self) -> frozenset[str]:
        return frozenset(each.name for each in self._type.attributes)

    @cached_property
    def _names(self) -> dict[str, str]:
        """The name of each attribute that has an API name beside it."""
        return {
            each.api_name: each.name
            for each in self._type.attributes
            if each.api_name and each.api_name not in self._described
        }

    @cached_property
    def _attributes(self) -> Sequence[Column]:
        types = {each.name: each.data_type for each in self._type.attributes}
        names = column_names(types, taken=[each.name for each in ACTIVITY])
        return [column(names[name], types[name], source=name, title=name) for name in types]

    @cached_property
    def _common(self) -> RestReader:
        return rest_reader(ACTIVITY, misfit=self.misfit)

    @cached_property
    def _typed(self) -> RestReader:
        return rest_reader(self._attributes, misfit=self.misfit)
