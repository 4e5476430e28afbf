"""Which activity types exist, with their attributes.

Knows no activity. In `standard_types.csv` an attribute is `name:type`, or its name alone for a
string. Standard ids and names are the same in every instance. Marketo docs:
Activities; recorded type lists.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from marketo_simulator.calls import JsonValue

FIRST_CUSTOM_TYPE: Final = 100_000


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a type; custom types name theirs twice."""

    name: str
    data_type: str
    api_name: str | None = None


@dataclass(frozen=True, slots=True)
class ActivityType:
    """One type; some have no primary attribute."""

    id: int
    name: str
    description: str
    primary: Attribute | None
    attributes: tuple[Attribute, ...]
    api_name: str | None = None
    hidden: bool = False


class ActivityTypes:
    """The type list of one instance; it may change at any time."""

    def __init__(self) -> None:
        self._by_id = {kind.id: kind for kind in standard_types()}

    def described(self) -> list[ActivityType]:
        """The types that Get Activity Types shows."""
        return [kind for kind in self._by_id.values() if not kind.hidden]

    def get(self, type_id: int) -> ActivityType | None:
        """One type, hidden or not, or None."""
        return self._by_id.get(type_id)

    def add(self, kind: ActivityType) -> ActivityType:
        """A type appears. Raises ValueError if its id is taken."""
        if kind.id in self._by_id:
            raise ValueError(f"there is an activity type {kind.id} already")
        self._by_id[kind.id] = kind
        return kind

    def change(self, type_id: int, **changes: JsonValue) -> ActivityType:
        """A type is hidden, shown or renamed. Raises KeyError for an unknown one."""
        self._by_id[type_id] = replace(self._by_id[type_id], **changes)
        return self._by_id[type_id]


def standard_types() -> list[ActivityType]:
    """The types that every instance has."""
    text = resources.files(__package__).joinpath("standard_types.csv").read_text("utf-8")
    return [_standard_type(row) for row in csv.DictReader(text.splitlines())]


def _standard_type(row: dict[str, str]) -> ActivityType:
    return ActivityType(
        id=int(row["id"]),
        name=row["name"],
        description=row["description"],
        primary=_attribute(row["primary"]) if row["primary"] else None,
        attributes=tuple(_attribute(part) for part in row["attributes"].split("; ") if part),
    )


def _attribute(text: str) -> Attribute:
    name, _, data_type = text.partition(":")
    return Attribute(name, data_type or "string")
