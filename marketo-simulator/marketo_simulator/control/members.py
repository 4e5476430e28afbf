"""Control of lists and programs: which leads are in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_simulator.lists.store import LeadList, ListKind

if TYPE_CHECKING:
    from marketo_simulator.calls import JsonObject
    from marketo_simulator.control.answers import Command
    from marketo_simulator.instance import Instance


def get_lists(instance: Instance, _command: Command) -> JsonObject:
    """Static and smart lists with the ids of the leads on them."""
    return {"lists": [_shown(instance, made) for made in instance.lists.all()]}


def add_list(instance: Instance, command: Command) -> JsonObject:
    """A list appears: `name`, `kind` (static or smart), `programName`."""
    made = instance.lists.add(
        command.body["name"],
        ListKind(command.body.get("kind", "static")),
        program_name=command.body.get("programName"),
    )
    return _shown(instance, made)


def change_list(instance: Instance, command: Command) -> JsonObject:
    """`add` and `remove` leads by the clock, each with a row where the list is static."""
    list_id = command.path["list_id"]
    for lead_id in command.body.get("add", []):
        instance.lists.join(list_id, lead_id)
    for lead_id in command.body.get("remove", []):
        instance.lists.leave(list_id, lead_id)
    return _shown(instance, instance.lists.get(list_id))


def change_program(instance: Instance, command: Command) -> JsonObject:
    """`add` leads to the program, whose `name` the rows show."""
    program_id = command.path["program_id"]
    for lead_id in command.body["add"]:
        instance.programs.join(program_id, command.body["name"], lead_id)
    members = instance.programs.members(program_id) or []
    return {"id": program_id, "members": [lead.id for lead, _ in members]}


def _shown(instance: Instance, made: LeadList) -> JsonObject:
    members = [lead.id for lead in instance.lists.members(made)]
    return {"id": made.id, "name": made.name, "kind": made.kind, "members": members}
