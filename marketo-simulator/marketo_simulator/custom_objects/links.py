"""Which record a link field means. Marketo docs: Custom Objects.

A link to a lead by another field than its id attaches to the most recently updated lead that
fits, whatever its partition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.custom_object_types.linkable import COMPANY, LEAD
from marketo_simulator.errors import SkippedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from marketo_simulator.custom_object_types.store import Definition, Link
    from marketo_simulator.custom_objects.store import Parent
    from marketo_simulator.instance import Instance

ID: Final = "id"


def parents_of(
    instance: Instance, definition: Definition, values: Mapping[str, Any]
) -> dict[str, Parent | None]:
    """What each link among the values is attached to. Raises 1004 or 1013 for nothing there."""
    parents: dict[str, Parent | None] = {}
    for field in definition.links:
        if field.name in values and field.link:
            value = values[field.name]
            parents[field.name] = None if value is None else _parent(instance, field.link, value)
    return parents


def _parent(instance: Instance, link: Link, value: object) -> Parent:
    number = FIND.get(link.to, _custom_object)(instance, link, value)
    return (link.to, number)


def _lead(instance: Instance, link: Link, value: object) -> int:
    if link.field == ID:
        lead = instance.leads.get(int(str(value)))
        found = [lead] if lead else []
    else:
        found = instance.leads.having(link.field, [str(value)])
    if not found:
        raise SkippedError("1004", "Lead not found")
    return max(found, key=lambda lead: (lead.changed_at, lead.id)).id


def _company(instance: Instance, link: Link, value: object) -> int:
    found = instance.companies.records.find([link.field], [(str(value),)])
    if not found:
        raise SkippedError("1013", "Record not found")
    return found[-1].number


def _custom_object(instance: Instance, link: Link, value: object) -> int:
    found = instance.custom_objects.of(link.to).find([link.field], [(str(value),)])
    if not found:
        raise SkippedError("1013", "Object not found")
    return found[-1].number


FIND: Final[dict[str, Callable[[Instance, Link, object], int]]] = {LEAD: _lead, COMPANY: _company}
