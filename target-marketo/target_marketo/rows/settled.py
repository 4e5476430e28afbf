"""A row that has come to its end. Knows no API and no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marketo_sync import Outcome

    from target_marketo.rows.row import Row


@dataclass(slots=True)
class Settled:
    """A row and what the ledger is to keep of it."""

    row: Row
    outcome: Outcome
