"""What a create call asks for: fields, and exactly one filter. Marketo docs: Bulk Lead Extract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_simulator.errors import missing
from marketo_simulator.exports import bodies
from marketo_simulator.exports.files import Column
from marketo_simulator.exports.store import Extract
from marketo_simulator.lead_exports.selections import selection
from marketo_simulator.leads.handlers import named_fields

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance

WHOLE_TYPES: Final = frozenset({"integer", "score", "percent"})


def read_extract(instance: Instance, call: Call) -> Extract:
    """The extract that the body describes. Raises 1002, 1003, 1006, 1013, 1035 or 609."""
    body = call.json()
    columns = _columns(instance, body)
    select = selection(instance, body)
    return Extract(columns, bodies.format_of(body), select)


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
