"""What all files of one entry are sent with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target_marketo.desk.desk import Desk
    from target_marketo.imports.importers import Importer
    from target_marketo.imports.spool import ImportSpool
    from target_marketo.sending.delivery import Delivery, Recipient


@dataclass(frozen=True, slots=True)
class Means:
    """The collaborators of an entry's files; `recipient` hears what became of each record."""

    desk: Desk
    recipient: Recipient
    delivery: Delivery
    importer: Importer
    spool: ImportSpool

    @property
    def entry(self) -> str:
        """The name of the entry."""
        return self.recipient.plan.entry.name
