"""Control of custom objects: types made by hand and approved at once, and their records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marketo_simulator.causes import API
from marketo_simulator.custom_object_types import described, rules
from marketo_simulator.custom_object_types.store import ID_FIELD, Definition, ObjectType
from marketo_simulator.custom_objects.kind import CustomObjectKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketo_simulator.calls import JsonObject
    from marketo_simulator.control.answers import Command
    from marketo_simulator.instance import Instance
    from marketo_simulator.objects.records import Record


def get_types(instance: Instance, _command: Command) -> JsonObject:
    """Every type in its latest version."""
    found = instance.custom_object_types.all()
    return {"types": [described.of_schema(kind, kind.latest) for kind in found]}


def add_type(instance: Instance, command: Command) -> JsonObject:
    """A type appears, approved: `apiName`, `displayName`, `fields` as in a call that adds them."""
    body = command.body
    api_name = str(body["apiName"])
    kind = ObjectType(api_name, draft=Definition(str(body.get("displayName", api_name))))
    rules.check_new_type(instance.custom_object_types, kind.api_name)
    return _approved(instance, kind, body)


def change_type(instance: Instance, command: Command) -> JsonObject:
    """`addFields` and `removeFields` are approved at once; `assets` are what uses the type."""
    kind = _type(instance, command)
    kind.assets = list(command.body.get("assets", kind.assets))
    for name in command.body.get("removeFields", []):
        kind.draft = rules.without_field(kind, kind.latest, name)
    return _approved(instance, kind, {"fields": command.body.get("addFields", [])})


def delete_type(instance: Instance, command: Command) -> JsonObject:
    """A type vanishes with its records, whatever uses it."""
    kind = _type(instance, command)
    instance.delete_custom_object_type(kind)
    return {"apiName": kind.api_name}


def get_records(instance: Instance, command: Command) -> JsonObject:
    """Every record with every value that it has, and what it is attached to."""
    kind = _kind(instance, command)
    return {"records": [_shown(kind, record) for record in kind.records.all()]}


def create_records(instance: Instance, command: Command) -> JsonObject:
    """Records appear by the clock."""
    kind = _kind(instance, command)
    made = [kind.create(values, API) for values in command.body["input"]]
    return {"ids": [record.values[ID_FIELD] for record in made]}


def change_record(instance: Instance, command: Command) -> JsonObject:
    """A record changes by the clock."""
    kind = _kind(instance, command)
    record = _record(kind, command.path)
    kind.change(record, command.body, API)
    return _shown(kind, record)


def delete_record(instance: Instance, command: Command) -> JsonObject:
    """A record vanishes."""
    kind = _kind(instance, command)
    record = _record(kind, command.path)
    kind.delete(record)
    return {"ids": [record.values[ID_FIELD]]}


def _approved(instance: Instance, kind: ObjectType, body: Mapping[str, Any]) -> JsonObject:
    for given in body.get("fields", []):
        kind.draft = rules.with_field(instance, kind, kind.latest, given)
    if kind.draft is not None:
        rules.check_complete(kind.draft)
        instance.custom_object_types.add(kind)
        instance.approve_custom_object_type(kind)
    return described.of_schema(kind, kind.latest)


def _type(instance: Instance, command: Command) -> ObjectType:
    kind = instance.custom_object_types.get(command.path["api_name"])
    if kind is None:
        raise KeyError(command.path["api_name"])
    return kind


def _kind(instance: Instance, command: Command) -> CustomObjectKind:
    kind = _type(instance, command)
    if kind.approved is None:
        raise KeyError(kind.api_name)
    return CustomObjectKind(instance, kind, kind.approved)


def _record(kind: CustomObjectKind, path: Mapping[str, Any]) -> Record:
    found = kind.records.find([ID_FIELD], [(path["guid"],)])
    if not found:
        raise KeyError(path["guid"])
    return found[0]


def _shown(kind: CustomObjectKind, record: Record) -> JsonObject:
    parents = kind.instance.custom_objects.parents_of(kind.api_name, record)
    attached = {name: {"object": to, "id": number} for name, (to, number) in parents.items()}
    return {**record.values, "attachedTo": attached}
