"""What the streams of activities have in common: their columns, their wants, and lead fields.

Knows nothing of how the feed is read.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from tap_marketo.bookmarks import ACTIVITY_DATE
from tap_marketo.plans.packs import Want
from tap_marketo.records import rows
from tap_marketo.records.schemas import column
from tap_marketo.stream import MarketoStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from marketo_client import JsonObject
    from singer_sdk.helpers.types import Context, Record

    from tap_marketo.records.schemas import Column
    from tap_marketo.tap import TapMarketo

ACTIVITY: Final = (
    rows.GUID_COLUMN,
    rows.LEAD_COLUMN,
    rows.DATE_COLUMN,
    column("activityTypeId", "integer", title="Activity type"),
    column("campaignId", "integer", title="Smart campaign that did it"),
    column("primaryAttributeValueId", "integer", title="Id of the primary attribute's value"),
    column("primaryAttributeValue", "string", title="Value of the primary attribute"),
)


class ActivityReader(MarketoStream):
    """A stream that wants rows of some activity types; the hub of the feed writes it."""

    primary_keys: tuple[str, ...] = (rows.GUID,)
    replication_key = ACTIVITY_DATE
    calls = ("Get Lead Activities", "Bulk Activity Extract")
    permissions = ("Read-Only Activity",)

    def __init__(self, tap: TapMarketo, *, types: Iterable[int], name: str | None = None) -> None:
        super().__init__(tap, name=name)
        self.type_ids = tuple(types)

    @cached_property
    def lead_columns(self) -> Sequence[Column]:
        """The columns of lead fields that may come with the rows."""
        return ()

    @cached_property
    def lead_fields(self) -> Mapping[str, str]:
        """Its selected columns of lead fields, and the field of each."""
        wanted = self.columns_wanted
        return {each.name: each.source for each in self.lead_columns if each.name in wanted}

    @override
    def given_up(self, columns: frozenset[str]) -> frozenset[str]:
        lookups = self.tap.lead_lookups
        return columns and lookups.unnamed(columns, taken=self.schema["properties"])

    @override
    def leave_out(self, names: frozenset[str]) -> None:
        super().leave_out(names)
        self.__dict__.pop("lead_fields", None)

    @override
    def write(self, records: Iterable[Record], *, read_at: datetime) -> None:
        if not self.lead_fields:
            super().write(records, read_at=read_at)
            return
        for record in records:
            self.tap.lead_lookups.hold(self, record, read_at=read_at)

    def write_joined(
        self, record: Record, lead: Mapping[str, object], *, read_at: datetime
    ) -> None:
        """Write an activity with the fields of its lead."""
        for name, field in self.lead_fields.items():
            record[name] = lead.get(field)
        super().write([record], read_at=read_at)

    @abstractmethod
    def take(self, row: JsonObject) -> Iterable[Record]:
        """The records that an activity becomes here."""

    @property
    def reached(self) -> Mapping[int, datetime]:
        """Up to where each type is complete; those that were never read to their end lack."""
        reached = self.bookmark.reached
        return {} if reached is None else dict.fromkeys(self.type_ids, reached)

    def wants(self) -> list[Want]:
        """The types that this stream wants, and from when on."""
        reached = self.reached
        return [self.want(type_id, reached=reached.get(type_id)) for type_id in self.type_ids]

    def want(self, type_id: int, *, reached: datetime | None) -> Want:
        """One want: from a little before the bookmark on, else from the first activity kept."""
        if reached is None:
            return Want(self, type_id, self.instance.first_activity([type_id]))
        return Want(self, type_id, reached - self.tap.lookback)

    def finish(self, types: Iterable[int], *, until: datetime) -> None:
        """All activities of these types up to that moment are written."""
        if set(types) >= set(self.type_ids):
            self.bookmark.finish(until)

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        return ()
