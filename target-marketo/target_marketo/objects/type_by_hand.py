"""A type of custom object for somebody to enter by hand: as a table, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from target_marketo.objects.type_definition import UNKNOWN, label

if TYPE_CHECKING:
    from marketo_client import JsonObject

    from target_marketo.objects.type_definition import TypeDefinition, WantedField

HEAD: Final = ("API name", "display name", "type", "dedupe field", "links to")


def by_hand(definition: TypeDefinition) -> str:
    """What to enter under Admin, Marketo Custom Objects, and approve."""
    new_type = definition.new_type
    names = f"API name {new_type.api_name}, plural {new_type.plural_name}"
    return "\n".join(
        [
            f"make and approve {new_type.display_name} ({names}) with these fields:",
            *_table([HEAD, *map(_row, definition.fields)]),
            "the same as JSON:",
            f"    {orjson.dumps(_json(definition)).decode()}",
        ]
    )


def _row(field: WantedField) -> tuple[str, ...]:
    target = f"{field.link.name}.{field.link.field}" if field.link else ""
    dedupe = "yes" if field.dedupe else ""
    return (field.name, label(field.name), field.data_type or UNKNOWN, dedupe, target)


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return ["    " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _json(definition: TypeDefinition) -> JsonObject:
    fields = [_described(field) for field in definition.fields]
    return {**definition.new_type.to_rest(), "fields": fields}


def _described(field: WantedField) -> JsonObject:
    described = field.new().to_rest()
    return described if field.data_type else {**described, "dataType": UNKNOWN}
