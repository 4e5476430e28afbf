"""What a link field may point to. Marketo docs: Custom Objects (List Linkable Custom Objects).

Marketo lists the fields of leads and companies under names like those of its user interface, and
takes REST names too. A type that links itself cannot be linked to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketo_simulator.custom_object_types.errors import refused
from marketo_simulator.custom_object_types.store import ID_FIELD, STANDARD_FIELDS, Link
from marketo_simulator.leads.fields import SEARCHABLE_TYPES, Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from marketo_simulator.calls import JsonObject
    from marketo_simulator.custom_object_types.store import Definition
    from marketo_simulator.instance import Instance

LEAD: Final = "lead"
COMPANY: Final = "company"
STANDARD_OBJECTS: Final = {LEAD: "Lead", COMPANY: "Company"}
ID: Final = Field(0, "id", "Id", "integer")
GUID: Final = next(field for field in STANDARD_FIELDS if field.name == ID_FIELD)


@dataclass(frozen=True, slots=True)
class Linkable:
    """An object that can be linked to, and by which of its fields."""

    name: str
    display_name: str
    fields: Sequence[Field]

    def described(self) -> JsonObject:
        """The object as Marketo lists it."""
        standard = self.name in STANDARD_OBJECTS
        fields = [
            {
                "name": field.display_name if standard else field.name,
                "displayName": field.display_name,
                "dataType": field.data_type,
            }
            for field in self.fields
        ]
        return {"name": self.name, "displayName": self.display_name, "fields": fields}


def linkables(instance: Instance) -> list[Linkable]:
    """Leads, companies, and the approved types that do not link themselves."""
    shown = instance.fields.described()
    custom = [field for field in shown if field.custom and field.data_type in SEARCHABLE_TYPES]
    email = [field for field in shown if field.name == "email"]
    return [
        Linkable(LEAD, "Lead", [ID, *email, *custom]),
        Linkable(COMPANY, "Company", [ID, *(field for field in custom if field.of_company)]),
        *(
            Linkable(kind.api_name, kind.approved.display_name, _keys(kind.approved))
            for kind in instance.custom_object_types.all()
            if kind.approved and not kind.approved.links
        ),
    ]


def link_of(instance: Instance, related_to: JsonObject) -> tuple[Link, Field]:
    """The link that `relatedTo` means, and the field at its other end. Raises 1003."""
    name, field_name = str(related_to.get("name")), str(related_to.get("field"))
    target = _named(linkables(instance), name)
    if target is None:
        raise refused(f"'{name}' is not linkable")
    wanted = field_name.casefold()
    for field in target.fields:
        if wanted in (field.name.casefold(), field.display_name.casefold()):
            return Link(target.name, field.name), field
    raise refused(f"Field '{field_name}' of '{name}' is not linkable")


def related_to(link: Link) -> JsonObject:
    """The link as describes show it."""
    if link.to in STANDARD_OBJECTS:
        field = ID.display_name if link.field == ID.name else link.field
        return {"name": STANDARD_OBJECTS[link.to], "field": field}
    return {"name": link.to, "field": link.field}


def _keys(definition: Definition) -> list[Field]:
    return [GUID, *(field for field in definition.fields if field.dedupe)]


def _named(found: Iterable[Linkable], name: str) -> Linkable | None:
    return next((each for each in found if each.name.casefold() == name.casefold()), None)
