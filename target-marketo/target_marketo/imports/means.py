"""What all files of one entry are sent with, and how many are on their way at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_marketo.desk.desk import Desk
    from target_marketo.imports.spool import ImportSpool
    from target_marketo.objects.importers import Importer
    from target_marketo.planning.plan import Plan
    from target_marketo.sending.delivery import Delivery, Recipient

FILES_AT_ONCE: Final = 2  # as many as Marketo works on. Marketo docs: Bulk Import


@dataclass(slots=True)
class Berths:
    """Places for files, over all entries; who waits for one is told when one is free."""

    free: int = FILES_AT_ONCE
    waiting: list[Callable[[], None]] = field(default_factory=list)

    def enter(self) -> None:
        """One more file is on its way."""
        self.free -= 1

    def leave(self) -> None:
        """A file has come to its end."""
        self.free += 1
        for launch in self.waiting:
            launch()


@dataclass(frozen=True, slots=True)
class Means:
    """The collaborators of an entry's files."""

    desk: Desk
    delivery: Delivery
    importer: Importer
    spool: ImportSpool
    berths: Berths

    @property
    def recipient(self) -> Recipient:
        """Who hears what became of each record."""
        return self.delivery.recipient

    @property
    def entry(self) -> str:
        """The name of the entry."""
        return self.recipient.plan.entry.name

    @property
    def plan(self) -> Plan:
        """The plan of this moment."""
        return self.recipient.plan

    @property
    def now(self) -> datetime:
        """Marketo's time."""
        return self.desk.marketo.now or datetime.now(UTC)
