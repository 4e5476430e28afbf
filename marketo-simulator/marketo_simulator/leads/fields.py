"""Which fields leads have: the standard ones, custom ones, hidden and renamed ones.

Knows no lead. The standard fields and their ids are those of a recorded Describe Lead; ids differ
between instances.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import KeysView, Mapping

    from marketo_simulator.calls import JsonObject, JsonValue

FIRST_CUSTOM_ID: Final = 1001
LENGTHS: Final = {"string": 255, "email": 255, "phone": 255, "url": 255}
SEARCHABLE_TYPES: Final = frozenset({"string", "email", "integer", "score"})
SEARCHABLE_STANDARD: Final = (  # API reference: Get Leads by Filter Type
    "cookies", "email", "facebookId", "id", "leadPartitionId", "linkedInId", "sfdcAccountId",
    "sfdcContactId", "sfdcLeadId", "sfdcLeadOwnerId", "sfdcOpptyId", "twitterId",
)  # fmt: skip
NEVER_UPDATEABLE: Final = frozenset({"id"})
COMPANY_IDS: Final = range(4, 21)
EXTERNAL_COMPANY_ID: Final = "externalCompanyId"


@dataclass(frozen=True, slots=True)
class Field:
    """A lead field under its REST name; `in_rest` False means SOAP knows it and REST does not."""

    id: int
    name: str
    display_name: str
    data_type: str
    length: int | None = None
    read_only: bool = False
    soap_name: str | None = None
    hidden: bool = False
    in_rest: bool = True
    of_company: bool = False
    """Also a field of the company, by Describe Company: linked leads show their company's value."""

    @property
    def custom(self) -> bool:
        """Made by the customer, not by Marketo."""
        return self.id >= FIRST_CUSTOM_ID

    @property
    def searchable(self) -> bool:
        """Allowed as filterType."""
        if self.custom:
            return self.data_type in SEARCHABLE_TYPES
        return self.name in (*SEARCHABLE_STANDARD, EXTERNAL_COMPANY_ID)

    @property
    def blank(self) -> bool | None:
        """What an unset value reads as: booleans are never null."""
        return False if self.data_type == "boolean" else None


class Fields:
    """The field list of one instance; it may change at any time, as Marketo's does."""

    def __init__(self) -> None:
        self._by_name = {field.name: field for field in standard_fields()}
        self._of_company = self._those_of_company()

    def all(self) -> list[Field]:
        """Every field, hidden ones too, in the order of their ids."""
        return list(self._by_name.values())

    def names(self) -> KeysView[str]:
        """The names of all fields, hidden ones too."""
        return self._by_name.keys()

    def described(self) -> list[Field]:
        """The fields that the describes show."""
        return [field for field in self._by_name.values() if not field.hidden]

    def find(self, name: str) -> Field | None:
        """A field, hidden or not, or None."""
        return self._by_name.get(name)

    def get(self, name: str) -> Field | None:
        """A field that REST calls may name, or None."""
        field = self._by_name.get(name)
        return field if field and field.in_rest and not field.hidden else None

    def of_company(self) -> Mapping[str, Field]:
        """The fields that companies have too, their key among them, hidden ones too, by name."""
        return self._of_company

    def add(self, field: Field) -> Field:
        """A field appears. Raises ValueError if its name is taken."""
        if field.name in self._by_name:
            raise ValueError(f"there is a field {field.name!r} already")
        self._by_name[field.name] = field
        self._of_company = self._those_of_company()
        return field

    def add_custom(self, name: str, display_name: str, data_type: str, **more: JsonValue) -> Field:
        """A custom field appears under the next free id."""
        number = max(FIRST_CUSTOM_ID - 1, *(field.id for field in self.all())) + 1
        length = more.pop("length", LENGTHS.get(data_type))
        return self.add(Field(number, name, display_name, data_type, length, **more))

    def change(self, name: str, **changes: JsonValue) -> Field:
        """A field is hidden, shown or renamed. Raises KeyError for an unknown one."""
        self._by_name[name] = replace(self._by_name[name], **changes)
        self._of_company = self._those_of_company()
        return self._by_name[name]

    def _those_of_company(self) -> dict[str, Field]:
        return {name: field for name, field in self._by_name.items() if field.of_company}


def described(field: Field, *, updateable: bool) -> JsonObject:
    """A field as all describes but the first of leads show it."""
    length = {} if field.length is None else {"length": field.length}
    return {
        "name": field.name,
        "displayName": field.display_name,
        "dataType": field.data_type,
        **length,
        "updateable": updateable,
        "crmManaged": False,
    }


def standard_fields() -> list[Field]:
    """The fields that every instance has."""
    text = resources.files(__package__).joinpath("standard_fields.csv").read_text("utf-8")
    return [_standard_field(row) for row in csv.DictReader(text.splitlines())]


def _standard_field(row: dict[str, str]) -> Field:
    return Field(
        id=int(row["id"]),
        name=row["name"],
        display_name=row["display_name"],
        data_type=row["data_type"],
        length=int(row["length"]) if row["length"] else None,
        read_only=row["read_only"] == "yes",
        soap_name=row["soap_name"] or None,
        of_company=int(row["id"]) in COMPANY_IDS or row["name"] == EXTERNAL_COMPANY_ID,
    )
