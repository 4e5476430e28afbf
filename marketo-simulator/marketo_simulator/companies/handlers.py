"""What fields companies have. Marketo docs: Companies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_simulator.leads.fields import EXTERNAL_COMPANY_ID, Field
from marketo_simulator.replies import Reply, success
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance

EXTERNAL_ID_LENGTH: Final = 100  # Describe Company says 100 where Describe Lead says 50
SYSTEM_FIELDS: Final = (
    ("createdAt", "Created At", "datetime"),
    ("id", "Id", "integer"),
    ("updatedAt", "Updated At", "datetime"),
)


def describe(instance: Instance, _call: Call) -> Reply:
    """Describe Company: key, searchable fields, and the fields that leads show too."""
    system = [_described(*row, updateable=False) for row in SYSTEM_FIELDS]
    born = stamp(instance.born_at)
    result = {
        "name": "Company",
        "displayName": "Company",
        "description": "Company object",
        "createdAt": born,
        "updatedAt": born,
        "idField": "id",
        "dedupeFields": [EXTERNAL_COMPANY_ID],
        "searchableFields": [[EXTERNAL_COMPANY_ID], ["id"], ["company"]],
        "fields": system + [_of_lead(f) for f in instance.fields.described() if f.of_company],
    }
    return success([result])


def _of_lead(field: Field) -> JsonObject:
    if field.name == EXTERNAL_COMPANY_ID:
        row = (field.name, field.display_name, field.data_type)
        return _described(*row, length=EXTERNAL_ID_LENGTH, updateable=False)
    length = {} if field.length is None else {"length": field.length}
    return _described(field.name, field.display_name, field.data_type, updateable=True, **length)


def _described(name: str, display_name: str, data_type: str, **more: object) -> JsonObject:
    named = {"name": name, "displayName": display_name, "dataType": data_type}
    return {**named, **more, "crmManaged": False}
