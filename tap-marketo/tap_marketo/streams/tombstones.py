"""Marks on leads that are gone: rows of `id` and `_sdc_deleted_at` alone, last in the run.

They come under a second, narrow SCHEMA of `leads`, so that loaders leave the other columns as they
are. Knows nothing of why a lead is gone.
"""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from marketo_client import VALUES_PER_CALL, format_instant
from singer_sdk.mapper import PluginMapper, RemoveRecordTransform
from singer_sdk.singerlib import RecordMessage, SchemaMessage

from tap_marketo.records.schemas import LEAD_ID, column, key_column, object_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from singer_sdk.mapper import StreamMap

    from tap_marketo.streams.leads import LeadsStream

DELETED_AT: Final = "_sdc_deleted_at"
MARK: Final = (
    key_column(LEAD_ID, "integer", title="Lead id"),
    column(DELETED_AT, "datetime", title="When it was deleted, or merged into another"),
)
KEYS: Final = "__key_properties__"
KEPT_OPTIONS: Final = frozenset({"__alias__", "__source__", KEYS})


class Tombstones:
    """The marks of one run; the SCHEMA comes with the first of them."""

    def __init__(self, leads: LeadsStream) -> None:
        self._leads = leads
        self.written = 0

    def write(self, gone: Mapping[int, datetime]) -> None:
        """Mark these leads, but for those that Marketo still shows: they came back."""
        remaining = iter(gone.items())
        while some := dict(islice(remaining, VALUES_PER_CALL)):
            read = self._leads.instance.marketo.leads.pages_by_ids
            pages = list(read(list(some), fields=[LEAD_ID]))
            alive = {int(row[LEAD_ID]) for page in pages for row in page.rows}
            for lead, at in some.items():
                if lead not in alive:
                    self._mark({LEAD_ID: lead, DELETED_AT: format_instant(at)}, pages[-1].read_at)

    def _mark(self, record: dict[str, Any], read_at: datetime) -> None:
        for stream_map in self._maps:
            mapped = stream_map.transform(record)
            if mapped is not None:
                self._leads.tap.write_message(
                    RecordMessage(stream_map.stream_alias, mapped, time_extracted=read_at)
                )
        self.written += 1

    @cached_property
    def _maps(self) -> list[StreamMap]:
        """The user's stream maps of leads, as far as they concern names and keys; SCHEMA is out."""
        tap = self._leads.tap
        definitions = dict(_narrowed(tap.config.get("stream_maps") or {}))
        mapper = PluginMapper({**tap.config, "stream_maps": definitions}, tap.logger)
        mapper.default_mapper_type = tap.mapper.default_mapper_type
        mapper.register_raw_stream_schema(
            self._leads.name, object_schema(MARK), self._leads.primary_keys
        )
        maps = mapper.stream_maps[self._leads.name]
        written = [each for each in maps if not isinstance(each, RemoveRecordTransform)]
        for each in written:
            tap.write_message(
                SchemaMessage(
                    each.stream_alias, each.transformed_schema, each.transformed_key_properties
                )
            )
        return written


def _narrowed(stream_maps: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Definitions without what needs other columns: filters, and columns that are no key."""
    for name, definition in stream_maps.items():
        if not isinstance(definition, dict):
            yield name, definition
            continue
        kept = {LEAD_ID, *(definition.get(KEYS) or ()), *KEPT_OPTIONS}
        yield name, {key: value for key, value in definition.items() if key in kept}
