"""Control of the schema: fields and activity types, added, hidden, renamed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.activities.types import ActivityType, Attribute

if TYPE_CHECKING:
    from marketo_simulator.calls import JsonObject
    from marketo_simulator.control.answers import Command
    from marketo_simulator.instance import Instance

FIELD_MEMBERS: Final = {
    "displayName": "display_name",
    "hidden": "hidden",
    "readOnly": "read_only",
    "length": "length",
    "ofCompany": "of_company",
}
TYPE_MEMBERS: Final = {"name": "name", "hidden": "hidden"}


def get_fields(instance: Instance, _command: Command) -> JsonObject:
    """Every field, hidden ones too."""
    return {"fields": [asdict(field) for field in instance.fields.all()]}


def add_field(instance: Instance, command: Command) -> JsonObject:
    """A custom field appears."""
    wanted = dict(command.body)
    name, data_type = wanted.pop("name"), wanted.pop("dataType", "string")
    display_name = wanted.pop("displayName", name)
    more = _named(wanted, FIELD_MEMBERS)
    return asdict(instance.fields.add_custom(name, display_name, data_type, **more))


def change_field(instance: Instance, command: Command) -> JsonObject:
    """A field is hidden, shown or renamed."""
    changes = _named(command.body, FIELD_MEMBERS)
    return asdict(instance.fields.change(command.path["name"], **changes))


def get_types(instance: Instance, _command: Command) -> JsonObject:
    """The activity types that are not hidden."""
    return {"activity_types": [asdict(kind) for kind in instance.activity_types.described()]}


def add_type(instance: Instance, command: Command) -> JsonObject:
    """An activity type appears."""
    wanted = command.body
    primary = wanted.get("primaryAttribute")
    kind = ActivityType(
        int(wanted["id"]),
        wanted["name"],
        wanted.get("description", ""),
        _attribute(primary) if primary else None,
        tuple(_attribute(row) for row in wanted.get("attributes", [])),
        wanted.get("apiName"),
    )
    return asdict(instance.activity_types.add(kind))


def change_type(instance: Instance, command: Command) -> JsonObject:
    """An activity type is hidden, shown or renamed."""
    changes = _named(command.body, TYPE_MEMBERS)
    return asdict(instance.activity_types.change(command.path["type_id"], **changes))


def _attribute(row: JsonObject) -> Attribute:
    return Attribute(row["name"], row.get("dataType", "string"), row.get("apiName"))


def _named(wanted: JsonObject, members: dict[str, str]) -> dict[str, Any]:
    unknown = wanted.keys() - members.keys()
    if unknown:
        raise ValueError(f"cannot set {', '.join(sorted(unknown))}; only {', '.join(members)}")
    return {members[name]: value for name, value in wanted.items()}
