"""The text of a record's key, as the ledger stores it.

One column gives its plain text, several a JSON array. A number reads the same whichever driver
or JSON parser brought it, so that every reader of a table finds the same record.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

KeyValue = str | int

LONGEST_WHOLE: Final = 2**53  # a float, as JSON readers make it of more digits, is only near it


def key_text(values: Sequence[object]) -> str:
    """The text of a key; ValueError (without the value) where a part is blank or no exact key."""
    parts = [_part(value) for value in values]
    if len(parts) == 1:
        return str(parts[0])
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def _part(value: object) -> KeyValue:
    if value is None or value == "":
        raise ValueError("a key column is null or blank")
    if type(value) is int:  # a boolean is none
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and abs(value) > LONGEST_WHOLE:
        raise ValueError("a key column is a number of more digits than are read: send it as text")
    if isinstance(value, float | Decimal):
        return _number(Decimal(str(value)))
    if isinstance(value, list | dict):
        raise ValueError("a key column is a list or an object")  # noqa: TRY004 - a misfit, no bug
    return str(value)


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("a key column is a text with NUL, which no ledger keeps")
    return value


def _number(value: Decimal) -> KeyValue:
    if not value.is_finite():
        raise ValueError("a key column is not a finite number")
    return int(value) if value == value.to_integral_value() else format(value.normalize(), "f")
