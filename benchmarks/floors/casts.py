"""Text and JSON of Marketo into JSON of the right type, in the fewest steps."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def integer(value: Any) -> int:  # noqa: ANN401 - a number or its text
    """A whole number, perhaps written with a decimal point."""
    try:
        return int(value)
    except ValueError:
        return int(float(value))


def number(value: Any) -> int | float:  # noqa: ANN401 - a number or its text
    """A number, whole where it can be."""
    found = float(value)
    return int(found) if found.is_integer() else found


def truth(value: Any) -> bool:  # noqa: ANN401 - a boolean or its text
    """A boolean."""
    return value in {True, "true", "1"}


def text(value: Any) -> Any:  # noqa: ANN401 - a text, or what has none
    """A text without NUL, which databases refuse; other values as they are."""
    return value.replace("\0", "") if isinstance(value, str) else value


def day(value: str) -> str:
    """A date."""
    return date.fromisoformat(value).isoformat()


def moment(value: str) -> str:
    """A date with time, in UTC."""
    return datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


CASTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "integer": integer,
    "score": integer,
    "float": number,
    "currency": number,
    "percent": number,
    "boolean": truth,
    "date": day,
    "datetime": moment,
}
