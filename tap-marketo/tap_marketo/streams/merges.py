"""Merges: which lead is now part of which. Read from the feed of activities, type 32."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override

from tap_marketo import rows
from tap_marketo.schemas import Column, column, key_column, object_schema, rest_reader
from tap_marketo.streams.activities import ActivitiesStream, ActivityReader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from marketo_client import JsonObject
    from singer_sdk.helpers.types import Record

    from tap_marketo.schemas import RestReader

LOSING_LEAD: Final = "losingLeadId"
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
        for losing_lead in rows.losing_leads(merge.get("Merge IDs")):
            yield self._record(merge | {LOSING_LEAD: losing_lead})

    @cached_property
    def _record(self) -> RestReader:
        return rest_reader(MERGE, misfit=self.misfit)
