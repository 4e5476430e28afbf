"""Control of data: leads and activities, made, changed, looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from marketo_simulator.activities import rows
from marketo_simulator.activities.store import Activity
from marketo_simulator.causes import WEB_SERVICE, Cause
from marketo_simulator.control.causes import cause_of
from marketo_simulator.timestamps import parse, stamp

if TYPE_CHECKING:
    from marketo_simulator.calls import JsonObject
    from marketo_simulator.control.answers import Command
    from marketo_simulator.instance import Instance


def get_leads(instance: Instance, _command: Command) -> JsonObject:
    """Every lead with every value that it has."""
    return {"leads": [lead.values for lead in instance.leads.all()]}


def get_lead(instance: Instance, command: Command) -> JsonObject:
    """One lead."""
    lead = instance.leads.get(command.path["lead_id"])
    if lead is None:
        raise KeyError(command.path["lead_id"])
    return lead.values


def create_leads(instance: Instance, command: Command) -> JsonObject:
    """Leads appear by the clock, each with a New Lead row; `source` is its Source Type."""
    cause = Cause(source=str(command.body.get("source", WEB_SERVICE)))
    made = [instance.leads.create(values, cause=cause) for values in command.body["input"]]
    return {"ids": [lead.id for lead in made]}


def change_lead(instance: Instance, command: Command) -> JsonObject:
    """Fields change by the clock, each with a row by `source`, `reason`, `user`, or `rows=no`."""
    cause = cause_of(command)
    return instance.leads.change(command.path["lead_id"], command.body, cause=cause).values


def delete_lead(instance: Instance, command: Command) -> JsonObject:
    """A lead vanishes, with a Delete Lead row."""
    instance.leads.delete(command.path["lead_id"])
    return {"ids": [command.path["lead_id"]]}


def merge_leads(instance: Instance, command: Command) -> JsonObject:
    """`losers` go up in `winner`, with one Merge Leads row."""
    return instance.leads.merge(command.body["winner"], command.body["losers"]).values


def get_activities(instance: Instance, command: Command) -> JsonObject:
    """Every row, or those of one `typeId`."""
    wanted = command.query.get("typeId")
    found = (row for row in instance.activities.all() if wanted in (None, str(row.type_id)))
    return {"activities": [rows.activity(row) for row in found]}


def create_activities(instance: Instance, command: Command) -> JsonObject:
    """Rows are written now, or `lateSeconds` after their `activityDate`, which may be past."""
    made = [_write(instance, wanted) for wanted in command.body["input"]]
    return {"ids": [str(row.number) for row in made]}


def _write(instance: Instance, wanted: dict[str, Any]) -> Activity:
    at = parse(wanted["activityDate"]) if "activityDate" in wanted else instance.clock.now()
    row = Activity(
        lead_id=int(wanted["leadId"]),
        at=stamp(at),
        type_id=int(wanted["activityTypeId"]),
        primary_id=wanted.get("primaryAttributeValueId"),
        primary_value=wanted.get("primaryAttributeValue"),
        attributes=dict(wanted.get("attributes", {})),
        campaign_id=wanted.get("campaignId"),
    )
    late_by = wanted.get("lateSeconds")
    readable_at = None if late_by is None else stamp(at + timedelta(seconds=late_by))
    return instance.activities.add(row, readable_at=readable_at)
