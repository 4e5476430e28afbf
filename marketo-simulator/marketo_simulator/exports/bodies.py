"""What the bodies of create calls have in common: format, headings, dates, names.

Knows no object type. Marketo docs: Bulk Extract.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from marketo_simulator.errors import invalid, missing
from marketo_simulator.exports import errors
from marketo_simulator.exports.files import DELIMITERS
from marketo_simulator.timestamps import parse, stamp

if TYPE_CHECKING:
    from collections.abc import Container

    from marketo_simulator.calls import JsonObject, JsonValue
    from marketo_simulator.settings import Settings

LONGEST_RANGE: Final = timedelta(days=31)


def field_names(body: JsonObject) -> list[str]:
    """The names in `fields`, maybe none. Raises 1003 for anything else than a list."""
    names = body.get("fields") or []
    if not isinstance(names, list):
        raise invalid("fields", str(names))
    return [str(name) for name in names]


def headings(body: JsonObject) -> JsonObject:
    """The headings that replace names, by name. Raises 1003."""
    given = body.get("columnHeaderNames") or {}
    if not isinstance(given, dict):
        raise invalid("columnHeaderNames", str(given))
    return given


def format_of(body: JsonObject) -> str:
    """CSV, TSV or SSV. Raises 1003."""
    name = str(body.get("format") or "CSV").upper()
    if name not in DELIMITERS:
        raise invalid("format", name)
    return name


def filter_of(body: JsonObject) -> JsonObject:
    """The filter, which is not empty. Raises 1002."""
    given = body.get("filter")
    if not isinstance(given, dict) or not given:
        raise missing("filter")
    return given


def only_filter(
    body: JsonObject, known: Container[str], settings: Settings
) -> tuple[str, JsonValue]:
    """Name and value of the one filter. Raises 1002, 1003, or 1035 where it is not available."""
    given = filter_of(body)
    if len(given) > 1:
        raise errors.one_filter_only()
    [(name, value)] = given.items()
    if name not in known:
        raise invalid("filter", name)
    if not _available(name, settings):
        raise errors.filter_not_available(name)
    return name, value


def _available(name: str, settings: Settings) -> bool:
    if name == "updatedAt":
        return settings.updated_at_filter
    return settings.smart_list_filter or not name.startswith("smart")


def date_range(name: str, value: JsonValue) -> tuple[str, str]:
    """Both ends of a range, which are in it. Raises 1003, also for more than 31 days."""
    try:
        start, end = parse(value["startAt"]), parse(value["endAt"])
    except (KeyError, TypeError, ValueError) as error:
        raise errors.bad_range(name) from error
    if not timedelta(0) <= end - start <= LONGEST_RANGE:
        raise errors.bad_range(name)
    return stamp(start), stamp(end)
