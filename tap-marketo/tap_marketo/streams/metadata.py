"""What Marketo says of itself: activity types and the fields of leads, whole at every run.

Marketo docs: Activities (Get Activity Types), Lead Database (Describe).
"""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override

from tap_marketo.records.schemas import column, key_column, object_schema, rest_reader, without_nul
from tap_marketo.stream import MarketoStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from singer_sdk.helpers.types import Context, Record

ACTIVITY_TYPE: Final = (
    key_column("id", "integer", title="Activity type"),
    column("name", "string", title="Name"),
    column("description", "string", title="Description"),
    column("apiName", "string", title="API name, of custom types"),
)
LEAD_FIELD: Final = (
    column("id", "integer", title="Number of the field in activities of type 13 and 22"),
    key_column("name", "string", title="REST name"),
    column("displayName", "string", title="Name in Marketo"),
    column("dataType", "string", title="Marketo's data type"),
    column("length", "integer", title="Longest text"),
    column("updateable", "boolean", title="May be written through the API"),
    column("isCompanyField", "boolean", title="Belongs to the lead's company"),
)


class FullTableStream(MarketoStream):
    """A stream that is read whole each time; what is missing is marked by the loader."""

    replication = "FULL_TABLE"

    def whole(self, records: Iterable[Record], *, read_at: datetime) -> Iterator[Record]:
        """All records under one version, and at their end the word that these are all.

        A test run ends before that.
        """
        self._stream_version = version = self.tap.initialized_at
        self.extracted_at = read_at
        yield from islice(records, self.limit)
        if self.limit is None:
            self._write_activate_version_message(version)


class ActivityTypesStream(FullTableStream):
    """All activity types with their attributes."""

    name = "activity_types"
    calls = ("Get Activity Types",)
    permissions = ("Read-Only Activity",)
    primary_keys = ("id",)

    @cached_property
    @override
    def schema(self) -> dict[str, Any]:
        return object_schema(
            ACTIVITY_TYPE,
            primaryAttribute={"type": ["null", "object"], "description": "Name and data type"},
            attributes={"type": ["null", "array"], "description": "Names and data types"},
        )

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        record = rest_reader(ACTIVITY_TYPE, misfit=self.misfit)
        types = self.instance.activity_types
        records = (
            {
                **record(row),
                "primaryAttribute": without_nul(row.get("primaryAttribute")),
                "attributes": without_nul(row.get("attributes") or []),
            }
            for row in types.rows
        )
        return self.whole(records, read_at=types.read_at)


class LeadFieldsStream(FullTableStream):
    """All fields of leads that REST knows."""

    name = "lead_fields"
    calls = ("Describe Lead", "Describe Lead2", "Describe Companies")
    permissions = ("Read-Only Lead", "Read-Only Company")
    primary_keys = ("name",)

    @cached_property
    @override
    def schema(self) -> dict[str, Any]:
        return object_schema(LEAD_FIELD)

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        of_company = self.instance.company_fields
        described = self.instance.leads
        return self.whole(described.rows(of_company=of_company), read_at=described.read_at)
