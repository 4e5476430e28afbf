"""What a type of custom objects is to the calls that all objects share.

Marketo docs: Custom Objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marketo_simulator.custom_object_types.errors import unknown_type
from marketo_simulator.custom_object_types.store import (
    ID_FIELD,
    Definition,
    ObjectField,
    ObjectType,
)
from marketo_simulator.custom_objects.links import parents_of
from marketo_simulator.errors import MarketoError
from marketo_simulator.objects.errors import in_use
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from marketo_simulator.calls import Call, JsonValue
    from marketo_simulator.causes import Cause
    from marketo_simulator.instance import Instance
    from marketo_simulator.leads.fields import Field
    from marketo_simulator.objects.records import Record, Records


@dataclass(frozen=True, slots=True)
class CustomObjectKind:
    """Records of one approved type."""

    instance: Instance
    type: ObjectType
    definition: Definition
    """What is approved of the type."""
    id_field: str = ID_FIELD
    not_found: str = "Object not found"
    method: str = "syncCustomObject"
    says_more_result: bool = True

    @property
    def api_name(self) -> str:
        """The name of the type."""
        return self.type.api_name

    @property
    def dedupe_fields(self) -> tuple[str, ...]:
        """One to three fields."""
        return self.definition.dedupe_fields

    @property
    def searchable(self) -> Sequence[Sequence[str]]:
        """The key, Marketo's id, each link."""
        return self.definition.searchable

    @property
    def records(self) -> Records:
        """All records of the type."""
        return self.instance.custom_objects.of(self.api_name)

    def field(self, name: str) -> Field | None:
        """The field of that name, whatever its case, or None."""
        return self.definition.field(name)

    def show(self, field: Field, value: JsonValue) -> JsonValue:
        """The value as a query shows it: that of a link may be text."""
        is_link = isinstance(field, ObjectField) and field.link is not None
        as_text = self.instance.settings.custom_object_links_as_text
        return str(value) if is_link and as_text and value is not None else value

    def check_writes(self) -> None:
        """Nothing keeps an API user from writing custom objects."""

    def create(self, values: Mapping[str, Any], _cause: Cause) -> Record:
        """A record appears. Raises 1004 or 1013 for a link to nothing."""
        parents = parents_of(self.instance, self.definition, values)
        attached = {name: parent for name, parent in parents.items() if parent}
        return self.instance.custom_objects.add(self.api_name, values, attached, self._now())

    def change(self, record: Record, values: Mapping[str, Any], _cause: Cause) -> None:
        """A record changes, or moves to another parent. Raises 1004 or 1013."""
        parents = parents_of(self.instance, self.definition, values)
        self.instance.custom_objects.change(self.api_name, record, values, parents, self._now())

    def delete(self, record: Record) -> None:
        """A record vanishes. Raises 1022 while records of another type are linked to it."""
        if self.instance.custom_objects.has_children((self.api_name, record.number)):
            raise in_use()
        self.instance.custom_objects.remove(self.api_name, record)

    def _now(self) -> str:
        return stamp(self.instance.clock.now())


def custom_object_kind(instance: Instance, call: Call) -> CustomObjectKind:
    """The kind that a call names in its path. Raises 1013 unless it is approved, or 1026."""
    check_enabled(instance)
    found = instance.custom_object_types.get(call.path["api_name"])
    if found is None or found.approved is None:
        raise unknown_type()
    return CustomObjectKind(instance, found, found.approved)


def check_enabled(instance: Instance) -> None:
    """Raises 1026 where the subscription has no custom objects."""
    if not instance.settings.custom_objects:
        raise MarketoError("1026")
