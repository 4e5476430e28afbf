"""Companies: records that leads are linked to by `externalCompanyId`.

Marketo docs: Companies.
"""

from __future__ import annotations

from marketo_client.standard_objects import StandardObject


class Companies(StandardObject):
    """The company calls of one instance; read-only under a native CRM sync."""

    base = "/rest/v1/companies"
    noun = "Company"
    id_field = "id"
    id_type = int
