"""What companies are to the calls that all objects share. Marketo docs: Companies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.causes import API
from marketo_simulator.companies import links
from marketo_simulator.custom_object_types.linkable import COMPANY
from marketo_simulator.errors import MarketoError
from marketo_simulator.leads.fields import EXTERNAL_COMPANY_ID, Field
from marketo_simulator.objects.errors import in_use

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketo_simulator.calls import Call, JsonValue
    from marketo_simulator.causes import Cause
    from marketo_simulator.instance import Instance
    from marketo_simulator.objects.records import Record, Records

EXTERNAL_ID_LENGTH: Final = 100  # Describe Company says 100 where Describe Lead says 50
SYSTEM_FIELDS: Final = (
    Field(0, "createdAt", "Created At", "datetime", read_only=True),
    Field(0, "id", "Id", "integer", read_only=True),
    Field(0, "updatedAt", "Updated At", "datetime", read_only=True),
)


@dataclass(frozen=True, slots=True)
class CompanyKind:
    """Companies of one instance."""

    instance: Instance
    fields: Mapping[str, Field]
    """The fields that Describe Company shows; all but its own three are fields of leads."""
    id_field: str = "id"
    dedupe_fields: tuple[str, ...] = (EXTERNAL_COMPANY_ID,)
    searchable: tuple[tuple[str, ...], ...] = ((EXTERNAL_COMPANY_ID,), ("id",), ("company",))
    not_found: str = "Record not found"
    method: str = "syncCompany"
    says_more_result: bool = False

    @property
    def records(self) -> Records:
        """All companies."""
        return self.instance.companies.records

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return self.fields.get(name)

    def show(self, _field: Field, value: JsonValue) -> JsonValue:
        """The value as it is."""
        return value

    def check_writes(self) -> None:
        """Raises 1018 where a native CRM sync owns companies."""
        if self.instance.settings.native_crm_sync:
            raise MarketoError("1018")

    def create(self, values: Mapping[str, Any], _cause: Cause) -> Record:
        """A company appears; no lead can be linked to it yet."""
        return self.instance.companies.create(values)

    def change(self, record: Record, values: Mapping[str, Any], cause: Cause) -> None:
        """A company changes, and what its leads show."""
        links.change_company(self.instance, record, values, cause)

    def delete(self, record: Record) -> None:
        """A company vanishes. Raises 1022 while others are linked to it, unless switched."""
        leads = links.linked_leads(self.instance, record)
        used = leads or self.instance.custom_objects.has_children((COMPANY, record.number))
        if used and not self.instance.settings.companies_in_use_deletable:
            raise in_use()
        links.delete_company(self.instance, record, API)


def company_kind(instance: Instance, _call: Call) -> CompanyKind:
    """The kind that calls about companies mean."""
    shown = map(_own, filter(_is_shown, instance.fields.of_company().values()))
    return CompanyKind(instance, {field.name: field for field in (*SYSTEM_FIELDS, *shown)})


def _is_shown(field: Field) -> bool:
    return field.in_rest and not field.hidden


def _own(field: Field) -> Field:
    if field.name == EXTERNAL_COMPANY_ID:
        return replace(field, length=EXTERNAL_ID_LENGTH)
    return field
