"""What keeps the two sides from being reconciled. No message holds a value of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_sync.errors import SyncError

if TYPE_CHECKING:
    from collections.abc import Sequence


class ReconcileError(SyncError):
    """The run stops."""


class NotTwoWayError(ReconcileError):
    """Mapping, tables and rights do not fit together; `problems` holds all of it."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(["two-way cannot run:", *(f"  {line}" for line in problems)]))


class LargeChangeError(ReconcileError):
    """A guard has tripped: more would change than is usual. Nothing was written."""
