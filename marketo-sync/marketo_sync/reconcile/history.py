"""The history of what was written to the user's table: appended, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from marketo_sync.ledger import queries
from marketo_sync.reconcile.policies import Side

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from marketo_sync.reconcile.queries.sources import Sources
    from marketo_sync.reconcile.session import Session


class Trace(NamedTuple):
    """A value that was written: `field` is Marketo's name, or a column that no field fills."""

    record_key: str
    field: str
    old: Any
    new: Any
    rule: str


def traced(session: Session, of: Sources, traces: Sequence[Trace]) -> None:
    """Append these, in the cycle of the session."""
    append(session.connection, of, traces, cycle=session.cycle, at=session.now)


def append(
    connection: Connection, of: Sources, traces: Sequence[Trace], *, cycle: int, at: datetime
) -> None:
    """Append these to the history of an entry."""
    if not traces:
        return
    rows = [(t.record_key, t.field, _json(t.old), _json(t.new), t.rule) for t in traces]
    statement = queries.write_changes(
        connection,
        rows,
        instance=of.instance,
        object=of.plan.entry.name,
        side=str(Side.DATABASE),
        cycle=cycle,
        at=at,
    )
    connection.execute(statement)


def _json(value: object) -> str | None:
    return None if value is None else orjson.dumps(value, default=str).decode()
