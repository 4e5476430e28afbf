"""The records of all custom objects of one instance, and what each is attached to.

A record that links to a lead by another field than its id is attached to the lead that fitted
when it was written. Knows no call. Marketo docs: Custom Objects.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.custom_object_types.store import ID_FIELD, Definition
from marketo_simulator.objects.records import Record, Records
from marketo_simulator.repeatable import numbers, uuid
from marketo_simulator.values import stored

if TYPE_CHECKING:
    from collections.abc import Mapping

Parent = tuple[str, int]
"""The kind of a parent (`lead`, `company`, or a type's API name) and its number."""
LEAD: Final = "lead"
LEAD_ID: Final = "id"


class CustomObjects:
    """Records by the API name of their type; a type that is only a draft has none."""

    def __init__(self, seed: int) -> None:
        self._random = numbers(seed, "custom objects")
        self._records: dict[str, Records] = {}
        self._definitions: dict[str, Definition] = {}
        self._parents: dict[tuple[str, int], dict[str, Parent]] = {}
        self._children: defaultdict[Parent, set[tuple[str, int]]] = defaultdict(set)
        self.go_with_leads = False
        """Whether a lead's records vanish with it."""

    def open(self, api_name: str, definition: Definition) -> None:
        """The records of a type have that definition now; what does not fit it is gone."""
        self._definitions[api_name] = definition
        records = self._records.setdefault(api_name, Records(definition.dedupe_fields))
        for record in records.all():
            records.replace(record, _fitting(definition, record.values))

    def close(self, api_name: str) -> None:
        """A type vanishes with its records."""
        for record in list(self._records.get(api_name, Records([])).all()):
            self.remove(api_name, record)
        self._records.pop(api_name, None)
        self._definitions.pop(api_name, None)

    def of(self, api_name: str) -> Records:
        """The records of an approved type. Raises KeyError."""
        return self._records[api_name]

    def parents_of(self, api_name: str, record: Record) -> Mapping[str, Parent]:
        """What the record is attached to, by the name of the link field."""
        return self._parents.get((api_name, record.number), {})

    def has_children(self, parent: Parent) -> bool:
        """Whether a record is attached to it."""
        return bool(self._children.get(parent))

    def add(
        self, api_name: str, values: Mapping[str, Any], parents: Mapping[str, Parent], at: str
    ) -> Record:
        """A record appears. Raises ValueError if its key is taken."""
        system = {ID_FIELD: uuid(self._random), "createdAt": at, "updatedAt": at}
        record = self._records[api_name].add({**_present(values), **system})
        self._attach(api_name, record, parents)
        return record

    def change(
        self,
        api_name: str,
        record: Record,
        values: Mapping[str, Any],
        parents: Mapping[str, Parent | None],
        at: str,
    ) -> None:
        """A record's values change; `parents` are those of the links among them."""
        changed = {name for name, new in values.items() if new != record.values.get(name)}
        if changed:
            merged = _present({**record.values, **values, "updatedAt": at})
            self._records[api_name].replace(record, merged)
        kept = {**self.parents_of(api_name, record), **parents}
        self._attach(api_name, record, {name: found for name, found in kept.items() if found})

    def remove(self, api_name: str, record: Record) -> None:
        """A record vanishes."""
        self._attach(api_name, record, {})
        self._records[api_name].remove(record)

    def lead_merged(self, loser_id: int, winner_id: int, at: str) -> None:
        """A loser's records move to the winner; one whose key is taken there vanishes."""
        for api_name, record, name in self._attached_to((LEAD, loser_id)):
            parents = {**self.parents_of(api_name, record), name: (LEAD, winner_id)}
            if self._links_by_id(api_name, name):
                moved = {**record.values, name: winner_id, "updatedAt": at}
                if not self._records[api_name].rekey(record, moved):
                    self.remove(api_name, record)
                    continue
            self._attach(api_name, record, parents)

    def lead_deleted(self, lead_id: int) -> None:
        """A lead's records stay as they are, or vanish with it."""
        for api_name, record, _ in self._attached_to((LEAD, lead_id)) if self.go_with_leads else ():
            if self._records[api_name].get(record.number) is record:
                self.remove(api_name, record)

    def _attached_to(self, parent: Parent) -> list[tuple[str, Record, str]]:
        children = sorted(self._children.get(parent, ()))
        return [
            (api_name, record, name)
            for api_name, number in children
            if (record := self._records[api_name].get(number))
            for name, found in self.parents_of(api_name, record).items()
            if found == parent
        ]

    def _links_by_id(self, api_name: str, name: str) -> bool:
        links = self._definitions[api_name].links
        return any(f.name == name and f.link and f.link.field == LEAD_ID for f in links)

    def _attach(self, api_name: str, record: Record, parents: Mapping[str, Parent]) -> None:
        child = (api_name, record.number)
        for parent in self._parents.pop(child, {}).values():
            self._children[parent].discard(child)
        for parent in parents.values():
            self._children[parent].add(child)
        if parents:
            self._parents[child] = dict(parents)


def _fitting(definition: Definition, values: Mapping[str, Any]) -> dict[str, Any]:
    fields = {field.name: field for field in definition.all_fields}
    fitting = {}
    for name, value in values.items():
        with suppress(ValueError, TypeError, KeyError):
            fitting[name] = stored(fields[name], value)
    return fitting


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}
