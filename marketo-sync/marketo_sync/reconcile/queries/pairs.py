"""Records whose row or lead has moved since they were compared last, and what their merge needs.

The digests of all pairs are compared in the database; only those that moved are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Text, cast, func, or_, select

from marketo_sync.ledger.records import RECONCILE
from marketo_sync.ledger.tables import changes, conflicts, cycles, pairs, records
from marketo_sync.reconcile.sides import tables
from marketo_sync.reconcile.sides.fields import LEAD_ID
from marketo_sync.reconcile.sides.tables import work

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Select

    from marketo_sync.reconcile.queries.sources import Sources
    from marketo_sync.reconcile.sides.fields import SyncField

ROW: Final = "r_"  # before the names of the user's columns in a batch
SHOWN: Final = "m_"  # before those of the landed columns


def moved(of: Sources) -> Select[Any]:
    """The records of pairs that have moved, or that a person has decided on."""
    rows, shown = of.rows, of.shown
    has_moved = or_(
        pairs.c.row_digest.is_distinct_from(of.row_digest),
        pairs.c.landed_digest.is_distinct_from(of.shown_digest),
        pairs.c.pushed_at.is_distinct_from(records.c.pushed_at),
        records.c.record_key.in_(_ruled(of)),
    )
    return (
        select(records.c.record_key, records.c.marketo_id)
        .select_from(records)
        .join(rows, of.key == records.c.record_key)
        .outerjoin(shown, of.is_shown)
        .outerjoin(pairs, of.is_pair)
        .where(of.is_linked, of.takes_part, has_moved)
    )


def _ruled(of: Sources) -> Select[Any]:
    """Records with a conflict that was resolved and not acted on yet."""
    return select(conflicts.c.record_key).where(
        of.of(conflicts), conflicts.c.winner.is_not(None), conflicts.c.applied_at.is_(None)
    )


def batch(of: Sources, name: str, *, after: int, upto: int) -> Select[Any]:
    """The pairs on that stretch of a list: ledger, row and lead side by side.

    A record whose lead has gone since the list was made is no pair any more.
    """
    rows, shown, plan = of.rows, of.shown, of.plan
    key = plan.key.column
    ours = [rows.c[name].label(f"{ROW}{name}") for name in plan.columns]
    theirs = [shown.c[each.landed].label(f"{SHOWN}{each.name}") for each in plan.fields]
    return (
        select(
            records.c.record_key,
            records.c.marketo_id,
            records.c.pushed_at,
            cast(records.c.base, Text).label("base_json"),
            pairs.c.edits,
            pairs.c.written_at,
            pairs.c.landed_digest.label("seen_digest"),
            pairs.c.pushed_at.label("seen_pushed_at"),
            of.row_digest.label("row_digest"),
            of.shown_digest.label("landed_digest"),
            shown.c[tables.EXTRACTED_AT].label("read_at"),
            shown.c[tables.DELETED_AT].label("deleted_at"),
            of.company_of_lead.label("company"),
            shown.c[LEAD_ID].label("lead"),
            *ours,
            *theirs,
        )
        .select_from(work)
        .join(records, of.of(records) & (records.c.record_key == work.c.record_key))
        .join(rows, rows.c[key.name] == cast(work.c.record_key, tables.Declared(key.type)))
        .outerjoin(shown, of.is_shown)
        .outerjoin(pairs, of.is_pair)
        .where(tables.stretch(name, after=after, upto=upto), of.is_linked)
        .order_by(work.c.ordinal)
    )


def last_changes(of: Sources, leads: Collection[int], fields: Collection[SyncField]) -> Select[Any]:
    """Of those leads, the last change row of each of those fields."""
    rows = of.landed_as(tables.LEAD_CHANGES)
    guid = rows.c.marketoGUID
    return (
        select(
            rows.c.leadId,
            rows.c.fieldName,
            rows.c.activityDate,
            rows.c.source,
            rows.c.campaignId,
            rows.c.newValue,
        )
        .distinct(rows.c.leadId, rows.c.fieldName)
        .where(
            rows.c.leadId.in_(leads),
            rows.c.fieldName.in_([each.name for each in fields]),
        )
        .order_by(
            rows.c.leadId,
            rows.c.fieldName,
            rows.c.activityDate.desc(),
            func.length(guid).desc(),
            guid.desc(),
        )
    )


def holds(of: Sources, keys: Collection[str]) -> Select[Any]:
    """The conflicts of those records that hold a field."""
    return select(conflicts).where(
        of.of(conflicts), conflicts.c.record_key.in_(keys), conflicts.c.applied_at.is_(None)
    )


def written(of: Sources, keys: Collection[str], *, since: int) -> Select[Any]:
    """What was written to fields of those records since that cycle, oldest first."""
    return (
        select(
            changes.c.record_key,
            changes.c.field,
            changes.c.side,
            changes.c.old,
            changes.c.new,
            changes.c.at,
        )
        .where(of.of(changes), changes.c.record_key.in_(keys), changes.c.cycle >= since)
        .order_by(changes.c.id)
    )


def released(of: Sources, keys: Collection[str], policy: str) -> Select[Any]:
    """When conflicts of that policy were decided last, by record and field."""
    return (
        select(
            conflicts.c.record_key,
            conflicts.c.field,
            func.max(conflicts.c.decided_at).label("at"),
        )
        .where(
            of.of(conflicts),
            conflicts.c.record_key.in_(keys),
            conflicts.c.policy == policy,
            conflicts.c.decided_at.is_not(None),
        )
        .group_by(conflicts.c.record_key, conflicts.c.field)
    )


def first_of_last(instance: str, number: int) -> Select[Any]:
    """The oldest of so many last cycles of `reconcile`."""
    last = (
        select(cycles.c.id)
        .where(cycles.c.instance == instance, cycles.c.command == RECONCILE)
        .order_by(cycles.c.id.desc())
        .limit(number)
        .subquery()
    )
    return select(func.min(last.c.id))
