"""What a create call asks for: fields, and exactly one filter, of a type linked to leads.

Marketo docs: Bulk Custom Object Extract.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from marketo_simulator.custom_object_types.errors import refused, unknown_field
from marketo_simulator.custom_objects.kind import CustomObjectKind, custom_object_kind
from marketo_simulator.custom_objects.store import LEAD
from marketo_simulator.errors import missing
from marketo_simulator.exports import bodies
from marketo_simulator.exports.files import Column
from marketo_simulator.exports.store import Extract
from marketo_simulator.lists.filters import LIST_FILTERS, list_named

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonObject, JsonValue
    from marketo_simulator.exports.files import Values
    from marketo_simulator.instance import Instance

Select = Callable[[], "list[Values]"]
UPDATED_AT: Final = "updatedAt"
FILTERS: Final = (UPDATED_AT, *LIST_FILTERS)


def read_extract(instance: Instance, call: Call) -> Extract:
    """The extract that the body describes. Raises 1002, 1003, 1006, 1013, 1026, 1035 or 609."""
    kind = custom_object_kind(instance, call)
    if not any(field.link and field.link.to == LEAD for field in kind.definition.links):
        raise refused(f"Object '{kind.api_name}' is not linked to leads")
    body = call.json()
    columns = _columns(kind, body)
    name, value = bodies.only_filter(body, FILTERS, instance.settings)
    select = _updated(kind, value) if name == UPDATED_AT else _of_list(kind, name, value)
    return Extract(columns, bodies.format_of(body), select)


def _columns(kind: CustomObjectKind, body: JsonObject) -> list[Column]:
    names = bodies.field_names(body)
    if not names:
        raise missing("fields")
    headings = bodies.headings(body)
    return [_column(kind, name, headings) for name in names]


def _column(kind: CustomObjectKind, name: str, headings: JsonObject) -> Column:
    field = kind.field(name)
    if field is None:
        raise unknown_field(name)
    return Column(field.name, str(headings.get(field.name, field.name)))


def _updated(kind: CustomObjectKind, value: JsonValue) -> Select:
    start, end = bodies.date_range(UPDATED_AT, value)
    return lambda: [
        record.values for record in kind.records.all() if start <= record.values[UPDATED_AT] <= end
    ]


def _of_list(kind: CustomObjectKind, name: str, value: JsonValue) -> Select:
    lists, found = kind.instance.lists, list_named(kind.instance.lists, name, value)

    def select() -> list[Values]:
        wanted = {(LEAD, lead.id) for lead in lists.members(found)}
        parents_of = kind.instance.custom_objects.parents_of
        return [
            record.values
            for record in kind.records.all()
            if wanted & set(parents_of(kind.api_name, record).values())
        ]

    return select
