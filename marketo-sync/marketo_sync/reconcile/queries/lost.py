"""Change rows of our own pushes, and what the ledger believed before each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, Text, cast, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from marketo_sync.ledger.tables import bookmarks, changes, conflicts, records
from marketo_sync.reconcile.merge.echoes import LONGEST_PUSH
from marketo_sync.reconcile.merge.policies import Side
from marketo_sync.reconcile.sides import tables

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Insert, Select

    from marketo_sync.reconcile.queries.sources import Sources
    from marketo_sync.reconcile.sides.landing import Landed


def mark(instance: str) -> Select[Any]:
    """Up to when rows were looked at, as the loader's clock tells it."""
    return select(bookmarks.c.value).where(
        bookmarks.c.instance == instance, bookmarks.c.stream == tables.LEAD_CHANGES
    )


def newest(landed: Landed) -> Select[Any]:
    """When the last row was received."""
    columns = landed.relations[tables.LEAD_CHANGES].columns
    rows = tables.landed_table(landed.schema, tables.LEAD_CHANGES, columns)
    return select(cast(func.max(rows.c[tables.RECEIVED_AT]), Text))


def keep_mark(instance: str, value: str) -> Insert:
    """Rows up to there need not be looked at again."""
    added = insert(bookmarks).values(instance=instance, stream=tables.LEAD_CHANGES, value=value)
    return added.on_conflict_do_update(
        index_elements=["instance", "stream"], set_={"value": added.excluded.value}
    )


def api_changes(of: Sources, fields: Collection[str], *, since: str) -> Select[Any]:
    """Change rows that calls and files have left on linked leads since that mark."""
    rows = of.landed_as(tables.LEAD_CHANGES)
    return (
        select(
            records.c.record_key,
            records.c.marketo_id,
            cast(records.c.base, Text).label("base_json"),
            rows.c.fieldName.label("field"),
            rows.c.activityDate.label("at"),
            rows.c.source.label("source"),
            rows.c.oldValue.label("old"),
            rows.c.newValue.label("new"),
        )
        .join(records, cast(rows.c.leadId, Text) == records.c.marketo_id)
        .where(
            of.is_linked,
            rows.c.fieldName.in_(fields),
            rows.c.source.in_(LONGEST_PUSH),
            rows.c[tables.RECEIVED_AT] > cast(literal(since), DateTime),
        )
        .order_by(rows.c.activityDate)
    )


def last_pushes(of: Sources, keys: Collection[str]) -> Select[Any]:
    """What the ledger believed before the last push of each field of those records."""
    return (
        select(changes.c.record_key, changes.c.field, changes.c.old, changes.c.new)
        .distinct(changes.c.record_key, changes.c.field)
        .where(of.of(changes), changes.c.record_key.in_(keys), changes.c.side == str(Side.MARKETO))
        .order_by(changes.c.record_key, changes.c.field, changes.c.id.desc())
    )


def known(of: Sources, keys: Collection[str], policy: str) -> Select[Any]:
    """Those that were told before: record, field, and when it was overwritten."""
    return select(conflicts.c.record_key, conflicts.c.field, conflicts.c.database_at).where(
        of.of(conflicts), conflicts.c.record_key.in_(keys), conflicts.c.policy == policy
    )
