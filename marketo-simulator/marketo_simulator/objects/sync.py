"""Syncs and deletes, record by record, in their order: what is refused, what is written.

Marketo docs: Lead Database (Create and Update, Delete).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.errors import SkippedError, invalid
from marketo_simulator.objects import errors
from marketo_simulator.objects.records import folded_key
from marketo_simulator.values import stored

if TYPE_CHECKING:
    from marketo_simulator.calls import JsonObject
    from marketo_simulator.causes import Cause
    from marketo_simulator.leads.fields import Field
    from marketo_simulator.objects.kinds import ObjectKind
    from marketo_simulator.objects.records import Key, Record

CREATE_OR_UPDATE: Final = "createOrUpdate"
CREATE_ONLY: Final = "createOnly"
UPDATE_ONLY: Final = "updateOnly"
ACTIONS: Final = (CREATE_OR_UPDATE, CREATE_ONLY, UPDATE_ONLY)
BY_DEDUPE_FIELDS: Final = "dedupeFields"
BY_ID_FIELD: Final = "idField"


def key_names(kind: ObjectKind, parameter: str, value: object) -> tuple[str, ...]:
    """The fields that `dedupeBy` or `deleteBy` stands for. Raises 1003 for another word."""
    names = {BY_DEDUPE_FIELDS: kind.dedupe_fields, BY_ID_FIELD: (kind.id_field,)}
    if value not in names:
        raise invalid(parameter, str(value))
    return names[str(value)]


@dataclass(frozen=True, slots=True)
class Order:
    """What a call asks for, whatever its records, and the keys that it has met so far."""

    kind: ObjectKind
    names: tuple[str, ...]
    action: str
    cause: Cause
    met: set[Key] = field(default_factory=set)

    def sync(self, seq: int, record: JsonObject) -> JsonObject:
        """The result of one record, written or skipped."""
        try:
            return {"seq": seq, **self._synced(_named(self.kind, record))}
        except SkippedError as skipped:
            return {"seq": seq, **skipped.result}

    def delete(self, seq: int, record: JsonObject) -> JsonObject:
        """The result of one record, deleted or skipped."""
        try:
            return {"seq": seq, **self._deleted(_named(self.kind, record))}
        except SkippedError as skipped:
            return {"seq": seq, **skipped.result}

    def _synced(self, given: dict[Field, Any]) -> JsonObject:
        key = self._key(given)
        found = self._found(key)
        if found is None and self.action == UPDATE_ONLY:
            raise SkippedError("1013", self.kind.not_found)
        if found is not None and self.action == CREATE_ONLY:
            raise errors.exists()
        values = self._values(given)
        if found is None:
            created = self.kind.create({**key, **values}, self.cause)
            return {**self._id_of(created), "status": "created"}
        self.kind.change(found, values, self.cause)
        return {**self._id_of(found), "status": "updated"}

    def _deleted(self, given: dict[Field, Any]) -> JsonObject:
        found = self._found(self._key(given))
        if found is None:
            raise SkippedError("1013", self.kind.not_found)
        self.kind.delete(found)
        return {**self._id_of(found), "status": "deleted"}

    def _key(self, given: dict[Field, Any]) -> dict[str, Any]:
        values = {field_.name: (field_, value) for field_, value in given.items()}
        for name in self.names:
            if values.get(name, (None, None))[1] in (None, ""):
                raise errors.missing_key(name)
        key = {name: _stored(*values[name]) for name in self.names}
        met = folded_key(key.values())
        if met in self.met:
            raise errors.twice()
        self.met.add(met)
        return key

    def _found(self, key: dict[str, Any]) -> Record | None:
        found = self.kind.records.find(self.names, [tuple(map(str, key.values()))])
        return found[0] if found else None

    def _values(self, given: dict[Field, Any]) -> dict[str, Any]:
        fixed = {*self.kind.dedupe_fields, self.kind.id_field}
        values = {}
        for field_, value in given.items():
            if field_.name in self.names:
                continue
            if field_.read_only or field_.name in fixed:
                raise errors.not_updateable(field_.name)
            values[field_.name] = _stored(field_, value)
        return values

    def _id_of(self, record: Record) -> JsonObject:
        return {self.kind.id_field: record.values[self.kind.id_field]}


def _named(kind: ObjectKind, record: JsonObject) -> dict[Field, Any]:
    named = {}
    for name, value in record.items():
        field_ = kind.field(name)
        if field_ is None:
            raise errors.unknown_field(name)
        named[field_] = value
    return named


def _stored(field_: Field, value: object) -> object:
    try:
        return stored(field_, value)
    except (ValueError, TypeError, KeyError):
        raise errors.refused_value(field_.name, value) from None
