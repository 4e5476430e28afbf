"""The bulk import of each kind of record that has one: which rows it can take, and its calls.

Marketo docs: Bulk Lead Import, Bulk Custom Object Import.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from marketo_client import CustomObjectImports, LeadImports, SyncAction

from target_marketo.planning.actions import Address

if TYPE_CHECKING:
    from marketo_client import ImportBatch

    from target_marketo.planning.plan import Plan
    from target_marketo.rows.row import Send


class Importer(Protocol):
    """How one kind of record is imported. Calls run beside the thread that decides."""

    @property
    def service(self) -> LeadImports | CustomObjectImports:
        """What waits for a file and reads what became of its rows."""

    def takes(self, send: Send, plan: Plan, create: SyncAction | None) -> bool:
        """Whether an import would do with the record what its call does."""

    def create(self, file: bytes, address: Address, plan: Plan) -> ImportBatch:
        """Send a file. Raises LostAnswerError where it may be there."""


@dataclass(frozen=True, slots=True)
class LeadImporter:
    """By the key leads are created or updated, by the id they are only updated."""

    service: LeadImports

    def takes(self, send: Send, plan: Plan, create: SyncAction | None) -> bool:
        """By key, a lead must be found again: a key with a comma cannot be asked for."""
        if send.marketo_id is not None:
            return True
        key = plan.key_of(send.cells)
        return create is SyncAction.CREATE_OR_UPDATE and "," not in str(key[0])

    def create(self, file: bytes, address: Address, plan: Plan) -> ImportBatch:
        """Send a file; leads that are known stay in their partition."""
        if address is Address.BY_ID:
            return self.service.create(file, lookup_field=plan.shape.id_field)
        partition = plan.entry.partition
        return self.service.create(file, lookup_field=plan.key_names[0], partition=partition)


@dataclass(frozen=True, slots=True)
class CustomObjectImporter:
    """By the dedupe fields alone, so that what would make a deleted record anew is left out."""

    service: CustomObjectImports

    def takes(self, send: Send, plan: Plan, create: SyncAction | None) -> bool:
        """Records that are sent whole."""
        del plan
        return send.marketo_id is None and create is SyncAction.CREATE_OR_UPDATE

    def create(self, file: bytes, address: Address, plan: Plan) -> ImportBatch:
        """Send a file."""
        del address, plan
        return self.service.create(file)
