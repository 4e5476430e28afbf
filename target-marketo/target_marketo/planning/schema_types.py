"""Whether a column's JSON type can fill a Marketo field at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from target_marketo.planning.shape import Field

_NUMBERS: Final = frozenset({"integer", "number", "string"})
_TRUTHS: Final = frozenset({"boolean", "integer", "string"})
_TEXTS: Final = frozenset({"string"})
TAKES: Final[Mapping[str, frozenset[str]]] = {  # Marketo docs: Field Types; others take anything
    "integer": _NUMBERS,
    "score": _NUMBERS,
    "float": _NUMBERS,
    "currency": _NUMBERS,
    "percent": _NUMBERS,
    "boolean": _TRUTHS,
    "date": _TEXTS,
    "datetime": _TEXTS,
    "email": _TEXTS,
}


def clash(schema: object, field: Field) -> str | None:
    """What is wrong with filling the field from a column of this schema, if anything is."""
    takes = TAKES.get(field.data_type.lower())
    types = json_types(schema) - {"null"}
    if takes is None or not types or types & takes:
        return None
    return f"{'/'.join(sorted(types))} cannot fill {field.name}, which is {field.data_type}"


def json_types(schema: object) -> set[str]:
    """All JSON types that a property allows; none where it does not say."""
    if not isinstance(schema, Mapping):
        return set()
    named = schema.get("type", [])
    types = {named} if isinstance(named, str) else set(named)
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        types |= json_types(part)
    return types
