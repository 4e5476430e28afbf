"""What a company's changes are to the leads that are linked to it. Marketo docs: Companies.

A linked lead shows its company's values as its own, in every call and file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from marketo_simulator.leads.fields import EXTERNAL_COMPANY_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketo_simulator.causes import Cause
    from marketo_simulator.instance import Instance
    from marketo_simulator.leads.store import Lead
    from marketo_simulator.objects.records import Record


def linked_leads(instance: Instance, company: Record) -> list[Lead]:
    """The leads of the company, by id."""
    return instance.leads.having(EXTERNAL_COMPANY_ID, [company.values[EXTERNAL_COMPANY_ID]])


def change_company(
    instance: Instance,
    company: Record,
    values: Mapping[str, Any],
    cause: Cause,
    *,
    at: str | None = None,
) -> None:
    """A company changes, and with it every lead of it, with a row for each where rows are on."""
    changed = instance.companies.change(company, values, at=at)
    announced = cause.announced and instance.settings.company_changes_on_leads
    for lead in linked_leads(instance, company) if changed else ():
        instance.leads.inherit(lead, changed, cause=replace(cause, announced=announced), at=at)


def delete_company(instance: Instance, company: Record, cause: Cause) -> None:
    """A company vanishes; its leads keep what they showed, as values of their own."""
    for lead in linked_leads(instance, company):
        instance.leads.inherit(lead, {EXTERNAL_COMPANY_ID: None}, cause=cause)
    instance.companies.records.remove(company)
