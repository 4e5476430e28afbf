"""The metadata API: types of custom objects are made, extended, approved and deleted.

Marketo docs: Custom Objects (Custom Object Types).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from marketo_simulator.calls import records_of
from marketo_simulator.custom_object_types import described, errors, rules
from marketo_simulator.custom_object_types.linkable import linkables
from marketo_simulator.custom_object_types.store import (
    APPROVED,
    APPROVED_WITH_DRAFT,
    DRAFT,
    Definition,
    ObjectType,
)
from marketo_simulator.errors import MarketoError, invalid, missing
from marketo_simulator.objects.sync import ACTIONS, CREATE_ONLY, CREATE_OR_UPDATE, UPDATE_ONLY
from marketo_simulator.replies import Reply, success

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance

VersionOf = Callable[[ObjectType], Definition | None]
VERSIONS: Final[dict[str | None, VersionOf]] = {
    None: lambda kind: kind.approved or kind.draft,
    DRAFT: lambda kind: kind.draft,
    APPROVED: lambda kind: kind.approved,
    APPROVED_WITH_DRAFT: lambda kind: kind.draft if kind.approved else None,
}
ATTRIBUTES: Final = {
    "displayName": "display_name",
    "pluralName": "plural_name",
    "description": "description",
    "showInLeadDetail": "in_lead_detail",
}


def get_types(instance: Instance, call: Call) -> Reply:
    """List Custom Object Types, each in the version that `state` asks for."""
    _check_subscription(instance)
    version_of = _version_of(call)
    names = {name.casefold() for name in call.texts("names")}
    found = (
        (kind, version_of(kind))
        for kind in instance.custom_object_types.all()
        if not names or kind.api_name.casefold() in names
    )
    return success([described.of_schema(kind, version) for kind, version in found if version])


def describe(instance: Instance, call: Call) -> Reply:
    """Describe Custom Object Type. Raises 1013 where it has no version in that state."""
    kind = _kind(instance, call)
    version = _version_of(call)(kind)
    if version is None:
        raise errors.unknown_type()
    return success([described.of_schema(kind, version)])


def sync_type(instance: Instance, call: Call) -> Reply:
    """Sync Custom Object Type: a draft appears or changes."""
    _check_subscription(instance)
    body = call.json()
    action = body.get("action") or CREATE_OR_UPDATE
    if action not in ACTIONS:
        raise invalid("action", str(action))
    for name in ("apiName",) if action == UPDATE_ONLY else ("apiName", "displayName"):
        if not body.get(name):
            raise missing(name)
    kind = instance.custom_object_types.get(str(body["apiName"]))
    if kind is not None and action == CREATE_ONLY:
        raise errors.type_exists()
    if kind is not None:
        _edit(instance, kind, replace(kind.latest, **_attributes(body)))
    elif action == UPDATE_ONLY:
        raise errors.unknown_type()
    else:
        rules.check_new_type(instance.custom_object_types, str(body["apiName"]))
        kind = ObjectType(str(body["apiName"]), draft=Definition(**_attributes(body)))
        rules.check_display_name(instance.custom_object_types, kind, kind.latest)
        instance.custom_object_types.add(kind)
    return success([])


def add_fields(instance: Instance, call: Call) -> Reply:
    """Add Custom Object Type Fields: all of them, or none."""
    kind = _kind(instance, call)
    definition = kind.latest
    for given in records_of(call.json()):
        definition = rules.with_field(instance, kind, definition, given)
    _edit(instance, kind, definition)
    return success([])


def update_field(instance: Instance, call: Call) -> Reply:
    """Update Custom Object Type Field."""
    kind = _kind(instance, call)
    name, given = call.path["field_name"], call.json()
    _edit(instance, kind, rules.with_changed_field(instance, kind, name, given))
    return success([])


def delete_fields(instance: Instance, call: Call) -> Reply:
    """Delete Custom Object Type Fields: all of them, or none."""
    kind = _kind(instance, call)
    definition = kind.latest
    for given in records_of(call.json()):
        definition = rules.without_field(kind, definition, str(given.get("name")))
    _edit(instance, kind, definition)
    return success([])


def approve(instance: Instance, call: Call) -> Reply:
    """Approve Custom Object Type: from now on records are what the draft says."""
    kind = _kind(instance, call)
    if kind.draft is None:
        raise errors.no_draft_to_approve()
    rules.check_complete(kind.draft)
    instance.approve_custom_object_type(kind)
    return success([])


def discard_draft(instance: Instance, call: Call) -> Reply:
    """Discard Custom Object Type Draft; a type that was never approved goes with it."""
    kind = _kind(instance, call)
    if kind.draft is None:
        raise errors.no_draft_to_discard()
    kind.draft = None
    if kind.approved is None:
        instance.custom_object_types.remove(kind)
    return success([])


def delete_type(instance: Instance, call: Call) -> Reply:
    """Delete Custom Object Type, with all its records. Raises 1022 while something uses it."""
    kind = _kind(instance, call)
    if kind.assets or instance.custom_object_types.linking_to(kind.api_name):
        raise errors.in_use()
    instance.delete_custom_object_type(kind)
    return success([])


def get_dependent_assets(instance: Instance, call: Call) -> Reply:
    """Get Custom Object Dependent Assets."""
    return success(list(_kind(instance, call).assets))


def get_data_types(instance: Instance, _call: Call) -> Reply:
    """Get Custom Object Type Field Data Types."""
    _check_subscription(instance)
    return success(list(rules.DATA_TYPES))


def get_linkable_objects(instance: Instance, _call: Call) -> Reply:
    """Get Custom Object Linkable Objects."""
    _check_subscription(instance)
    return success([found.described() for found in linkables(instance)])


def _check_subscription(instance: Instance) -> None:
    if not instance.settings.custom_object_types:
        raise MarketoError("616")


def _kind(instance: Instance, call: Call) -> ObjectType:
    _check_subscription(instance)
    kind = instance.custom_object_types.get(call.path["api_name"])
    if kind is None:
        raise errors.unknown_type()
    return kind


def _version_of(call: Call) -> VersionOf:
    state = call.text("state")
    if state not in VERSIONS:
        raise invalid("state", str(state))
    return VERSIONS[state]


def _attributes(body: JsonObject) -> JsonObject:
    return {ATTRIBUTES[name]: value for name, value in body.items() if name in ATTRIBUTES}


def _edit(instance: Instance, kind: ObjectType, definition: Definition) -> None:
    rules.check_display_name(instance.custom_object_types, kind, definition)
    if definition != kind.latest:
        kind.draft = definition
