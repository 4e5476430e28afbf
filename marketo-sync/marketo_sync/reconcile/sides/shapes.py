"""What a column of a Postgres type can hold of Marketo's values, and how it is given to it.

Pure; Postgres itself does the casts. Postgres docs: Data Types.
"""

from __future__ import annotations

import re
import struct
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_client.codecs import Json

    from marketo_sync.reconcile.sides.catalog import Column

NUMERIC: Final = "N"  # letters of pg_type.typcategory
JSON_TYPES: Final = frozenset({"json", "jsonb"})
READABLE_CATEGORIES: Final = frozenset("NSDBEIA")
WRITABLE_TYPES: Final = frozenset({*JSON_TYPES, "uuid"})
READ_ONLY_TYPES: Final = frozenset({"bytea", "money"})  # their text does not go back as it came
ARRAY: Final = "A"
DAY_LENGTH: Final = len("2026-11-24")
SINGLE_DIGITS: Final = range(1, 10)  # nine always do
ARGUMENTS: Final = re.compile(r"\((\d+)(?:,(-?\d+))?\)")


def is_readable(column: Column) -> bool:
    """Whether both readers of a table show the column's values alike."""
    if column.category == ARRAY:
        return True
    known = WRITABLE_TYPES | READ_ONLY_TYPES
    return column.category in READABLE_CATEGORIES or column.bare_type in known


def is_writable(column: Column) -> bool:
    """Whether a value of Marketo's can be written to the column and be read again as it was."""
    return is_readable(column) and column.bare_type not in READ_ONLY_TYPES


def is_key(column: Column) -> bool:
    """Whether the column's text is the same for every reader: numbers, texts, uuids."""
    if column.bare_type in READ_ONLY_TYPES | {"real", "double precision"}:
        return False
    return column.category in {NUMERIC, "S"} or column.bare_type == "uuid"


def to_column(column: Column, value: Json) -> Json:
    """A value of Marketo's as Postgres casts it from JSON to the column's type."""
    if isinstance(value, bool) and column.category == NUMERIC:
        return int(value)
    structured = column.category == ARRAY or column.bare_type in JSON_TYPES
    if structured and isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            return orjson.loads(value)  # type: ignore[no-any-return]
        except orjson.JSONDecodeError:
            return value
    return value


def held(column: Column, value: Json) -> Json:
    """What the column would show of a value: rounded to its scale, cut to its length."""
    if value is None or isinstance(value, bool):
        return value
    shape = SHAPES.get(column.bare_type)
    return shape(column, value) if shape else value


def _cut(column: Column, value: Any) -> Json:  # noqa: ANN401 - any JSON scalar
    found = ARGUMENTS.search(column.stored_type)
    return str(value)[: int(found[1])] if found else str(value)


def _rounded(column: Column, value: Any) -> Json:  # noqa: ANN401
    found = ARGUMENTS.search(column.stored_type)
    if found is None:
        return value  # type: ignore[no-any-return]
    try:
        step = Decimal(1).scaleb(-int(found[2] or 0))
        rounded = Decimal(str(value)).quantize(step, ROUND_HALF_UP)
    except InvalidOperation:
        return value  # type: ignore[no-any-return]
    return orjson.loads(str(rounded))  # type: ignore[no-any-return]


def _single(_column: Column, value: Any) -> Json:  # noqa: ANN401
    """The shortest digits that mean the same single-precision number, as Postgres prints them."""
    try:
        stored = struct.pack("f", float(value))
    except (ValueError, OverflowError):
        return value  # type: ignore[no-any-return]
    (kept,) = struct.unpack("f", stored)
    digits = (f"{kept:.{places}g}" for places in SINGLE_DIGITS)
    return next(float(each) for each in digits if struct.pack("f", float(each)) == stored)


def _day(_column: Column, value: Any) -> Json:  # noqa: ANN401
    return str(value)[:DAY_LENGTH]


def _lowered(_column: Column, value: Any) -> Json:  # noqa: ANN401
    return str(value).lower()


SHAPES: Final[dict[str, Callable[[Column, Any], Json]]] = {
    "character varying": _cut,
    "character": _cut,
    "numeric": _rounded,
    "real": _single,
    "date": _day,
    "uuid": _lowered,
}
