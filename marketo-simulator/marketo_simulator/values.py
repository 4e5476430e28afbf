"""Which values the API takes for a field, and how it stores them.

Recorded exchanges show what is refused; strings for numbers and booleans are an unknown that is
decided here. Marketo docs: Field Types, Leads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from marketo_simulator.timestamps import parse, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_simulator.calls import JsonValue
    from marketo_simulator.leads.fields import Field

LONGEST_TEXT: Final = 30_000  # bytes
TRUTHS: Final = {"true": True, "1": True, "false": False, "0": False}
ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+", re.ASCII)
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def stored(field: Field, value: JsonValue) -> JsonValue:
    """The value as the record will show it; None clears it. Raises ValueError for a refused one."""
    if value is None or value == "":
        return None
    return _STORED.get(field.data_type, _text)(field, value)


def _text(field: Field, value: JsonValue) -> str:
    if not isinstance(value, str | int | float):
        raise TypeError("no text")
    text = str(value)
    if field.length is not None and len(text) > field.length:
        raise ValueError("too long")
    return text


def _long_text(field: Field, value: JsonValue) -> str:
    text = _text(field, value)
    if len(text.encode()) > LONGEST_TEXT:
        raise ValueError("too long")
    return text


def _email(field: Field, value: JsonValue) -> str:
    text = _text(field, value)
    if not ADDRESS.fullmatch(text):
        raise ValueError("no address")
    return text


def _whole(_field: Field, value: JsonValue) -> int:
    number = float(value)
    if isinstance(value, bool) or not number.is_integer():
        raise ValueError("no whole number")
    return int(number)


def _number(_field: Field, value: JsonValue) -> float:
    if isinstance(value, bool):
        raise TypeError("no number")
    number = float(value)
    return int(number) if number.is_integer() else number


def _truth(_field: Field, value: JsonValue) -> bool:
    return TRUTHS[str(value).lower()]


def _day(_field: Field, value: JsonValue) -> str:
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise ValueError("no date")
    return parse(value).date().isoformat()


def _moment(_field: Field, value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError("no date with a time")
    return stamp(parse(value))


_STORED: Final[dict[str, Callable[[Field, JsonValue], JsonValue]]] = {
    "integer": _whole,
    "score": _whole,
    "float": _number,
    "currency": _number,
    "percent": _number,
    "boolean": _truth,
    "date": _day,
    "datetime": _moment,
    "email": _email,
    "text": _long_text,
    "textarea": _long_text,
}
