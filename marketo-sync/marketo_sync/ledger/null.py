"""No ledger at all (`ledger_url: none`): nothing is known, so every row is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_sync.ledger.imports import NullImportJournal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from marketo_sync.ledger.records import (
        CycleStatus,
        JsonObject,
        LedgerRecord,
        LinkedKey,
        OpenReject,
        Outcome,
        PendingRow,
    )

NO_CYCLE: Final = 0


class NullLedger:
    """Answers as an empty ledger does, and forgets what it is told."""

    cycle_id = NO_CYCLE
    imports = NullImportJournal()

    def is_empty(self) -> bool:
        """Always."""
        return True

    def is_two_way(self) -> bool:
        """Never."""
        return False

    def settled(self, object_name: str, digests: Mapping[str, str]) -> frozenset[str]:
        """Nothing."""
        del object_name, digests
        return frozenset()

    def find(self, object_name: str, keys: Collection[str]) -> Mapping[str, LedgerRecord]:
        """Nothing."""
        del object_name, keys
        return {}

    def owners(
        self, objects: Sequence[str], marketo_ids: Collection[str]
    ) -> Mapping[str, tuple[str, str]]:
        """Nobody."""
        del objects, marketo_ids
        return {}

    def known_fields(self, object_name: str) -> frozenset[str]:
        """None."""
        del object_name
        return frozenset()

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Forget them; the summary of the run still counts them."""

    def withdraw(self, object_name: str, keys: Collection[str]) -> None:
        """Nothing waits."""

    def open_rejects(self, object_name: str) -> Iterator[OpenReject]:
        """None."""
        del object_name
        return iter(())

    def has_keyless_rejects(self, object_name: str) -> bool:
        """No."""
        del object_name
        return False

    def pending(self, object_name: str) -> Iterator[PendingRow]:
        """None."""
        del object_name
        return iter(())

    def count_linked(self, object_name: str) -> int:
        """None."""
        del object_name
        return 0

    def linked_keys(self, object_name: str) -> Iterator[LinkedKey]:
        """None."""
        del object_name
        return iter(())

    def mark_missing(self, object_name: str, keys: Collection[str], version: str | None) -> None:
        """Forget it."""

    def finish(self, status: CycleStatus, counts: JsonObject) -> None:
        """Forget it."""
