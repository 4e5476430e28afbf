"""What a create call asks for: fields, and exactly one filter. Marketo docs: Bulk Lead Extract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_simulator.errors import MarketoError, invalid, missing
from marketo_simulator.exports import bodies, errors
from marketo_simulator.exports.files import Column, Values
from marketo_simulator.exports.store import Extract
from marketo_simulator.leads.handlers import named_fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance
    from marketo_simulator.leads.store import Lead

DATE_FILTERS: Final[dict[str, Callable[[Lead], str]]] = {
    "createdAt": lambda lead: str(lead.values["createdAt"]),
    "updatedAt": lambda lead: lead.changed_at,
}
LIST_FILTERS: Final = frozenset({"staticListId", "staticListName"})
SMART_LIST_FILTERS: Final = frozenset({"smartListId", "smartListName"})
WHOLE_TYPES: Final = frozenset({"integer", "score", "percent"})


def read_extract(instance: Instance, call: Call) -> Extract:
    """The extract that the body describes. Raises 1002, 1003, 1006, 1013, 1035 or 609."""
    body = call.json()
    return Extract(
        _columns(instance, body),
        bodies.format_of(body),
        _selection(instance, bodies.filter_of(body)),
    )


def _columns(instance: Instance, body: JsonObject) -> list[Column]:
    names = bodies.field_names(body)
    if not names:
        raise missing("fields")
    headings = bodies.headings(body)
    return [
        Column(
            field.name,
            str(headings.get(field.name, field.name)),
            field.blank,
            field.data_type in WHOLE_TYPES and field.name != "id",
        )
        for field in named_fields(instance, names)
    ]


def _selection(instance: Instance, given: JsonObject) -> Callable[[], list[Values]]:
    if len(given) > 1:
        raise errors.one_filter_only()
    [(name, value)] = given.items()
    if name not in DATE_FILTERS:
        raise _refused(name)
    if name == "updatedAt" and not instance.settings.updated_at_filter:
        raise errors.filter_not_available(name)
    return _between(instance, name, *bodies.date_range(name, value))


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
