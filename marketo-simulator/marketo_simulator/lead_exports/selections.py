"""Which leads a job takes: one filter, one row of the table. Marketo docs: Bulk Lead Extract."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from marketo_simulator.errors import MarketoError, invalid
from marketo_simulator.exports import bodies, errors
from marketo_simulator.lists.store import LeadList, ListKind

if TYPE_CHECKING:
    from marketo_simulator.calls import JsonObject, JsonValue
    from marketo_simulator.exports.files import Values
    from marketo_simulator.instance import Instance
    from marketo_simulator.leads.store import Lead

Select = Callable[[], "list[Values]"]
DATES: Final[dict[str, Callable[[Lead], str]]] = {
    "createdAt": lambda lead: str(lead.values["createdAt"]),
    "updatedAt": lambda lead: lead.changed_at,
}
LISTS: Final[dict[str, tuple[ListKind, Callable[[LeadList], object]]]] = {
    "staticListId": (ListKind.STATIC, lambda found: found.id),
    "staticListName": (ListKind.STATIC, lambda found: found.name),
    "smartListId": (ListKind.SMART, lambda found: found.id),
    "smartListName": (ListKind.SMART, lambda found: found.name),
}


def selection(instance: Instance, given: JsonObject) -> Select:
    """The leads of the one filter, as they will be then. Raises 1003, 1013 or 1035."""
    if len(given) > 1:
        raise errors.one_filter_only()
    [(name, value)] = given.items()
    if name not in DATES and name not in LISTS:
        raise invalid("filter", name)
    if not _available(instance, name):
        raise errors.filter_not_available(name)
    if name in DATES:
        return _between(instance, name, *bodies.date_range(name, value))
    return _on_list(instance, name, value)


def _available(instance: Instance, name: str) -> bool:
    settings = instance.settings
    if name == "updatedAt":
        return settings.updated_at_filter
    return settings.smart_list_filter or not name.startswith("smart")


def _between(instance: Instance, name: str, start: str, end: str) -> Select:
    date_of = DATES[name]
    leads = instance.leads
    return lambda: [lead.values for lead in leads.all() if start <= date_of(lead) <= end]


def _on_list(instance: Instance, name: str, value: JsonValue) -> Select:
    kind, key = LISTS[name]
    found = next((made for made in instance.lists.all(kind) if key(made) == value), None)
    if found is None:
        raise MarketoError("1013", "Object not found")
    return lambda: [lead.values for lead in instance.lists.members(found)]
