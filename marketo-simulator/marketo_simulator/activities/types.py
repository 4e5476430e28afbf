"""Which activity types exist, with their attributes.

Knows no activity. Standard ids and names are the same in every instance. Marketo docs:
Activities; recorded type lists.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

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


_WEB = "Client IP Address, Query Parameters, Referrer URL, User Agent"
_MAIL = (
    "Campaign Run ID:integer, Choice Number:integer, Has Predictive:boolean, Step ID:integer, "
    "Test Variant:integer"
)
_DEVICE = (
    "Bot Activity Pattern, Device, Is Bot Activity:boolean, Is Mobile Device:boolean, Platform, "
    "User Agent"
)
_WRITER = "API Method Name, Modifying User, Request Id"

STANDARD_TYPES: Final = (
    (1, "Visit Webpage", "User visits a web page", "Webpage ID:integer",
     f"{_WEB}, Search Engine, Search Query, Webpage URL, Personalized URL"),
    (2, "Fill Out Form", "User fills out and submits form on web page", "Webform ID:integer",
     f"{_WEB}, Form Fields:text, Webpage ID:integer"),
    (3, "Click Link", "User clicks on link on web page", "Link ID:integer",
     f"{_WEB}, Webpage ID:integer"),
    (6, "Send Email", "Send Marketo email to a person", "Mailing ID:integer", _MAIL),
    (7, "Email Delivered", "Marketo email is delivered", "Mailing ID:integer", _MAIL),
    (8, "Email Bounced", "Marketo email is bounced", "Mailing ID:integer",
     f"{_MAIL}, Category, Details, Email, Subcategory"),
    (9, "Unsubscribe Email", "Person unsubscribes", "Mailing ID:integer",
     f"{_WEB}, Campaign Run ID:Integer, Form Fields:text, Webform ID:integer, Webpage ID:integer"),
    (10, "Open Email", "User opens Marketo email", "Mailing ID:integer", f"{_MAIL}, {_DEVICE}"),
    (11, "Click Email", "User clicks on a link in a Marketo email", "Mailing ID:integer",
     f"{_MAIL}, {_DEVICE}, Is Predictive:boolean, Link, Link ID"),
    (12, "New Lead", "New person is added to the database", None,
     f"Created Date:date, Form Name, Lead Source, List Name, SFDC Type, Source Type, {_WRITER}"),
    (13, "Change Data Value", "Attribute of a person is changed", "Attribute Name",
     f"New Value, Old Value, Reason, Source, {_WRITER}"),
    (22, "Change Score", "Score of a person is changed", "Attribute Name",
     "Change Value, New Value:integer, Old Value:integer, Reason, Priority:integer, "
     "Relative Score:integer, Relative Urgency:integer, Urgency:float"),
    (24, "Add to List", "Add a person to a list", "List ID:integer", "Source"),
    (25, "Remove from List", "Remove a person from a list", "List ID:integer", "Source"),
    (27, "Email Bounced Soft", "Marketo email is bounced soft", "Mailing ID:integer",
     f"{_MAIL}, Category, Details, Email, Subcategory"),
    (32, "Merge Leads", "Merge two or more people", "Lead ID:integer",
     "Merge IDs, Merge Source, Master Updated:boolean, Merged in Sales:boolean"),
    (34, "Add to Opportunity", "Add a person to an opportunity", "Oppty ID:integer",
     "Is Primary:boolean, Role"),
    (36, "Update Opportunity", "Opportunity is updated", "Oppty ID:integer",
     "Data Value Changes:text"),
    (37, "Delete Lead", "Delete a person", "Lead ID:integer", ""),
    (46, "Interesting Moment", "Interesting moment of a person", "Milestone Type",
     "Date:datetime, Description:text, Source"),
    (47, "Request Campaign", "Campaign is requested", "Campaign ID:integer", "Source"),
    (100, "Change Lead Partition", "Person moves to a partition", "Partition ID:integer",
     "Old Partition ID:integer, Reason"),
    (104, "Change Status in Progression", "Program status of a person is changed",
     "Program ID:integer",
     "Acquired By:boolean, New Status, New Status ID:integer, Old Status, Old Status ID:integer, "
     "Program Member ID:integer, Reason, Success:boolean"),
    (113, "Add to Nurture", "Add a person to an engagement program", "Program ID:integer",
     "Track ID:integer, Track Name"),
    (114, "Change Nurture Track", "Person changes track", "Program ID:integer",
     "New Track ID:integer, Previous Track ID:integer, Previous Track Name, Track Name"),
    (115, "Change Nurture Cadence", "Person changes cadence", "Program ID:integer",
     "New Nurture Cadence, Previous Nurture Cadence"),
    (145, "Push Lead to Marketo", "Person is pushed by the API", "Program ID:integer",
     "Reason, Source, API Method Name"),
    (155, "Execute Campaign", "Campaign is executed", "Campaign ID:integer",
     "Qualified:boolean, Used Parent Campaign Token Context:boolean"),
)  # fmt: skip


class ActivityTypes:
    """The type list of one instance; it may change at any time."""

    def __init__(self) -> None:
        types = (_standard_type(*row) for row in STANDARD_TYPES)
        self._by_id = {kind.id: kind for kind in types}

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

    def change(self, type_id: int, **changes: Any) -> ActivityType:
        """A type is hidden, shown or renamed. Raises KeyError for an unknown one."""
        self._by_id[type_id] = replace(self._by_id[type_id], **changes)
        return self._by_id[type_id]


def _standard_type(
    number: int, name: str, description: str, primary: str | None, attributes: str
) -> ActivityType:
    given = sorted(part for part in attributes.split(", ") if part)
    return ActivityType(
        number, name, description, _attribute(primary) if primary else None,
        tuple(_attribute(part) for part in given),
    )  # fmt: skip


def _attribute(text: str) -> Attribute:
    name, _, data_type = text.partition(":")
    return Attribute(name, data_type or "string")
