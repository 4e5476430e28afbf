"""Reading leads and what fields they have. Marketo docs: Leads; API reference: Leads."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from marketo_simulator.errors import invalid, missing
from marketo_simulator.leads import errors
from marketo_simulator.leads.fields import NEVER_UPDATEABLE, Field, described
from marketo_simulator.leads.partitions import DESCRIPTIONS, PARTITIONS
from marketo_simulator.paging import next_page
from marketo_simulator.replies import Reply, success

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance
    from marketo_simulator.leads.store import Lead

DEFAULT_FIELDS: Final = ("id", "firstName", "lastName", "email", "updatedAt", "createdAt")
MATCHES_PER_FILTER: Final = 1_000  # Marketo docs: Leads
VALUES_PER_FILTER: Final = 300


def describe(instance: Instance, _call: Call) -> Reply:
    """Describe Lead, the first form: the only one with the ids of fields."""
    return success([_described(field) for field in instance.fields.described()])


def describe2(instance: Instance, _call: Call) -> Reply:
    """Describe Lead2: what may be updated and what may be searched by."""
    fields = [field for field in instance.fields.described() if field.in_rest]
    searchable = [[field.name] for field in fields if field.searchable]
    result = {
        "name": "API Lead",
        "searchableFields": searchable,
        "fields": [_described2(field) for field in fields],
    }
    return success([result])


def get_partitions(_instance: Instance, _call: Call) -> Reply:
    """The lead partitions of the instance."""
    return success(
        [
            {"id": number, "name": name, "description": DESCRIPTIONS[name]}
            for name, number in PARTITIONS.items()
        ]
    )


def get_lead(instance: Instance, call: Call) -> Reply:
    """Get Lead by Id. An unknown id is 1004."""
    show = _view(instance, call)
    lead = instance.leads.get(call.path["lead_id"])
    if lead is None:
        raise errors.lead_not_found(call.path["lead_id"])
    return success([show(lead)])


def get_leads(instance: Instance, call: Call) -> Reply:
    """Get Leads by Filter Type, in the order of ids; absent ids are simply absent."""
    values = _filter_values(call)
    field = _filter_field(instance, call.required("filterType"))
    matches = _matches(instance, field, values)
    return page_of(instance, call, matches)


def page_of(
    instance: Instance,
    call: Call,
    leads: Sequence[Lead],
    more: Mapping[int, JsonObject] = MappingProxyType({}),
) -> Reply:
    """The page that the call asks for of these leads, which come by id; `more` members by id."""
    show = _view(instance, call)
    page, paging = next_page(call, leads)
    return success([{**show(lead), **more.get(lead.id, {})} for lead in page], **paging)


def named_fields(instance: Instance, names: Sequence[str]) -> list[Field]:
    """The fields of that name. Raises 1006 for one that REST does not know."""
    found = []
    for name in names:
        field = instance.fields.get(name)
        if field is None:
            raise errors.unknown_field(name)
        found.append(field)
    return found


def _described(field: Field) -> JsonObject:
    shown: JsonObject = {
        "id": field.id,
        "displayName": field.display_name,
        "dataType": field.data_type,
    }
    if field.length is not None:
        shown["length"] = field.length
    if field.in_rest:
        shown["rest"] = {"name": field.name, "readOnly": field.read_only}
    if field.soap_name is not None:
        shown["soap"] = {"name": field.soap_name, "readOnly": False}  # as recorded
    return shown


def _described2(field: Field) -> JsonObject:
    can_change = not field.read_only and field.name not in NEVER_UPDATEABLE
    return described(field, updateable=can_change)


def _view(instance: Instance, call: Call) -> Callable[[Lead], JsonObject]:
    names = ["id", *(call.texts("fields") or DEFAULT_FIELDS)]
    blanks = {field.name: field.blank for field in named_fields(instance, names)}

    def show(lead: Lead) -> JsonObject:
        values = lead.values
        return {name: values.get(name, blank) for name, blank in blanks.items()}

    return show


def _filter_values(call: Call) -> list[str]:
    values = call.texts("filterValues")
    if not values:
        raise missing("filterValues")
    if len(values) > VALUES_PER_FILTER:
        raise errors.too_many_values(VALUES_PER_FILTER)
    return values


def _filter_field(instance: Instance, name: str) -> Field:
    field = instance.fields.get(name)
    if field is None or not field.searchable:
        raise errors.not_searchable(name)
    return field


def _matches(instance: Instance, field: Field, values: list[str]) -> list[Lead]:
    if field.name == "id":
        return _by_ids(instance, values)
    matches = instance.leads.having(field.name, values)
    if len(matches) > MATCHES_PER_FILTER:
        raise errors.too_many_matches()
    return matches


def _by_ids(instance: Instance, values: list[str]) -> list[Lead]:
    if not all(value.isdecimal() for value in values):
        raise invalid("filterValues", next(value for value in values if not value.isdecimal()))
    ids = sorted({int(value) for value in values})
    return [lead for lead_id in ids if (lead := instance.leads.get(lead_id)) is not None]
