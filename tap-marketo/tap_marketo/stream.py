"""What all streams share: the fast record path, Marketo's time, and a catalog kept in step.

Records are written by one join of bytes where nothing has to change them; stream maps,
flattening and selection inside an object take the SDK's own way, with the same result.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.metrics import DEFAULT_LOG_INTERVAL
from singer_sdk.singerlib import Metadata, Schema
from typing_extensions import override

from tap_marketo.bookmarks import Bookmark
from tap_marketo.messages.news import is_news
from tap_marketo.messages.stream_maps import UNMAPPABLE, unmappable
from tap_marketo.messages.writer import BufferedWriter, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
    from datetime import datetime

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.metrics import Counter
    from singer_sdk.singerlib import Catalog, CatalogEntry, RecordMessage

    from tap_marketo.instance import Instance
    from tap_marketo.tap import TapMarketo


class MarketoStream(Stream):
    """A stream of Marketo's, written at Marketo's time."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # values are JSON of the right type already
    replication: ClassVar[str] = "INCREMENTAL"
    calls: ClassVar[tuple[str, ...]] = ()
    """Marketo's own names of the calls that bring the records."""
    permissions: ClassVar[tuple[str, ...]] = ()
    """What the API user's role needs for them."""
    types: ClassVar[tuple[int, ...]] = ()
    """The activity types of its rows, where its calls do not name them."""

    def __init__(self, tap: TapMarketo, *, name: str | None = None) -> None:
        super().__init__(tap, name=name)
        self.tap = tap
        self.logger.addFilter(is_news)
        self.rows_written = 0
        self._extracted_at: datetime | None = None
        self.missing: frozenset[str] = frozenset()  # what the catalog has and Marketo has not
        self._hidden: frozenset[str] = frozenset()
        self._suffix = b""
        self._counter: Counter | None = None
        self._schema_is_out = False

    @property
    def instance(self) -> Instance:
        """The Marketo instance that is read."""
        return self.tap.instance

    @property
    def bookmark(self) -> Bookmark:
        """This stream's part of the state."""
        return Bookmark(self.name, self.stream_state)

    def start_after(self, reached: datetime) -> datetime:
        """Where a read begins: a little before the last one's end, or where a recheck does."""
        start = reached - self.tap.lookback
        return min(start, self.recheck_since or start)

    @property
    def read_until(self) -> datetime | None:
        """Up to where the last run read; None before the first complete read."""
        return self.bookmark.reached

    @cached_property
    def recheck_since(self) -> datetime | None:
        """From when on this run reads again what may have been written late; None if not due."""
        since = self.tap.recheck.due_since(
            self.bookmark.rechecked_at, reached=self.read_until, now=self.instance.now
        )
        start = self.instance.start_date
        return max(since, start) if since and start else since

    def finish_recheck(self, until: datetime) -> None:
        """All that was to be read again is; before the bookmark is moved."""
        if self.recheck_since or self.bookmark.rechecked_at is None:
            self.bookmark.finish_recheck(until)
        self.__dict__.pop("recheck_since", None)  # a stream may be read more than once in a run

    @property
    def limit(self) -> int | None:
        """Most records to write: only a test run has a limit, and it moves no bookmark."""
        return self.ABORT_AT_RECORD_COUNT

    @property
    def columns_wanted(self) -> frozenset[str]:
        """The properties that the catalog selects."""
        properties = self.effective_schema["properties"]
        wanted = frozenset(name for name in properties if self.mask["properties", name])
        return wanted - self._hidden

    def leave_out(self, names: frozenset[str]) -> None:
        """Go on without these properties, which were hidden in the middle of the run."""
        self._hidden |= names
        raw = self.stream_maps[0].raw_schema
        kept = {name: rule for name, rule in raw["properties"].items() if name not in names}
        self.tap.mapper.register_raw_stream_schema(
            self.name, {**raw, "properties": kept}, self.primary_keys
        )
        self._stream_maps = None
        self.__dict__.pop("_fast_columns", None)
        self.tap.summary.note_drift(self.name, gone=names, new=())
        self._schema_is_out = False
        self._write_schema_message()

    def misfit(self, column: str) -> None:
        """Count a value that did not fit the type of its column."""
        self.tap.summary.misfits[self.name, column] += 1

    def write(self, records: Iterable[Record], *, read_at: datetime) -> None:
        """Write records that Marketo gave at that moment."""
        self.extracted_at = read_at
        for record in records:
            if self.limit is not None and self.rows_written >= self.limit:
                return
            self._write_record_message(record)
            if self._counter is not None:
                self._counter.increment()

    def when_written(self, action: Callable[[], object]) -> None:
        """Run `action` behind all records that are in hand: at once, where none wait."""
        action()

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Outside of the SDK's loop: SCHEMA first, the count of records last."""
        outer = self._counter
        self._write_schema_message()
        with self.get_record_counter():
            yield
        self._counter = outer

    @override
    def _write_schema_message(self) -> None:
        """Once, though a stream may be read more than once in a run."""
        if not self._schema_is_out:
            super()._write_schema_message()
            self._schema_is_out = True

    @override
    def get_record_counter(
        self, *, endpoint: str | None = None, log_interval: float = DEFAULT_LOG_INTERVAL
    ) -> Counter:
        counter = super().get_record_counter(endpoint=endpoint, log_interval=log_interval)
        self._counter = counter
        return counter

    def checkpoint(self) -> None:
        """Write STATE, behind all that is written."""
        self.state_manager.is_flushed = False
        self._write_state_message()

    @property
    def extracted_at(self) -> datetime | None:
        """Marketo's time of the records that come next."""
        return self._extracted_at

    @extracted_at.setter
    def extracted_at(self, moment: datetime) -> None:
        if moment != self._extracted_at:
            self._extracted_at = moment
            version = (
                b"" if self._stream_version is None else b',"version":%d' % (self._stream_version)
            )
            self._suffix = version + b',"time_extracted":' + to_json(moment) + b"}\n"

    @property
    @override
    def replication_method(self) -> str:
        return self.replication

    @override
    def generate_child_contexts(
        self, record: Record, context: Context | None
    ) -> Iterable[Context | None]:
        return ()

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """None: bookmarks are Marketo's times, written by the feeds."""

    @override
    def _write_starting_replication_value(self, context: Context | None) -> None:
        pass

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        pass

    @override
    def get_batch_config(self, config: Mapping[str, Any]) -> None:
        return None

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        return False  # the SDK's come before the records; ours end a complete read

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        entry = catalog.get_stream(self.name)
        if entry is None:
            super().apply_catalog(catalog)
            return
        known = set(entry.schema.to_dict().get("properties", {}))
        described = set(self.schema["properties"])
        self._repair(entry, known)
        super().apply_catalog(catalog)
        self.missing = frozenset(known - described)
        if self.selected:
            gone = self.missing - self.given_up(self.missing)
            self.tap.summary.note_drift(self.name, gone=gone, new=described - known)

    def given_up(self, columns: frozenset[str]) -> frozenset[str]:  # noqa: ARG002 - see ActivityReader
        """Those of the columns that are missing because a setting does not ask for them."""
        return frozenset()

    def _repair(self, entry: CatalogEntry, known: set[str]) -> None:
        """Bring a catalog's entry in step with what Marketo describes now.

        Properties that are gone leave it, types are the described ones, keys are always there.
        """
        described = self.schema["properties"]
        automatic = {*self.primary_keys, *filter(None, [self.replication_key])}
        kept = {name: rule for name, rule in described.items() if name in known | automatic}
        entry.schema = Schema.from_dict({**self.schema, "properties": kept})
        entry.key_properties = list(self.primary_keys)
        entry.replication_key = self.replication_key
        entry.replication_method = self.replication_method
        for name in automatic:
            entry.metadata["properties", name].inclusion = Metadata.InclusionType.AUTOMATIC

    @cached_property
    def _fast_columns(self) -> frozenset[str] | None:
        """The columns to write the fast way; None where records have to be changed first."""
        nested = any(len(place) > 2 and not on for place, on in self.mask.items())  # noqa: PLR2004
        own_writer = isinstance(self.tap.message_writer, BufferedWriter)
        if self._is_mapped or self.stream_maps[0].flattening_enabled or nested or not own_writer:
            return None
        return self.columns_wanted

    @property
    def _is_mapped(self) -> bool:
        """Whether a stream map of the user's applies to the records."""
        maps = self.stream_maps
        return len(maps) != 1 or type(maps[0]) is not SameRecordTransform

    @cached_property
    def _prefix(self) -> bytes:
        return b'{"type":"RECORD","stream":' + to_json(self.name) + b',"record":'

    @override
    def _write_record_message(self, record: Record) -> None:
        self.rows_written += 1
        columns = self._fast_columns
        if columns is None:
            super()._write_record_message(record)
            return
        if not record.keys() <= columns:
            for name in record.keys() - columns:
                del record[name]
        self.tap.message_writer.write_record(self._prefix + to_json(record) + self._suffix)
        self.state_manager.is_flushed = False

    @override
    def _generate_record_messages(self, record: Record) -> Generator[RecordMessage, None, None]:
        try:
            for message in super()._generate_record_messages(record):
                message.time_extracted = self.extracted_at
                yield message
        except UNMAPPABLE as error:
            if not self._is_mapped:
                raise
            raise unmappable(self.name, error) from None  # whose text may hold a value
