"""What fields opportunity roles have. Marketo docs: Opportunity Roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_simulator.errors import MarketoError
from marketo_simulator.replies import Reply, success
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from marketo_simulator.calls import Call
    from marketo_simulator.instance import Instance

KEY: Final = ("externalOpportunityId", "leadId", "role")
FIELDS: Final = (
    ("marketoGUID", "Marketo GUID", "string", False),
    ("externalOpportunityId", "External Opportunity Id", "string", False),
    ("leadId", "Lead Id", "integer", False),
    ("role", "Role", "string", False),
    ("isPrimary", "Is Primary", "boolean", True),
    ("externalCreatedDate", "External Created Date", "datetime", True),
)


def describe(instance: Instance, _call: Call) -> Reply:
    """Describe Opportunity Role. Raises 1018 where a native CRM sync owns them."""
    if instance.settings.native_crm_sync:
        raise MarketoError("1018")
    born = stamp(instance.born_at)
    names = ("name", "displayName", "dataType", "updateable")
    result = {
        "name": "Opportunity Role",
        "displayName": "Opportunity Role",
        "description": "Opportunity role object",
        "createdAt": born,
        "updatedAt": born,
        "idField": "marketoGUID",
        "dedupeFields": list(KEY),
        "searchableFields": [list(KEY), ["marketoGUID"], ["leadId"], ["externalOpportunityId"]],
        "fields": [dict(zip(names, row, strict=True)) for row in FIELDS],
    }
    return success([result])
