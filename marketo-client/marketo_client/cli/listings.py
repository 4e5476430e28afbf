"""What there is in an instance: lead fields and activity types, as the tap's streams know them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from marketo_client.bulk.activity_exports import DELETE_LEAD
from marketo_client.errors import UNTOLD
from marketo_client.naming import stream_names
from marketo_client.records.companies import company_fields

if TYPE_CHECKING:
    from marketo_client.client import Marketo
    from marketo_client.records.activities import Attribute

    Row = dict[str, Any]


def lead_fields(marketo: Marketo) -> list[Row]:
    """Both Describes merged, and which fields are the company's (null where nobody may know)."""
    of_company = None
    with suppress(*UNTOLD):
        of_company = company_fields(marketo.companies.describe())
    return list(marketo.leads.describe().rows(of_company=of_company))


def activity_types(marketo: Marketo) -> list[Row]:
    """All types with the stream of each; deletions are in a stream of their own alone."""
    types = marketo.activities.types().types
    names = stream_names([each for each in types if each.id != DELETE_LEAD], known={})
    return [
        {
            "id": each.id,
            "name": each.name,
            "stream": names.get(each.id, "deleted_leads"),
            "apiName": each.api_name,
            "description": each.description,
            "primaryAttribute": _attribute(each.primary_attribute),
            "attributes": [_attribute(attribute) for attribute in each.attributes],
        }
        for each in types
    ]


def _attribute(attribute: Attribute | None) -> Row | None:
    if attribute is None:
        return None
    return {
        "name": attribute.name,
        "apiName": attribute.api_name,
        "dataType": attribute.data_type,
    }
