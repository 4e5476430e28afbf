"""Sync Leads, record by record: which lead is meant, what is refused, what is written.

All records are matched before the first is written: a key that comes twice in one call makes two
leads, as Marketo warns. Marketo docs: Leads; recorded exchanges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.errors import MarketoError, SkippedError
from marketo_simulator.leads.company_fields import without_company_fields
from marketo_simulator.leads.errors import not_searchable
from marketo_simulator.leads.partitions import PARTITIONS
from marketo_simulator.values import stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_simulator.calls import JsonObject, JsonValue
    from marketo_simulator.causes import Cause
    from marketo_simulator.instance import Instance
    from marketo_simulator.leads.fields import Field
    from marketo_simulator.leads.store import Lead

CREATE_OR_UPDATE: Final = "createOrUpdate"
CREATE_ONLY: Final = "createOnly"
UPDATE_ONLY: Final = "updateOnly"
CREATE_DUPLICATE: Final = "createDuplicate"
ACTIONS: Final = (CREATE_OR_UPDATE, CREATE_ONLY, UPDATE_ONLY, CREATE_DUPLICATE)
ID: Final = "id"


@dataclass(frozen=True, slots=True)
class Order:
    """What a call asks for, whatever its records."""

    action: str
    lookup: Field
    partition: str | None
    cause: Cause
    read: Callable[[Field, JsonValue], JsonValue] = stored
    """How a value becomes what the lead will show; what it raises is a refusal."""

    def matches(self, instance: Instance, record: JsonObject) -> list[Lead]:
        """The leads that a record means."""
        value = record.get(self.lookup.name)
        if value in (None, "") or self.action == CREATE_DUPLICATE:
            return []
        if self.lookup.name == ID:
            lead = instance.leads.get(int(value)) if str(value).isdecimal() else None
            return [lead] if lead else []
        return instance.leads.having(self.lookup.name, [str(value)])

    def carry_out(self, instance: Instance, record: JsonObject, matches: list[Lead]) -> JsonObject:
        """The result of one record, written or skipped."""
        try:
            return self._written(instance, record, matches)
        except SkippedError as skipped:
            return skipped.result

    def _written(self, instance: Instance, record: JsonObject, matches: list[Lead]) -> JsonObject:
        self._check_key(record, matches)
        values = self._values(instance, record)
        lead = matches[0] if matches and self.action != CREATE_DUPLICATE else None
        if lead:
            self._check_partition(lead)
        values = without_company_fields(instance, lead, values, self.cause)
        if lead:
            instance.leads.change(lead.id, values, cause=self.cause)
            return {"id": lead.id, "status": "updated"}
        partition = {"leadPartitionId": self._partition_id()} if self.partition else {}
        lead = instance.leads.create({**values, **partition}, cause=self.cause)
        return {"id": lead.id, "status": "created"}

    def _check_key(self, record: JsonObject, matches: list[Lead]) -> None:
        name = self.lookup.name
        if ID in record and (name != ID or self.action != UPDATE_ONLY):
            raise SkippedError("1003", "Field 'id' is not allowed here")
        if self.action != CREATE_DUPLICATE and record.get(name) in (None, ""):
            raise SkippedError("1003", f"Value for lookup field '{name}' not found")
        if len(matches) > 1:
            raise SkippedError("1007", "Multiple lead match lookup criteria")
        if self.action == UPDATE_ONLY and not matches:
            raise SkippedError("1004", "Lead not found")
        if self.action == CREATE_ONLY and matches:
            raise SkippedError("1005", "Lead already exists")

    def _check_partition(self, lead: Lead) -> None:
        if self.partition and lead.values.get("leadPartitionId") != self._partition_id():
            raise SkippedError("1010", "Lead is in another partition")

    def _partition_id(self) -> int:
        number = PARTITIONS.get(self.partition or "")
        if number is None:
            raise SkippedError("1008", f"Partition '{self.partition}' not accessible")
        return number

    def _values(self, instance: Instance, record: JsonObject) -> dict[str, Any]:
        return {
            name: self._value(instance, name, given) for name, given in record.items() if name != ID
        }

    def _value(self, instance: Instance, name: str, given: JsonValue) -> JsonValue:
        field = instance.fields.get(name)
        if field is None:
            raise SkippedError("1006", f"Field '{name}' not found")
        if field.read_only:
            raise SkippedError("1003", f"Field '{name}' is read only")
        try:
            return self.read(field, given)
        except (ValueError, TypeError, KeyError):
            raise SkippedError(
                "1003", f"Invalid value for field '{name}' and value '{given}'"
            ) from None


def lookup_field(instance: Instance, name: str) -> Field:
    """The field that leads are looked up by. Raises 1006 or 1011."""
    field = instance.fields.get(name)
    if field is None:
        raise MarketoError("1006", f"Lookup field '{name}' not found")
    if not field.searchable:
        raise not_searchable(name)
    return field
