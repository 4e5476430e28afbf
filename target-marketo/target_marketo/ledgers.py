"""The ledger as a run has it: one that keeps what it is told, none at all, or one only to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from marketo_sync import Ledger, NullImportJournal, NullLedger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from marketo_client import JsonObject
    from marketo_sync import (
        CycleStatus,
        LedgerRecord,
        LinkedKey,
        OpenReject,
        Outcome,
        PendingRow,
    )


@dataclass(frozen=True, slots=True)
class ReadOnlyLedger:
    """A ledger that answers and keeps nothing."""

    ledger: Ledger | NullLedger

    @property
    def imports(self) -> NullImportJournal:
        """None are made."""
        return NullImportJournal()

    @property
    def cycle_id(self) -> int | None:
        """The run's number in the ledger."""
        return self.ledger.cycle_id

    def is_empty(self) -> bool:
        """Whether the ledger knows no record."""
        return self.ledger.is_empty()

    def is_two_way(self) -> bool:
        """Whether the ledger was ever reconciled."""
        return self.ledger.is_two_way()

    def settled(self, name: str, digests: Mapping[str, str]) -> frozenset[str]:
        """The keys that need nothing."""
        return self.ledger.settled(name, digests)

    def known_fields(self, name: str) -> frozenset[str]:
        """Fields that an entry has pushed before."""
        return self.ledger.known_fields(name)

    def find(self, name: str, keys: Sequence[str]) -> Mapping[str, LedgerRecord]:
        """What the ledger holds of these keys."""
        return self.ledger.find(name, keys)

    def owners(self, names: Sequence[str], ids: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """The records that have these Marketo ids."""
        return self.ledger.owners(names, ids)

    def withdraw(self, name: str, keys: Sequence[str]) -> None:
        """Keep nothing."""

    def open_rejects(self, name: str) -> Iterable[OpenReject]:
        """Rows that wait in the rejects."""
        return self.ledger.open_rejects(name)

    def has_keyless_rejects(self, name: str) -> bool:
        """Whether rows without a key wait in the rejects."""
        return self.ledger.has_keyless_rejects(name)

    def pending(self, name: str) -> Iterable[PendingRow]:
        """Work that no source row announces."""
        return self.ledger.pending(name)

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Keep nothing."""

    def count_linked(self, name: str) -> int:
        """How many records of an entry are linked."""
        return self.ledger.count_linked(name)

    def linked_keys(self, name: str) -> Iterable[LinkedKey]:
        """Their keys."""
        return self.ledger.linked_keys(name)

    def mark_missing(self, name: str, keys: Sequence[str], version: str | None) -> None:
        """Keep nothing."""

    def finish(self, status: CycleStatus, counts: JsonObject) -> None:
        """Say in `cycles` that this run was dry."""
        self.ledger.finish(status, {**counts, "dry_run": True})


AnyLedger = Ledger | NullLedger | ReadOnlyLedger
