"""The tap: its streams, and what happens at the ends of a run."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

from marketo_client import SYSTEM_CLOCK, Marketo, StopForTodayError
from marketo_client.bulk.export_budget import in_mb
from singer_sdk.singerlib import Catalog
from typing_extensions import override

from tap_marketo.catalog import discovery
from tap_marketo.catalog.type_streams import (
    follow,
    streams_of_types,
    types_of_catalog,
    types_of_state,
)
from tap_marketo.errors import (
    FORESEEN,
    NothingThereError,
    UnreadableReplyError,
)
from tap_marketo.feeds.read_ahead import ReadAhead
from tap_marketo.instance import Instance
from tap_marketo.messages.news import is_news
from tap_marketo.messages.progress import Progress
from tap_marketo.messages.stream_maps import StreamMaps
from tap_marketo.messages.summary import Summary
from tap_marketo.messages.writer import BufferedWriter
from tap_marketo.plans.recheck import Recheck
from tap_marketo.plugin import Plugin
from tap_marketo.settings import SETTINGS, connection, hurried, start_date
from tap_marketo.signals import SIGNALLED
from tap_marketo.state.handed_in import accepted, check_moments
from tap_marketo.stream import MarketoStream
from tap_marketo.streams.activities import ActivitiesStream, ActivityTypeStream
from tap_marketo.streams.changes import LeadChangesStream
from tap_marketo.streams.deletes import DeletedLeadsStream
from tap_marketo.streams.lead_ids import LeadIdsStream
from tap_marketo.streams.lead_lookups import LeadLookups
from tap_marketo.streams.leads import LeadsStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

    from marketo_client import Clock
    from singer_sdk import Stream


Kind = TypeVar("Kind", bound=MarketoStream)


class TapMarketo(Plugin):
    """Singer tap for Adobe Marketo Engage: leads, activities, changes, deletes and merges."""

    name = "tap-marketo"
    config_jsonschema: ClassVar[dict[str, Any]] = SETTINGS
    clock: ClassVar[Clock] = SYSTEM_CLOCK  # waits go by it; what time it is says Marketo
    message_writer_class = BufferedWriter
    message_writer: BufferedWriter

    def __init__(
        self,
        *,
        config: dict[str, Any] | None = None,
        catalog: dict[str, Any] | None = None,
        state: dict[str, Any] | None = None,
        **others: Any,  # noqa: ANN401 - passed on to the SDK as they are
    ) -> None:
        self.logger.addFilter(is_news)
        self.summary = Summary()
        self.progress = Progress(self._numbers)
        self._listed_types = types_of_catalog(catalog)
        self._read_types = types_of_state(accepted(state or {})["bookmarks"])
        super().__init__(config=dict(config or {}), catalog=catalog, state=state, **others)
        for setting in hurried(self.config):
            self.logger.warning("`%s` is above what Marketo advises to one application", setting)
        if self.config.get("activity_types") == []:
            self.logger.warning(
                "`activity_types` is empty: no activities are read; remove it to read all"
            )

    @cached_property
    def instance(self) -> Instance:
        """The Marketo instance that this run reads; its credentials are good."""
        self.marketo.authenticate()
        return Instance(self.marketo, start_date=start_date(self.config))

    @cached_property
    def marketo(self) -> Marketo:
        """The client of this run."""
        return Marketo(connection(self.config), clock=self.clock)

    @property
    def lookback(self) -> timedelta:
        """How far before its bookmark a stream starts."""
        return timedelta(seconds=self.config["lookback_seconds"])

    @property
    def recheck(self) -> Recheck:
        """How often, and how far back, the last hours are read again."""
        return Recheck(
            every=timedelta(hours=self.config["recheck_every_hours"]),
            window=timedelta(hours=self.config["recheck_window_hours"]),
        )

    @cached_property
    def lead_lookups(self) -> LeadLookups:
        """The lead fields that come with activities."""
        return LeadLookups(self)

    @cached_property
    def activities(self) -> ActivitiesStream:
        """The stream of activities, selected or not."""
        return self._the(ActivitiesStream)

    @cached_property
    def leads(self) -> LeadsStream:
        """The stream of leads, selected or not."""
        return self._the(LeadsStream)

    @cached_property
    def ahead(self) -> ReadAhead:
        """When feeds are read before their turn: those first that Marketo forgets first."""
        return ReadAhead(
            self.marketo, [self.deleted_leads, self.lead_changes], reading=self._reading
        )

    @cached_property
    def lead_changes(self) -> LeadChangesStream:
        """The stream of changes, selected or not."""
        return self._the(LeadChangesStream)

    @cached_property
    def deleted_leads(self) -> DeletedLeadsStream:
        """The stream of deleted leads, selected or not."""
        return self._the(DeletedLeadsStream)

    @cached_property
    def lead_ids(self) -> LeadIdsStream:
        """The stream of ids of leads, selected or not."""
        return self._the(LeadIdsStream)

    def _the(self, kind: type[Kind]) -> Kind:
        """The only stream of that kind."""
        return next(each for each in self.streams.values() if isinstance(each, kind))

    @property
    @override
    def streams(self) -> dict[str, Stream]:
        """By name, but deletions last: the marks on leads come after everything else."""
        streams = super().streams
        last = DeletedLeadsStream.name
        if last in streams and next(reversed(streams)) != last:
            streams[last] = streams.pop(last)
        return streams

    @override
    def discover_streams(self) -> list[MarketoStream]:
        known = streams_of_types(listed=self._listed_types, read=self._read_types)
        try:
            with self._reading():
                streams = discovery.streams(self, known=known)
        except FORESEEN:
            self.summary.log(rows={}, marketo=self.marketo)
            raise
        self._follow_names(each for each in streams if isinstance(each, ActivityTypeStream))
        return streams

    def _follow_names(self, streams: Iterable[ActivityTypeStream]) -> None:
        """Types that were renamed in Marketo go on in their streams, whatever the catalog says."""
        catalog = self.input_catalog or Catalog()
        names = {each.type_id: each.name for each in streams}
        for listed, name in follow(catalog, types=self._listed_types, names=names).items():
            if catalog[name].metadata.root.selected:
                self.logger.warning("%s: renamed in Marketo, its rows go on in %s", listed, name)
                self.summary.note_renamed(name, listed)
            elif name in self._read_types:
                self.logger.warning(
                    "%s: renamed in Marketo; select it, and its rows go on in %s", listed, name
                )

    @override
    def setup_mapper(self) -> None:
        streams = self.streams.values()  # repairs the catalog, which the mapper reads
        # Tap's own refuses maps of streams that are not selected
        self.mapper = StreamMaps(self.config, self.logger)
        for words in self.mapper.without_stream(self.streams):
            self.logger.warning("%s", words)
        selected = Catalog()
        for stream in streams:
            entry = self.catalog.get_stream(stream.name)
            if stream.selected and entry:
                selected.add_stream(entry)
            else:  # a test run selects it later, and needs its columns then
                self.mapper.register_raw_stream_schema(
                    stream.name, stream.schema, stream.primary_keys
                )
        self.mapper.register_raw_streams_from_catalog(selected)

    @override
    def run(self) -> None:
        """Sync all selected streams; the summary comes last, however it ends."""
        with self.progress:
            try:
                self._check_selection()
                self._check_moments()
                with self._reading():
                    self.lead_lookups.check()
                    self.leads.prepare()
                    self._sync_all_of_today()
            finally:
                self.message_writer.flush()
                self.summary.log(rows=self._rows, marketo=self.marketo)

    def _sync_all_of_today(self) -> None:
        try:
            self.sync_all()
            self._mark_gone()
        except StopForTodayError as stop:
            self.ahead.before_a_stop(stop)
            raise

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """What an answer of another form runs into becomes one line."""
        try:
            yield
        except FORESEEN:
            raise
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            endpoint = self.marketo.calls.latest
            raise UnreadableReplyError(self.progress.where, endpoint, error) from error

    def _check_selection(self) -> None:
        """Tell of streams that the catalog selects and that are not there.

        Raises NothingThereError where nothing else is selected.
        """
        catalog = self.input_catalog or Catalog()
        chosen = [name for name, entry in catalog.items() if entry.metadata.root.selected]
        gone = [name for name in chosen if name not in self.streams]
        for name in gone:
            self.logger.warning("%s: selected in the catalog, but there is no such stream", name)
            self.summary.note_gone(name)
        if any(stream.selected for stream in self.streams.values()):
            return
        if gone:
            raise NothingThereError(gone)
        self.logger.warning("no stream is selected: nothing is read")

    def _check_moments(self) -> None:
        """Refuse bookmarks that lie after Marketo's own time, of what this run reads."""
        streams = self.streams.items()
        selected = {name for name, stream in streams if stream.selected}
        hubs = {name for name, stream in streams if stream.has_selected_descendents}
        if self.deleted_leads.is_wanted:
            hubs.add(self.deleted_leads.name)
        check_moments(self.state, selected=selected, hubs=hubs, now=self.instance.now)

    def _mark_gone(self) -> None:
        """The marks on leads, where the stream of deleted leads has not written them."""
        if self.leads.marks_gone and not self.deleted_leads.selected:
            self.deleted_leads.sync()

    @property
    def _rows(self) -> dict[str, int]:
        found = (self._streams or {}).values()  # a signal may come before there are any
        streams = (each for each in found if isinstance(each, MarketoStream))
        return {stream.name: stream.rows_written for stream in streams}

    def _numbers(self) -> str:
        calls = self.marketo.calls
        rows = sum(self._rows.values())
        return f"{rows} rows, {calls.total} calls, {in_mb(calls.export_bytes)} MB exported"

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Finish the line, write STATE behind what is out, and end; at once the second time."""
        signal.signal(signum, lambda *_: os._exit(SIGNALLED + signum))
        self.message_writer.when_idle(lambda: self._end(signum))

    def _end(self, signum: int) -> NoReturn:
        """End here: a lock may be held and a bookmark be half written, so nothing is unwound.

        Nothing has to be: temporary files have no names, and jobs are found again by their ids.
        """
        try:
            self.message_writer.repeat_state()
            self.summary.log(rows=self._rows, marketo=self.marketo)
            self.logger.error("stopped by %s; run again to go on", signal.Signals(signum).name)
        finally:
            os._exit(SIGNALLED + signum)
