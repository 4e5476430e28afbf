"""A source column's value as a Marketo field takes it, or the reason why it cannot be sent.

Casts are the client's (`marketo_client.codec`); here stands only what differs between a database
and Marketo, and the limits that Marketo would answer with a skipped record.
Marketo docs: Field Types; Leads (ASCII addresses).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from marketo_client import codec

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_client.codecs import Cast, Json, Scalar

    from target_marketo.objects.shape import Field

LONGEST_EMAIL: Final = 255  # characters. Marketo docs: Leads
LONGEST_STRING: Final = 255  # characters, where Describe names no length. Marketo docs: Field Types
LONGEST_TEXT: Final = 30_000  # bytes of UTF-8. Marketo docs: Field Types
_DAY_LENGTH: Final = len("2026-11-24")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ].+", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class MisfitError(ValueError):
    """A value that Marketo would refuse; `code` is ours, the text holds no value."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Cell(NamedTuple):
    """One value in its two forms: the database's, normalised for comparison, and what is sent."""

    database: Scalar | None
    marketo: Scalar | None


@dataclass(frozen=True)
class FieldPlan:
    """How one column becomes one Marketo field."""

    column: str
    field: Field
    translate: Callable[[object], object] | None = None

    def cell(self, source: Json) -> Cell:
        """Both forms of a value. Raises MisfitError."""
        translated = cast("Json", self.translate(source)) if self.translate else source
        try:
            sent = self._cast(translated)
        except ValueError as error:
            raise MisfitError("local.misfit", f"{self.field.name}: {error}") from None
        if sent is None:
            return Cell(None, None)
        self._check(sent)
        if translated is source:
            return Cell(self._normalise(sent), sent)
        return Cell(cast("Scalar", source), sent)

    @cached_property
    def _cast(self) -> Cast:
        data_type = self.field.data_type.lower()
        to_rest = codec(data_type).to_rest
        return _FROM_DATABASE.get(data_type, _without_blanks)(to_rest)

    @cached_property
    def _normalise(self) -> Cast:
        return codec(self.field.data_type).normalise

    @cached_property
    def _check(self) -> Callable[[Scalar], None]:
        return _CHECKS.get(self.field.data_type.lower(), _any)(self.field)


def _without_blanks(to_rest: Cast) -> Cast:
    """An empty or blank text is no value: Marketo stores it as null."""

    def blank_is_null(value: Json) -> Scalar | None:
        sent = to_rest(value)
        return None if isinstance(sent, str) and not sent.strip() else sent

    return blank_is_null


def _day(to_rest: Cast) -> Cast:
    """A time stamp's day, for a date field: tap-postgres sends it in UTC."""

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


_FROM_DATABASE: Final = {"date": _day, "datetime": _moment}


def _any(_field: Field) -> Callable[[Scalar], None]:
    return lambda _value: None


def _characters(field: Field) -> Callable[[Scalar], None]:
    longest = field.length or LONGEST_STRING

    def check(value: Scalar) -> None:
        if len(str(value)) > longest:
            raise MisfitError("local.too_long", f"{field.name}: over {longest} characters")

    return check


def _bytes(field: Field) -> Callable[[Scalar], None]:
    def check(value: Scalar) -> None:
        if len(str(value).encode()) > LONGEST_TEXT:
            raise MisfitError("local.too_long", f"{field.name}: over {LONGEST_TEXT} bytes")

    return check


def _address(field: Field) -> Callable[[Scalar], None]:
    longest = min(field.length or LONGEST_EMAIL, LONGEST_EMAIL)

    def check(value: Scalar) -> None:
        name, at, host = str(value).strip().partition("@")
        if not (name and at and host) or "@" in host or not str(value).isascii():
            raise MisfitError("local.bad_email", f"{field.name}: no ASCII address with one @")
        if len(str(value)) > longest:
            raise MisfitError("local.too_long", f"{field.name}: over {longest} characters")

    return check


_CHECKS: Final = {
    "string": _characters,
    "phone": _characters,
    "url": _characters,
    "email": _address,
    "text": _bytes,
    "textarea": _bytes,
}
