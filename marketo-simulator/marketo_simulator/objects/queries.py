"""Queries by one searchable field, by an alias of the keys, or by a compound key.

A compound key needs a POST with `_method=GET` and JSON, whose `input` holds it field by field.
Marketo docs: Lead Database (Query, Compound Keys).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.calls import RECORDS_PER_CALL, records_of
from marketo_simulator.errors import invalid, missing
from marketo_simulator.leads.errors import not_searchable, too_many_values, unknown_field
from marketo_simulator.paging import start_of, token_after
from marketo_simulator.replies import Reply, success

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance
    from marketo_simulator.leads.fields import Field
    from marketo_simulator.objects.kinds import ObjectKind
    from marketo_simulator.objects.records import Key, Record

DEDUPE_FIELDS: Final = "dedupeFields"
ID_FIELDS: Final = ("idField", "idFields")  # the API reference has both
VALUES_PER_FILTER: Final = 300


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for: records by those fields' values, some of their fields, one page."""

    names: tuple[str, ...]
    wanted: list[Key]
    fields: list[Field]
    after: int
    size: int


def answer(instance: Instance, kind: ObjectKind, query: Query) -> Reply:
    """The page that the query asks for, in the order of creation."""
    found = kind.records.find(query.names, query.wanted)
    page = [record for record in found if record.number > query.after][: query.size + 1]
    rows = [
        {"seq": seq, **_shown(instance, kind, record, query.fields)}
        for seq, record in enumerate(page[: query.size])
    ]
    if len(page) <= query.size:
        return success(rows)
    more = {"moreResult": True} if kind.says_more_result else {}
    return success(rows, nextPageToken=token_after(page[query.size - 1].number), **more)


def read_query(kind: ObjectKind, call: Call) -> Query:
    """The query in the parameters or in the JSON body. Raises 1002, 1003, 1006, 1011 or 609."""
    return _from_body(kind, call.json()) if call.is_json else _from_parameters(kind, call)


def _from_parameters(kind: ObjectKind, call: Call) -> Query:
    filter_type = call.required("filterType")
    names = _filter_fields(kind, filter_type)
    values = call.texts("filterValues")
    if not values:
        raise missing("filterValues")
    if len(values) > VALUES_PER_FILTER:
        raise too_many_values(VALUES_PER_FILTER)
    if len(names) > 1:
        raise invalid("filterType", filter_type)
    wanted: list[Key] = [(value,) for value in values]
    fields = _fields(kind, call.texts("fields"))
    return Query(names, wanted, fields, start_of(call.text("nextPageToken")), call.batch_size())


def _from_body(kind: ObjectKind, body: JsonObject) -> Query:
    names = _filter_fields(kind, str(body.get("filterType") or DEDUPE_FIELDS))
    wanted = [_key(kind, names, record) for record in records_of(body)]
    size = body.get("batchSize") or RECORDS_PER_CALL
    if not isinstance(size, int):
        raise invalid("batchSize", str(size))
    fields = _fields(kind, body.get("fields") or [])
    return Query(
        names, wanted, fields, start_of(body.get("nextPageToken")), min(size, RECORDS_PER_CALL)
    )


def _filter_fields(kind: ObjectKind, filter_type: str) -> tuple[str, ...]:
    if filter_type == DEDUPE_FIELDS:
        return kind.dedupe_fields
    if filter_type in ID_FIELDS:
        return (kind.id_field,)
    field = kind.field(filter_type)
    if field is None or [field.name] not in [list(names) for names in kind.searchable]:
        raise not_searchable(filter_type)
    return (field.name,)


def _key(kind: ObjectKind, names: Sequence[str], record: JsonObject) -> Key:
    given = {field.name: value for name, value in record.items() if (field := kind.field(name))}
    for name in names:
        if given.get(name) in (None, ""):
            raise missing(name)
    return tuple(str(given[name]) for name in names)


def _fields(kind: ObjectKind, names: Sequence[str]) -> list[Field]:
    asked = names or (*kind.dedupe_fields, "updatedAt", "createdAt")
    found = {}
    for name in (kind.id_field, *asked):
        field = kind.field(name)
        if field is None:
            raise unknown_field(name)
        found[field.name] = field
    return list(found.values())


def _shown(
    instance: Instance, kind: ObjectKind, record: Record, fields: Sequence[Field]
) -> dict[str, Any]:
    values = record.values
    shown = {f.name: kind.show(f, values.get(f.name, f.blank)) for f in fields}
    if instance.settings.null_fields_omitted:
        return {name: value for name, value in shown.items() if value is not None}
    return shown
