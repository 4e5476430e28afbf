"""Edits in Marketo that a push of ours has overwritten before anybody could read them.

Marketo's change row of our push tells the value that was there; where that is not what the ledger
believed, it is kept as a conflict after the fact. Only for types whose text has one form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from marketo_sync.ledger.records import FieldBase
from marketo_sync.mapping import Direction
from marketo_sync.reconcile.merge.echoes import LONGEST_PUSH, PLAIN_TEXT_TYPES
from marketo_sync.reconcile.merge.policies import Side
from marketo_sync.reconcile.merge.three_way import comparable
from marketo_sync.reconcile.pairs.reading import utc
from marketo_sync.reconcile.queries import lost as queries
from marketo_sync.reconcile.queries import writes
from marketo_sync.reconcile.session import ROWS_PER_BATCH
from marketo_sync.reconcile.tally import Count, Line

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from sqlalchemy import Row

    from marketo_sync.reconcile.queries.sources import Sources
    from marketo_sync.reconcile.session import Session
    from marketo_sync.reconcile.sides.fields import SyncField

LOST_UPDATE: Final = "lost_update"  # the policy of the conflict
NEVER: Final = "-infinity"


def tell_lost_updates(session: Session) -> None:
    """Look at the change rows that came since the last cycle, of all entries."""
    with session.batch() as connection:
        since = connection.scalar(queries.mark(session.instance)) or NEVER
        upto = connection.scalar(queries.newest(session.landed))
        if upto is None:
            return
        for plan in session.plans:
            if not plan.is_company:
                _tell(session, session.sources(plan), since)
        connection.execute(queries.keep_mark(session.instance, upto))


def _tell(session: Session, of: Sources, since: str) -> None:
    watched = {
        each.name: each
        for each in of.plan.fields
        if each.rules.direction is not Direction.TO_DATABASE
        and each.rules.data_type.lower() in PLAIN_TEXT_TYPES
    }
    rows = session.connection.execute(
        queries.api_changes(of, list(watched), since=since),
        execution_options={"yield_per": ROWS_PER_BATCH},
    )
    for some in rows.partitions():
        ours = [row for row in some if _is_ours(watched[row.field], row)]
        if ours:
            _keep(session, of, watched, ours)


def _is_ours(of: SyncField, row: Row[Any]) -> bool:
    """Whether the row is that of our last push of the field."""
    base = _base(row)
    at = utc(row.at)
    if base is None or base.pushed_at is None or at is None:
        return False
    is_then = base.pushed_at - LONGEST_PUSH[row.source] <= at <= base.pushed_at
    return is_then and _folded(of, row.new) == _folded(of, base.marketo)


def _base(row: Row[Any]) -> FieldBase | None:
    stored = orjson.loads(row.base_json).get(row.field)
    return FieldBase.of_json(stored) if stored else None


def _keep(
    session: Session, of: Sources, watched: dict[str, SyncField], rows: Sequence[Row[Any]]
) -> None:
    keys = sorted({row.record_key for row in rows})
    connection = session.connection
    pushes = {
        (row.record_key, row.field): row
        for row in connection.execute(queries.last_pushes(of, keys))
    }
    known = {tuple(row) for row in connection.execute(queries.known(of, keys, LOST_UPDATE))}
    conflicts = []
    for row in rows:
        push = pushes.get((row.record_key, row.field))
        field = watched[row.field]
        if push is None or (row.record_key, row.field, utc(row.at)) in known:
            continue
        if _folded(field, row.old) not in (_folded(field, push.old), _folded(field, push.new)):
            conflicts.append(_conflict(session, row, push))
            _line(session, of, row)
    if conflicts:
        connection.execute(writes.write_conflicts(of, conflicts))
        session.tally.count(of.plan.entry.name, Count.LOST, len(conflicts))


def _folded(of: SyncField, value: Any) -> Hashable:  # noqa: ANN401 - JSON
    """A value without what Marketo itself changes of it: case, and blanks around it."""
    told = comparable(of.rules.data_type, value)
    return told.lower() if isinstance(told, str) else told or None


def _conflict(session: Session, row: Row[Any], push: Row[Any]) -> dict[str, Any]:
    return {
        "record_key": row.record_key,
        "marketo_id": row.marketo_id,
        "field": row.field,
        "base_value": push.old,
        "marketo_value": row.old,
        "database_value": push.new,
        "marketo_at": None,
        "database_at": utc(row.at),
        "policy": LOST_UPDATE,
        "winner": Side.DATABASE,
        "decided_at": session.now,
        "applied_at": session.now,
    }


def _line(session: Session, of: Sources, row: Row[Any]) -> None:
    session.tally.tell(
        Line(
            of.plan.entry.name,
            row.record_key,
            row.marketo_id,
            LOST_UPDATE,
            row.field,
            LOST_UPDATE,
            marketo=row.old,
            database=row.new,
        )
    )
