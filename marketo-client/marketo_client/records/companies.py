"""Companies: records that leads are linked to by `externalCompanyId`.

Marketo docs: Companies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_client.records.standard_objects import StandardObject

if TYPE_CHECKING:
    from marketo_client.records.object_descriptions import ObjectDescription

LINKS: Final = frozenset({"externalSalesPersonId"})  # Marketo docs: Companies
TIME_STAMPS: Final = frozenset({"createdAt", "updatedAt"})


class Companies(StandardObject):
    """The company calls of one instance; read-only under a native CRM sync."""

    base = "/rest/v1/companies"
    noun = "Company"
    id_field = "id"
    id_type = int


def company_fields(company: ObjectDescription) -> frozenset[str]:
    """The lead fields that belong to the lead's company: neither key, link nor time stamp."""
    names = {field.name for field in company.fields}
    return frozenset(names - {company.id_field, *company.dedupe_fields} - LINKS - TIME_STAMPS)
