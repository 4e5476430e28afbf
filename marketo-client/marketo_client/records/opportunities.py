"""Opportunities and their roles: who takes part in an opportunity.

Marketo docs: Opportunities, Opportunity Roles.
"""

from __future__ import annotations

from marketo_client.records.standard_objects import StandardObject


class Opportunities(StandardObject):
    """The opportunity calls of one instance; read-only under a native CRM sync."""

    base = "/rest/v1/opportunities"
    noun = "Opportunity"


class OpportunityRoles(StandardObject):
    """The calls for roles, whose key has several fields; not there under a native CRM sync."""

    base = "/rest/v1/opportunities/roles"
    noun = "Opportunity"
    takes_keys_as_json = True
