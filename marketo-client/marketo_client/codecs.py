"""Marketo's field types: how a value reads from REST, CSV and change rows, and how it is written.

One row per data type in `CODECS`; a type that is not there reads as text. A cast takes and gives
JSON scalars, None for a blank, and raises ValueError, which never holds the value.
Marketo docs: Field Types.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from types import MappingProxyType
from typing import Any, Final

from marketo_client.timestamps import usual_form

Scalar = str | int | float | bool
Json = Scalar | list[Any] | dict[str, Any] | None  # a value at the JSON border
Cast = Callable[[Json], Scalar | None]

SMALLEST_INTEGER: Final = -(2**63)  # what a bigint column holds
LARGEST_INTEGER: Final = 2**63 - 1
_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE: Final = re.compile(r"([+-]?\d+)(\.0*)?", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TRUTHS: Final = {"true": True, "1": True, "false": False, "0": False}


def text(value: Json) -> str | None:
    """Any value as text, without NUL; lists and objects as JSON."""
    if value is None:
        return None
    words = value if isinstance(value, str) else _COMPACT.encode(value)
    return words.replace("\0", "") if "\0" in words else words


def number(value: Json) -> int | float | None:
    """A finite number; one that is whole is an integer, unless it needs over 64 bits."""
    if type(value) is str:
        value = _number_of_text(value.strip())
    if type(value) is int and SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
        return value
    if value is None:
        return None
    return _number_of_other(value)


def _number_of_other(value: Json) -> int | float:
    """Of floats, and of integers that need more than 64 bits; a boolean is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not a number")  # noqa: TRY004 - misfit, not a bug
    try:
        found = float(value)
    except OverflowError:
        raise ValueError("not a number") from None
    if not math.isfinite(found):
        raise ValueError("not a number")
    whole = found.is_integer() and SMALLEST_INTEGER <= found <= LARGEST_INTEGER
    return int(found) if whole else found


def _number_of_text(digits: str) -> int | float | None:
    if not digits:
        return None
    if whole := _WHOLE.fullmatch(digits):
        return int(whole[1])
    if not _NUMBER.fullmatch(digits):
        raise ValueError("not a number")
    return float(digits)


def whole_number(value: Json) -> int | None:
    """A 64-bit integer; `10.0` is one, `10.5` is not."""
    found = number(value)
    if isinstance(found, float):
        raise ValueError("not a whole number of 64 bits")  # noqa: TRY004 - misfit, not a bug
    return found


def truth(value: Json) -> bool | None:
    """A boolean, also from `True`, `false`, `1` and `0`."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _TRUTHS:
        return _TRUTHS[value]
    word = str(value).strip().lower()
    if not word:
        return None
    if word not in _TRUTHS:
        raise ValueError("neither true nor false")
    return _TRUTHS[word]


def day(value: Json) -> str | None:
    """`YYYY-MM-DD`, without zone."""
    words = _words(value)
    if words is None:
        return None
    if not _DAY.fullmatch(words):
        raise ValueError("not a date")
    try:
        date.fromisoformat(words)
    except ValueError:
        raise ValueError("no such day") from None
    return words


def moment(value: Json, *, zone: tzinfo = UTC) -> str | None:
    """`YYYY-MM-DDThh:mm:ssZ`; any offset is accepted, fractions of a second are dropped."""
    words = _words(value)
    return None if words is None else usual_form(words, zone=zone)


def _words(value: Json) -> str | None:
    """The trimmed text, None for a blank one."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("not a text")  # noqa: TRY004 - a value that does not fit, not a bug
    return value.strip() or None


def trimmed(value: Json) -> str | None:
    """Text as it is compared: blanks around it do not count, a blank text is None."""
    words = text(value)
    return None if words is None else words.strip() or None


@dataclass(frozen=True, slots=True)
class Codec:
    """One data type: its JSON Schema and its casts."""

    json_type: str
    cast: Cast
    normalise: Cast
    format: str | None = None

    @property
    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of a value; every value may be null."""
        schema: dict[str, Any] = {"type": ["null", self.json_type]}
        return schema | ({"format": self.format} if self.format else {})

    @property
    def from_rest(self) -> Cast:
        """A value of a REST answer; numbers and booleans may come as text."""
        return self.cast

    @property
    def from_csv(self) -> Cast:
        """A cell of a bulk file, None for the word null."""
        return self.cast

    @property
    def to_rest(self) -> Cast:
        """A value as Marketo takes it; raises ValueError for what it would refuse."""
        return self.cast

    def from_change(self, value: str | None, *, zone: tzinfo = UTC) -> Scalar | None:
        """An old or new value in a change row; `zone` is the subscription's.

        Change rows name no zone beside their dates with time. Marketo docs: Activities.
        """
        return moment(value, zone=zone) if self.cast is moment else self.cast(value)


TEXT: Final = Codec("string", text, trimmed)
WHOLE_NUMBER: Final = Codec("integer", whole_number, whole_number)
NUMBER: Final = Codec("number", number, number)
TRUTH: Final = Codec("boolean", truth, truth)
DAY: Final = Codec("string", day, day, format="date")
MOMENT: Final = Codec("string", moment, moment, format="date-time")

CODECS: Final[Mapping[str, Codec]] = MappingProxyType(  # Marketo docs: Field Types
    {
        "string": TEXT,
        "text": TEXT,
        "textarea": TEXT,
        "email": TEXT,
        "phone": TEXT,
        "url": TEXT,
        "link": TEXT,  # a custom object's link: the key type of its target
        "reference": TEXT,  # a number or a text key
        "formula": TEXT,
        "lead_function": TEXT,
        "array": TEXT,
        "time": TEXT,
        "integer": WHOLE_NUMBER,
        "score": WHOLE_NUMBER,
        "float": NUMBER,
        "currency": NUMBER,
        "percent": NUMBER,
        "boolean": TRUTH,
        "date": DAY,
        "datetime": MOMENT,
    }
)


def codec(data_type: str) -> Codec:
    """The row for a data type, whatever its case; text for a type that is not listed."""
    return CODECS.get(data_type.lower(), TEXT)


def normalise(data_type: str, value: Json) -> Scalar | None:
    """How two values of a type are compared: equal after this means the same value.

    Numbers by value, moments by the UTC second, texts without blanks around them but with their
    case; a blank is None. Raises ValueError for a value that does not fit the type.
    """
    return codec(data_type).normalise(value)
