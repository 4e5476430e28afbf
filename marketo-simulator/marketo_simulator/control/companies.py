"""Control of companies: made, changed, deleted, looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_simulator.companies import links
from marketo_simulator.control.causes import cause_of

if TYPE_CHECKING:
    from marketo_simulator.calls import JsonObject
    from marketo_simulator.control.answers import Command
    from marketo_simulator.instance import Instance
    from marketo_simulator.objects.records import Record


def get_companies(instance: Instance, _command: Command) -> JsonObject:
    """Every company with every value that it has."""
    return {"companies": [company.values for company in instance.companies.records.all()]}


def get_company(instance: Instance, command: Command) -> JsonObject:
    """One company, and the ids of the leads linked to it."""
    company = _company(instance, command)
    leads = [lead.id for lead in links.linked_leads(instance, company)]
    return {**company.values, "leads": leads}


def create_companies(instance: Instance, command: Command) -> JsonObject:
    """Companies appear by the clock."""
    made = [instance.companies.create(values) for values in command.body["input"]]
    return {"ids": [company.number for company in made]}


def change_company(instance: Instance, command: Command) -> JsonObject:
    """Fields change by the clock, with the rows on the company's leads as of a lead's change."""
    company = _company(instance, command)
    links.change_company(instance, company, command.body, cause_of(command))
    return company.values


def delete_company(instance: Instance, command: Command) -> JsonObject:
    """A company vanishes even when leads are linked to it; they keep its values as their own."""
    company = _company(instance, command)
    links.delete_company(instance, company, cause_of(command))
    return {"ids": [company.number]}


def _company(instance: Instance, command: Command) -> Record:
    found = instance.companies.records.get(command.path["company_id"])
    if found is None:
        raise KeyError(command.path["company_id"])
    return found
