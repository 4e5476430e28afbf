"""What a definition may be, before its first approval and after it.

All of it is checked before anything is kept: a call changes all that it names, or nothing.
Marketo docs: Custom Objects (Approval of Type, Custom Object Fields).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.custom_object_types import errors
from marketo_simulator.custom_object_types.linkable import link_of
from marketo_simulator.custom_object_types.store import ObjectField
from marketo_simulator.errors import missing
from marketo_simulator.leads.fields import LENGTHS

if TYPE_CHECKING:
    from marketo_simulator.calls import JsonObject
    from marketo_simulator.custom_object_types.store import Definition, ObjectType, ObjectTypes
    from marketo_simulator.instance import Instance

LINK: Final = "link"
DATA_TYPES: Final = (
    "string", "boolean", "integer", "float", LINK, "email", "currency", "date", "datetime",
    "phone", "text",
)  # fmt: skip
TYPES_AT_MOST: Final = 10
FIELDS_AT_MOST: Final = 50
FIELDS_AFTER_APPROVAL: Final = 20
DEDUPE_FIELDS_AT_MOST: Final = 3
NAME: Final = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
ATTRIBUTES: Final = {"displayName": "display_name", "description": "description", "name": "name"}


def check_new_type(types: ObjectTypes, api_name: str) -> None:
    """Raises 1003 for a name that a type cannot have, or one type too many."""
    check_name(api_name)
    if len(types) >= TYPES_AT_MOST:
        raise errors.refused(f"At most {TYPES_AT_MOST} custom object types are allowed")


def check_display_name(types: ObjectTypes, kind: ObjectType, definition: Definition) -> None:
    """Raises 1003 for a display name that another type has, or that changes after approval."""
    wanted = definition.display_name
    if kind.approved and kind.approved.display_name != wanted:
        raise errors.refused("The display name cannot change after approval")
    others = (other.latest.display_name for other in types.all() if other is not kind)
    if wanted.casefold() in (name.casefold() for name in others):
        raise errors.refused(f"Display name '{wanted}' is taken")


def check_name(name: str) -> None:
    """Raises 1003 for an API name with other signs than letters, digits and underscores."""
    if not NAME.fullmatch(name):
        raise errors.refused(f"Invalid API name '{name}'")


def with_field(
    instance: Instance, kind: ObjectType, definition: Definition, given: JsonObject
) -> Definition:
    """The definition with one more field. Raises 1002 or 1003."""
    for name in ("name", "displayName", "dataType"):
        if not given.get(name):
            raise missing(name)
    field = _read_field(instance, given)
    check_name(field.name)
    if kind.approved and (field.dedupe or field.link):
        raise errors.refused("Link and dedupe fields cannot be added after approval")
    return _checked(kind, replace(definition, fields=(*definition.fields, field)))


def with_changed_field(
    instance: Instance, kind: ObjectType, name: str, given: JsonObject
) -> Definition:
    """The latest definition with a field changed. Raises 1002, 1003 or 1006."""
    definition = kind.latest
    old = own_field(definition, name)
    new = _changed(instance, old, given)
    check_name(new.name)
    was_approved = kind.approved is not None and kind.approved.field(old.name) is not None
    if kind.approved and (new.dedupe, new.link) != (old.dedupe, old.link):
        raise errors.refused("Link and dedupe fields cannot change after approval")
    if was_approved and new.name != old.name:
        raise errors.refused("The name of an approved field cannot change")
    fields = tuple(new if field is old else field for field in definition.fields)
    return _checked(kind, replace(definition, fields=fields))


def without_field(kind: ObjectType, definition: Definition, name: str) -> Definition:
    """The definition without a field. Raises 1003 or 1006."""
    old = own_field(definition, name)
    if kind.approved and (old.dedupe or old.link):
        raise errors.refused("Link and dedupe fields cannot be removed after approval")
    fields = tuple(field for field in definition.fields if field is not old)
    return replace(definition, fields=fields)


def check_complete(definition: Definition) -> None:
    """Raises 1003 for a definition that cannot be approved: one without a key."""
    if not definition.dedupe_fields:
        raise errors.refused("At least one dedupe field is required")


def own_field(definition: Definition, name: str) -> ObjectField:
    """The field of that name which is not one of Marketo's own. Raises 1003 or 1006."""
    found = definition.field(name)
    if found is None:
        raise errors.unknown_field(name)
    if not isinstance(found, ObjectField):
        raise errors.refused(f"Field '{name}' is managed by Marketo")
    return found


def _checked(kind: ObjectType, definition: Definition) -> Definition:
    for attribute in ("name", "display_name"):
        values = [str(getattr(field, attribute)).casefold() for field in definition.all_fields]
        if len(set(values)) < len(values):
            raise errors.refused("Names and display names of fields must be unique")
    if len(definition.fields) > FIELDS_AT_MOST:
        raise errors.refused(f"At most {FIELDS_AT_MOST} fields are allowed")
    if kind.approved and len(definition.fields) - kind.first_size > FIELDS_AFTER_APPROVAL:
        raise errors.refused(f"At most {FIELDS_AFTER_APPROVAL} fields can be added after approval")
    if len(definition.dedupe_fields) > DEDUPE_FIELDS_AT_MOST:
        raise errors.refused(f"At most {DEDUPE_FIELDS_AT_MOST} dedupe fields are allowed")
    return definition


def _read_field(instance: Instance, given: JsonObject) -> ObjectField:
    data_type = str(given["dataType"])
    return ObjectField(
        0,
        str(given["name"]),
        str(given["displayName"]),
        dedupe=bool(given.get("isDedupeField")),
        description=given.get("description"),
        **_typed(instance, data_type, given.get("relatedTo")),
    )


def _changed(instance: Instance, old: ObjectField, given: JsonObject) -> ObjectField:
    changes: dict[str, Any] = {
        ATTRIBUTES[name]: value for name, value in given.items() if name in ATTRIBUTES
    }
    if "isDedupeField" in given:
        changes["dedupe"] = bool(given["isDedupeField"])
    if "dataType" in given or "relatedTo" in given:
        data_type = str(given.get("dataType", LINK if old.link else old.data_type))
        changes |= _typed(instance, data_type, given.get("relatedTo"))
    return replace(old, **changes)


def _typed(instance: Instance, data_type: str, related_to: JsonObject | None) -> dict[str, Any]:
    if data_type not in DATA_TYPES:
        raise errors.refused(f"Invalid data type '{data_type}'")
    if data_type != LINK:
        if related_to:
            raise errors.refused("Only a link field is related to another object")
        return {"data_type": data_type, "length": LENGTHS.get(data_type), "link": None}
    if not related_to:
        raise missing("relatedTo")
    link, target = link_of(instance, related_to)
    return {"data_type": target.data_type, "length": target.length, "link": link}
