"""A type of custom object for somebody to enter by hand: as a table, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from target_marketo.objects.type_definition import UNKNOWN, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketo_client import JsonObject

    from target_marketo.objects.type_definition import TypeDefinition, WantedField

HEAD: Final = ("API name", "display name", "type", "dedupe field", "links to")


def by_hand(
    definition: TypeDefinition, fields: Sequence[WantedField], *, is_there: bool = False
) -> str:
    """What to enter under Admin, Marketo Custom Objects, and approve: the type with these fields.

    `is_there`: the type has others already.
    """
    new_type = definition.new_type
    names = f"API name {new_type.api_name}, plural {new_type.plural_name}"
    task = (
        f"add these fields to {new_type.display_name} (API name {new_type.api_name}), and approve:"
        if is_there
        else f"make and approve {new_type.display_name} ({names}) with these fields:"
    )
    described = {**new_type.to_rest(), "fields": [_described(field) for field in fields]}
    return "\n".join(
        [
            task,
            *_table([HEAD, *map(_row, fields)]),
            "the same as JSON:",
            f"    {orjson.dumps(described).decode()}",
        ]
    )


def _row(field: WantedField) -> tuple[str, ...]:
    target = f"{field.link.name}.{field.link.field}" if field.link else ""
    dedupe = "yes" if field.dedupe else ""
    return (field.name, label(field.name), field.data_type or UNKNOWN, dedupe, target)


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return ["    " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _described(field: WantedField) -> JsonObject:
    described = field.new().to_rest()
    return described if field.data_type else {**described, "dataType": UNKNOWN}
