"""What fields companies have. Marketo docs: Companies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_simulator.companies.kind import CompanyKind, company_kind
from marketo_simulator.leads.fields import described
from marketo_simulator.replies import Reply, success
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance
    from marketo_simulator.leads.fields import Field


def describe(instance: Instance, call: Call) -> Reply:
    """Describe Company: key, searchable fields, and the fields that leads show too."""
    kind = company_kind(instance, call)
    born = stamp(instance.born_at)
    result = {
        "name": "Company",
        "displayName": "Company",
        "description": "Company object",
        "createdAt": born,
        "updatedAt": born,
        "idField": kind.id_field,
        "dedupeFields": list(kind.dedupe_fields),
        "searchableFields": [list(names) for names in kind.searchable],
        "fields": [_described(kind, field) for field in kind.fields.values()],
    }
    return success([result])


def _described(kind: CompanyKind, field: Field) -> JsonObject:
    can_change = not field.read_only and field.name not in kind.dedupe_fields
    return described(field, updateable=can_change)
