"""The text of a record's key, as the ledger stores it.

One column gives its plain text, several a JSON array. A number reads the same whichever driver
or JSON parser brought it, so that every reader of a table finds the same record.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

KeyValue = str | int

AS_THEY_ARE: Final = frozenset({str, int})  # nearly all keys; a boolean is no int here


def key_text(values: Sequence[object]) -> str:
    """The text of a key; ValueError (without the value) where a part is null or blank."""
    parts = [_part(value) for value in values]
    if len(parts) == 1:
        return str(parts[0])
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def _part(value: object) -> KeyValue:
    if value is None or value == "":
        raise ValueError("a key column is null or blank")
    if type(value) in AS_THEY_ARE:
        return cast("KeyValue", value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float | Decimal):
        return _number(Decimal(str(value)))
    return str(value)


def _number(value: Decimal) -> KeyValue:
    if not value.is_finite():
        raise ValueError("a key column is not a finite number")
    return int(value) if value == value.to_integral_value() else format(value.normalize(), "f")
