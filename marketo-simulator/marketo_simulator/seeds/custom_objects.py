"""Custom objects: cars of leads, and courses that leads enrol in through a bridge.

Every record is invented.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.causes import API
from marketo_simulator.custom_object_types import rules
from marketo_simulator.custom_object_types.store import Definition, ObjectType
from marketo_simulator.custom_objects.kind import CustomObjectKind

if TYPE_CHECKING:
    from marketo_simulator.calls import JsonObject
    from marketo_simulator.instance import Instance

LEAD_LINK: Final = {
    "name": "leadID", "displayName": "Lead ID", "dataType": "link",
    "relatedTo": {"name": "lead", "field": "id"},
}  # fmt: skip
COURSE_LINK: Final = {
    "name": "courseID", "displayName": "Course ID", "dataType": "link",
    "relatedTo": {"name": "course", "field": "courseID"},
}  # fmt: skip
TYPES: Final[tuple[tuple[str, str, tuple[JsonObject, ...]], ...]] = (
    (
        "car", "Car",
        (
            LEAD_LINK,
            {"name": "vin", "displayName": "VIN", "dataType": "string", "isDedupeField": True},
            {"name": "make", "displayName": "Make", "dataType": "string"},
            {"name": "year", "displayName": "Year", "dataType": "integer"},
            {"name": "boughtAt", "displayName": "Bought At", "dataType": "datetime"},
            {"name": "isElectric", "displayName": "Is Electric", "dataType": "boolean"},
        ),
    ),
    (
        "course", "Course",
        (
            {
                "name": "courseID", "displayName": "Course ID", "dataType": "string",
                "isDedupeField": True,
            },
            {"name": "courseName", "displayName": "Course Name", "dataType": "string"},
        ),
    ),
    (
        "enrollment", "Enrollment",
        (
            {**LEAD_LINK, "isDedupeField": True},
            {**COURSE_LINK, "isDedupeField": True},
            {"name": "grade", "displayName": "Grade", "dataType": "string"},
        ),
    ),
)  # fmt: skip
MAKES: Final = ("BMW", 'Citroën, "Ami"', "トヨタ", "null")
COURSES: Final = ("Algebra", "Baking, for beginners", "Χημεία")
CAR_OWNER_EVERY: Final = 5
STUDENT_EVERY: Final = 8
LEADS_AT_MOST: Final = 3_000
"""Only the first leads have records, however many there are."""


def add_custom_objects(instance: Instance) -> None:
    """The types, approved, with records for some of the leads that are there now."""
    kinds = {name: _kind(instance, name, title, fields) for name, title, fields in TYPES}
    for number, name in enumerate(COURSES):
        kinds["course"].create({"courseID": f"C-{number}", "courseName": name}, API)
    for lead in islice(instance.leads.all(), LEADS_AT_MOST):
        if lead.id % CAR_OWNER_EVERY == 0:
            kinds["car"].create(_car(lead.id), API)
        if lead.id % STUDENT_EVERY == 0:
            course = f"C-{lead.id % len(COURSES)}"
            kinds["enrollment"].create({"leadID": lead.id, "courseID": course, "grade": "A"}, API)


def _kind(
    instance: Instance, api_name: str, title: str, fields: tuple[JsonObject, ...]
) -> CustomObjectKind:
    kind = ObjectType(api_name, draft=Definition(title, f"{title}s"))
    for given in fields:
        kind.draft = rules.with_field(instance, kind, kind.latest, given)
    instance.custom_object_types.add(kind)
    instance.approve_custom_object_type(kind)
    return CustomObjectKind(instance, kind, kind.latest)


def _car(lead_id: int) -> dict[str, Any]:
    return {
        "leadID": lead_id,
        "vin": f"{lead_id:017d}",
        "make": MAKES[lead_id // CAR_OWNER_EVERY % len(MAKES)],
        "year": 1990 + lead_id % 30,
        "boughtAt": "2024-02-29T23:59:59Z" if lead_id % 2 else None,
        "isElectric": lead_id % 3 == 0,
    }
