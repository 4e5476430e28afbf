"""What a create call asks for: fields, headings and exactly one filter.

Marketo docs: Bulk Lead Extract.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from marketo_simulator.errors import MarketoError, invalid, missing
from marketo_simulator.lead_exports import errors
from marketo_simulator.lead_exports.files import DELIMITERS, Values
from marketo_simulator.lead_exports.store import Extract
from marketo_simulator.leads.handlers import named_fields
from marketo_simulator.timestamps import parse, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_simulator.calls import Call, JsonObject, JsonValue
    from marketo_simulator.instance import Instance
    from marketo_simulator.leads.store import Lead

LONGEST_RANGE: Final = timedelta(days=31)
DATE_FILTERS: Final[dict[str, Callable[[Lead], str]]] = {
    "createdAt": lambda lead: str(lead.values["createdAt"]),
    "updatedAt": lambda lead: lead.changed_at,
}
LIST_FILTERS: Final = frozenset({"staticListId", "staticListName"})
SMART_LIST_FILTERS: Final = frozenset({"smartListId", "smartListName"})


def read_extract(instance: Instance, call: Call) -> Extract:
    """The extract that the body describes. Raises 1002, 1003, 1006, 1013, 1035 or 609."""
    body = call.json()
    names = body.get("fields")
    if not isinstance(names, list) or not names:
        raise missing("fields")
    fields = named_fields(instance, [str(name) for name in names])
    headings = body.get("columnHeaderNames") or {}
    format_ = str(body.get("format") or "CSV").upper()
    if format_ not in DELIMITERS:
        raise invalid("format", format_)
    header = [str(headings.get(field.name, field.name)) for field in fields]
    return Extract(fields, header, format_, _selection(instance, body))


def _selection(instance: Instance, body: JsonObject) -> Callable[[], list[Values]]:
    given = body.get("filter")
    if not isinstance(given, dict) or not given:
        raise missing("filter")
    if len(given) > 1:
        raise errors.one_filter_only()
    [(name, value)] = given.items()
    if name not in DATE_FILTERS:
        raise _refused(name)
    if name == "updatedAt" and not instance.settings.updated_at_filter:
        raise errors.filter_not_available(name)
    return _between(instance, name, *_range(name, value))


def _refused(name: str) -> MarketoError:
    if name in SMART_LIST_FILTERS:
        return errors.filter_not_available(name)
    if name in LIST_FILTERS:
        return MarketoError("1013", "Object not found")
    return invalid("filter", name)


def _between(instance: Instance, name: str, start: str, end: str) -> Callable[[], list[Values]]:
    date_of = DATE_FILTERS[name]
    leads = instance.leads
    return lambda: [lead.values for lead in leads.all() if start <= date_of(lead) <= end]


def _range(name: str, value: JsonValue) -> tuple[str, str]:
    try:
        start, end = parse(value["startAt"]), parse(value["endAt"])
    except (KeyError, TypeError, ValueError) as error:
        raise errors.bad_range(name) from error
    if not timedelta(0) <= end - start <= LONGEST_RANGE:
        raise errors.bad_range(name)
    return stamp(start), stamp(end)
