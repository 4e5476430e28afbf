"""The type of custom object that a mapping entry needs, derived from its stream's columns.

Pure: makes no call. Source paper: Custom Objects ("the definition should be derived from the type
in DB"). Marketo docs: Custom Objects (Types, Fields).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marketo_client import LinkTarget, NewField, NewType
from marketo_sync import ObjectKind

from target_marketo.planning.schema_types import json_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from marketo_sync import Entry, Link

LONGEST_STRING: Final = 255  # characters. Marketo docs: Field Types
LARGEST_INTEGER: Final = 2**31 - 1  # Marketo docs: Field Types
STANDARD: Final = frozenset({"marketoguid", "createdat", "updatedat"})  # every type has these
UNKNOWN: Final = "as its column"  # until the stream's schema has come
LINK_FIELDS: Final[Mapping[ObjectKind, str]] = {
    ObjectKind.LEAD: "leadId",
    ObjectKind.COMPANY: "companyId",
}
OF_FORMAT: Final[Mapping[str, str]] = {"date-time": "datetime", "date": "date"}
OF_TYPE: Final[Mapping[str, str]] = {
    "boolean": "boolean",
    "integer": "integer",
    "number": "float",
    "string": "string",
}


@dataclass(frozen=True, slots=True)
class WantedField:
    """A field that a type has to have; without a data type its column is not known yet."""

    name: str
    data_type: str | None
    dedupe: bool = False
    link: LinkTarget | None = None

    def new(self) -> NewField:
        """As the metadata API takes it."""
        return NewField(
            self.name,
            label(self.name),
            self.data_type or OF_TYPE["string"],
            dedupe=self.dedupe,
            related_to=self.link,
        )


@dataclass(frozen=True, slots=True)
class TypeDefinition:
    """A type and its fields; those of the key first."""

    new_type: NewType
    fields: tuple[WantedField, ...]

    @property
    def api_name(self) -> str:
        """The name of the type in the API."""
        return self.new_type.api_name


def define(
    entry: Entry, columns: Mapping[str, Any] | None, entries: Mapping[str, Entry]
) -> TypeDefinition:
    """The type of an entry; `entries` are those that it may be linked to, by name."""
    name = entry.api_name or entry.name
    shown = label(re.sub(r"_c$", "", name))
    plural = shown if shown.endswith("s") else f"{shown}s"
    new_type = NewType(name, shown, plural_name=plural, show_in_lead_detail=True)
    return TypeDefinition(new_type, tuple(_fields(entry, columns, entries)))


def column_fields(entry: Entry, columns: Mapping[str, Any] | None) -> dict[str, str]:
    """The field of each column that is neither key nor link: by the mapping, else all columns."""
    if entry.fields is not None:
        return {field.column: field.to for field in entry.fields}
    taken = {*entry.key_fields, *entry.links, entry.where, entry.deleted_at, entry.marketo_id}
    names = (name for name in columns or () if name not in taken and not name.startswith("_sdc_"))
    return {name: _field_name(name) for name in names}


def label(name: str) -> str:
    """A name as people read it: `placedAt` and `placed_at` are `Placed At`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").split()
    return " ".join(word[:1].upper() + word[1:] for word in words)


def _fields(
    entry: Entry, columns: Mapping[str, Any] | None, entries: Mapping[str, Entry]
) -> Iterator[WantedField]:
    links = {link.column: _link(entry, link, entries[link.object]) for link in entry.link}
    for part in entry.key:
        if part.column in links:
            yield links[part.column]
        else:
            data_type = _data_type(columns, part.column, is_key=True)
            yield WantedField(part.field, data_type, dedupe=True)
    yield from (field for column, field in links.items() if column not in entry.key_fields)
    for column, name in column_fields(entry, columns).items():
        yield WantedField(name, _data_type(columns, column, is_key=False))
    if flag := entry.deleted_in_database.flag:
        yield WantedField(flag, OF_TYPE["boolean"])


def _link(entry: Entry, link: Link, parent: Entry) -> WantedField:
    dedupe = link.column in entry.key_fields
    name = link.to or entry.key_fields.get(link.column)
    if parent.object in LINK_FIELDS:
        target = LinkTarget(parent.object.value, "id")
        return WantedField(name or LINK_FIELDS[parent.object], "link", dedupe, target)
    key = parent.key[0].field
    target = LinkTarget(parent.api_name or parent.name, key)
    return WantedField(name or key, "link", dedupe, target)


def _data_type(columns: Mapping[str, Any] | None, column: str, *, is_key: bool) -> str | None:
    """Marketo's data type for a column; None where the column is not known."""
    if columns is None:
        return None
    schema = columns.get(column, {})
    types = json_types(schema) - {"null"}
    if len(types) != 1:
        return "text" if types else OF_TYPE["string"]  # jsonb has every type
    (only,) = types
    if only not in OF_TYPE:
        return "text"
    if only == "string":
        too_long = schema.get("maxLength", 0) > LONGEST_STRING
        return OF_FORMAT.get(schema.get("format"), "text" if too_long else OF_TYPE[only])
    largest = schema.get("maximum", LARGEST_INTEGER + 1)
    is_big_key = is_key and only == "integer" and largest > LARGEST_INTEGER
    return OF_TYPE["string" if is_big_key else only]


def _field_name(column: str) -> str:
    """A REST name for a column: `placed_at` becomes `placedAt`."""
    head, *rest = re.findall(r"[A-Za-z0-9]+", column) or ["field"]
    name = head + "".join(word[:1].upper() + word[1:] for word in rest)
    return f"source{name[:1].upper()}{name[1:]}" if name.lower() in STANDARD else name
