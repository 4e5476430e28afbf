"""Columns and JSON Schemas: what a value of Marketo becomes in a record.

Types come from the client's table of field types alone. Knows nothing of streams' reading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marketo_client import Codec, JsonObject, codec
from marketo_client.naming import fitted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from marketo_client import LeadDescription

Schema = dict[str, Any]
Record = dict[str, Any]
RestReader = Callable[[JsonObject], Record]
CsvReader = Callable[[Sequence[str | None]], Record]

NOT_READABLE: Final = frozenset({"formula", "lead_function"})  # Marketo docs: Field Types
LEAD_ID: Final = "id"
TEXT: Final = codec("string")


@dataclass(frozen=True, slots=True)
class Column:
    """A property of a stream, and where its value stands in Marketo's row."""

    name: str
    source: str
    codec: Codec
    title: str = ""
    required: bool = False

    @property
    def schema(self) -> Schema:
        """Its JSON Schema; only a key refuses null."""
        schema = self.codec.json_schema
        if self.required:
            schema = {**schema, "type": [self.codec.json_type]}
        return {**schema, "description": self.title} if self.title else schema


def column(name: str, data_type: str, *, source: str = "", title: str = "") -> Column:
    """A column of a Marketo data type, by default under Marketo's own name."""
    return Column(name, source or name, codec(data_type), title)


def key_column(name: str, data_type: str, *, title: str = "") -> Column:
    """A column that is never null."""
    return Column(name, name, codec(data_type), title, required=True)


def object_schema(columns: Iterable[Column], **others: Schema) -> Schema:
    """The schema of a stream; `others` are properties of no Marketo type."""
    properties = {each.name: each.schema for each in columns} | others
    return {"type": "object", "properties": properties}


def lead_columns(description: LeadDescription) -> tuple[Column, ...]:
    """One column for each field that can be read, `id` first."""
    fields = [
        Column(fitted(each.name), each.name, codec(each.data_type), each.display_name)
        for each in description.fields
        if each.name != LEAD_ID and each.data_type.lower() not in NOT_READABLE
    ]
    return (key_column(LEAD_ID, "integer", title="Lead id"), *fields)


def without_nul(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A JSON value whose texts, however deep, have no NUL: PostgreSQL's jsonb refuses it."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [without_nul(each) for each in value]
    if isinstance(value, dict):
        return {without_nul(key): without_nul(each) for key, each in value.items()}
    return value


def rest_reader(columns: Sequence[Column], *, misfit: Callable[[str], None]) -> RestReader:
    """Makes a whole record of a REST row: absent is null, what does not fit is null and told.

    An empty text is null, as it is in bulk files.
    """
    casts = [(each.name, each.source, each.codec.from_rest) for each in columns]

    def read(row: JsonObject) -> Record:
        record: Record = {}
        for name, source, cast in casts:
            value = row.get(source)
            if value is not None:
                try:
                    value = None if value == "" else cast(value)
                except ValueError:
                    misfit(name)
                    value = None
            record[name] = value
        return record

    return read


def csv_reader(columns: Sequence[Column], *, misfit: Callable[[str], None]) -> CsvReader:
    """Makes a whole record of the cells of a bulk row, in the order of the columns.

    Text is text already: the client has taken NUL out of it.
    """
    names = [each.name for each in columns]
    casts = [
        (place, each.name, each.codec.from_csv)
        for place, each in enumerate(columns)
        if each.codec is not TEXT
    ]

    def read(cells: Sequence[str | None]) -> Record:
        record: Record = dict(zip(names, cells, strict=True))
        for place, name, cast in casts:
            cell = cells[place]
            if cell is not None:
                try:
                    record[name] = cast(cell)
                except ValueError:
                    misfit(name)
                    record[name] = None
        return record

    return read
