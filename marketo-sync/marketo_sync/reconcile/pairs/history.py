"""The history of what was written to the user's table: appended, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from marketo_sync.reconcile.queries import writes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from marketo_sync.reconcile.queries.sources import Sources


class Trace(NamedTuple):
    """A value that was written: `field` is Marketo's name, or a column that no field fills."""

    record_key: str
    field: str
    old: Any
    new: Any
    rule: str


def append(
    connection: Connection, of: Sources, traces: Sequence[Trace], *, cycle: int, at: datetime
) -> None:
    """Append these to the history of an entry."""
    if not traces:
        return
    rows = [trace._asdict() for trace in traces]
    connection.execute(writes.write_changes(of, rows, cycle=cycle, at=at))
