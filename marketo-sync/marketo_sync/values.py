"""One value in its two forms: what the database shows, and what Marketo takes.

The target reads a table as the JSON of tap-postgres, the reconciler through psycopg2. `as_json`
brings the second to the first and `Form` takes it from there, so that one value has one form,
whoever reads it. Casts are those of `marketo_client.codecs`. Knows no SQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Final, NamedTuple, cast
from uuid import UUID

import orjson
from marketo_client.codecs import Cast, Json, Scalar, codec, trimmed

Translation = Callable[[object], object]
ToCell = Callable[[Json], "Cell"]

_DAY_LENGTH: Final = len("2026-11-24")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:.+(?<! BC)", re.ASCII)


class Cell(NamedTuple):
    """One value: the database's, normalised for comparison, and what is sent."""

    database: Scalar | None
    marketo: Scalar | None


NOTHING: Final = Cell(None, None)


@dataclass(frozen=True)
class Form:
    """How the values of a column become those of a Marketo field of a data type.

    `translate` gives Marketo's word for the database's, and a value that it does not know as it is.
    """

    data_type: str
    translate: Translation | None = None

    @cached_property
    def cell(self) -> ToCell:
        """Gives both forms of a value. Raises ValueError, without the value, for a misfit."""
        cast_to = codec(self.data_type)
        from_database = _FROM_DATABASE.get(self.data_type.lower(), _as_it_is)
        if self.normalise is trimmed:
            plain = _text_cell(from_database(cast_to.to_rest))
        else:
            plain = _cell(from_database(cast_to.to_rest))
        return _translated(self.translate, plain) if self.translate else plain

    @cached_property
    def normalise(self) -> Cast:
        """How two of Marketo's values are compared."""
        return codec(self.data_type).normalise


def _text_cell(to_rest: Cast) -> ToCell:
    """Texts are compared without the blanks around them; Marketo stores a blank one as null."""

    def cell(value: Json) -> Cell:
        sent = cast("str | None", to_rest(value))
        bare = sent and sent.strip()
        return Cell(bare, sent) if bare else NOTHING

    return cell


def _cell(to_rest: Cast) -> ToCell:
    """Other values are compared as they are sent."""

    def cell(value: Json) -> Cell:
        sent = to_rest(value)
        return NOTHING if sent is None else Cell(sent, sent)

    return cell


def _translated(translate: Translation, plain: ToCell) -> ToCell:
    """A value that has been translated is compared as the database shows it."""

    def cell(source: Json) -> Cell:
        translated = cast("Json", translate(source))
        found = plain(translated)
        if translated is source or found is NOTHING:
            return found
        return Cell(cast("Scalar", source), found.marketo)

    return cell


def _as_it_is(to_rest: Cast) -> Cast:
    return to_rest


def _day(to_rest: Cast) -> Cast:
    """A time stamp's day in UTC, for a date field."""

    def from_time_stamp(value: Json) -> Scalar | None:
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            value = value[:_DAY_LENGTH]
        return to_rest(value)

    return from_time_stamp


def _moment(to_rest: Cast) -> Cast:
    """A date's midnight, for a date and time field; a text without zone is UTC."""

    def from_day(value: Json) -> Scalar | None:
        if isinstance(value, str) and _DAY.fullmatch(value):
            value = f"{value}T00:00:00Z"
        return to_rest(value)

    return from_day


def _address(to_rest: Cast) -> Cast:
    """An address without the blanks around it, with which Marketo takes it for none."""

    def from_text(value: Json) -> Scalar | None:
        return to_rest(value.strip() if isinstance(value, str) else value)

    return from_text


_FROM_DATABASE: Final = {"date": _day, "datetime": _moment, "email": _address}


def as_json(value: object) -> Json:
    """A value of psycopg2 as tap-postgres writes it and a JSON reader reads it.

    Numbers lose the digits that a float lacks, times without zone are UTC, bytes are hex digits.
    """
    convert = _AS_JSON.get(type(value))
    return convert(value) if convert else cast("Json", value)


def _number(value: Decimal) -> Json:
    """As the tap's digits are read: a whole number of over 64 bits is a float, NaN is null."""
    return cast("Json", orjson.loads(str(value))) if value.is_finite() else None


def _instant(value: datetime) -> Json:
    moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return moment.isoformat(timespec="microseconds")


_AS_JSON: Final[Mapping[type, Callable[..., Json]]] = MappingProxyType(
    {
        Decimal: _number,
        datetime: _instant,
        date: date.isoformat,
        time: time.isoformat,
        memoryview: memoryview.hex,
        UUID: str,
        list: lambda values: [as_json(value) for value in values],
    }
)
