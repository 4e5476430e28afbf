"""What a create call asks for: a range of dates, and filters. Marketo docs: Bulk Activity Extract.

The range is one of `activityDate`: a row that is written late is in no file made before that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from marketo_simulator.activities.retention import still_kept
from marketo_simulator.activities.store import AFTER_ALL_OF_A_SECOND, BEFORE_ALL_OF_A_SECOND
from marketo_simulator.activity_exports import cells
from marketo_simulator.errors import invalid, missing
from marketo_simulator.exports import bodies
from marketo_simulator.exports.files import Column, Values
from marketo_simulator.exports.store import Extract
from marketo_simulator.leads.errors import unknown_field
from marketo_simulator.leads.history import DELETE_LEAD

if TYPE_CHECKING:
    from marketo_simulator.activities.store import Activity
    from marketo_simulator.calls import Call, JsonObject, JsonValue
    from marketo_simulator.instance import Instance

Wanted = Callable[["Activity"], bool]
FILTERS: Final = frozenset(
    {"createdAt", "activityTypeIds", "primaryAttributeValueIds", "primaryAttributeValues"}
)
PRIMARY_FILTERS: Final[dict[str, Callable[[Activity], object]]] = {
    "primaryAttributeValueIds": lambda row: row.primary_id,
    "primaryAttributeValues": lambda row: row.primary_value,
}
VALUES_PER_FILTER: Final = 50
ASSET_GROUPS: Final = (  # types whose primary attribute is the same kind of asset
    frozenset({2}),
    frozenset({13, 22}),
    frozenset({24, 25}),
    frozenset({104}),
)


def read_extract(instance: Instance, call: Call) -> Extract:
    """The extract that the body describes. Raises 1002, 1003, 1006 or 609."""
    body = call.json()
    given = bodies.filter_of(body)
    for name in given.keys() - FILTERS:
        raise invalid("filter", name)
    if "createdAt" not in given:
        raise missing("createdAt")
    start, end = bodies.date_range("createdAt", given["createdAt"])
    wanted = (_types(instance, given), _primary(given))
    return Extract(
        _columns(body), bodies.format_of(body), lambda: _rows(instance, start, end, wanted)
    )


def _columns(body: JsonObject) -> list[Column]:
    headings = bodies.headings(body)
    names = bodies.field_names(body) or cells.DEFAULT_FIELDS
    for name in names:
        if name not in cells.CELLS:
            raise unknown_field(name)
    return [Column(name, str(headings.get(name, name))) for name in names]


def _rows(instance: Instance, start: str, end: str, wanted: Iterable[Wanted]) -> Iterable[Values]:
    tests = (still_kept(instance.clock.now()), *wanted)
    span = instance.activities.between(
        (start, BEFORE_ALL_OF_A_SECOND), (end, AFTER_ALL_OF_A_SECOND)
    )
    return map(cells.values, [row for row in span if all(test(row) for test in tests)])


def _types(instance: Instance, given: JsonObject) -> Wanted:
    type_ids = frozenset(_integers("activityTypeIds", given.get("activityTypeIds", [])))
    for type_id in type_ids:
        kind = instance.activity_types.get(type_id)
        refused = type_id == DELETE_LEAD and instance.settings.export_of_deletes_refused
        if kind is None or kind.hidden or refused:
            raise invalid("activityTypeIds", str(type_id))
    return lambda row: row.type_id != DELETE_LEAD and (not type_ids or row.type_id in type_ids)


def _primary(given: JsonObject) -> Wanted:
    names = PRIMARY_FILTERS.keys() & given.keys()
    if not names:
        return lambda _row: True
    if len(names) > 1:
        raise invalid("filter", ", ".join(sorted(names)))
    [name] = names
    type_ids = set(given.get("activityTypeIds", []))
    if not type_ids or not any(type_ids <= group for group in ASSET_GROUPS):
        raise invalid("activityTypeIds", ",".join(map(str, sorted(type_ids))))
    values = given[name]
    if not isinstance(values, list) or not 0 < len(values) <= VALUES_PER_FILTER:
        raise invalid(name, f"at most {VALUES_PER_FILTER} values")
    value_of, kept = PRIMARY_FILTERS[name], frozenset(values)
    return lambda row: value_of(row) in kept


def _integers(name: str, given: JsonValue) -> list[int]:
    if not isinstance(given, list) or not all(isinstance(value, int) for value in given):
        raise invalid(name, str(given))
    return given
