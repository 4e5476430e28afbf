"""Which leads a job takes: one filter, one row of the table. Marketo docs: Bulk Lead Extract."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from marketo_simulator.exports import bodies
from marketo_simulator.lists.filters import LIST_FILTERS, list_named

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
FILTERS: Final = (*DATES, *LIST_FILTERS)


def selection(instance: Instance, body: JsonObject) -> Select:
    """The leads of the one filter, as they will be then. Raises 1002, 1003, 1013 or 1035."""
    name, value = bodies.only_filter(body, FILTERS, instance.settings)
    if name in DATES:
        return _between(instance, name, *bodies.date_range(name, value))
    return _on_list(instance, name, value)


def _between(instance: Instance, name: str, start: str, end: str) -> Select:
    date_of = DATES[name]
    leads = instance.leads
    return lambda: [lead.values for lead in leads.all() if start <= date_of(lead) <= end]


def _on_list(instance: Instance, name: str, value: JsonValue) -> Select:
    found = list_named(instance.lists, name, value)
    return lambda: [lead.values for lead in instance.lists.members(found)]
