"""Records that one side has lost: by a merge or a deletion in Marketo, or out of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    BigInteger,
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from marketo_sync.ledger.records import KEYLESS, REFUSED_BY_DATABASE, Status
from marketo_sync.ledger.tables import conflicts, pairs, pending, records, rejects
from marketo_sync.reconcile.queries.links import key_of_other
from marketo_sync.reconcile.queries.writes import KEY
from marketo_sync.reconcile.sides import tables
from marketo_sync.reconcile.sides.fields import LEAD_ID
from marketo_sync.reconcile.sides.tables import work

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import CTE, ColumnElement, Delete, Select, Update
    from sqlalchemy.sql.dml import ReturningDelete

    from marketo_sync.reconcile.queries.sources import Sources

    Expression = ColumnElement[Any]

GONE: Final = "gone"  # the digest of a row that has left the table
LEAD: Final = "lead "  # before the id in the key of a reject whose row is not there
LEFT: Final = "deleted in the database"  # why a row waits that is to be deleted in Marketo
LONGEST_CHAIN: Final = 100  # merges, one into the next


def merged(of: Sources) -> Select[Any]:
    """Linked records whose lead went up in another, with the last winner, oldest merge first."""
    chain = _chain(of)
    last = (
        select(chain.c.loser, chain.c.winner, chain.c.at)
        .distinct(chain.c.loser)
        .order_by(chain.c.loser, chain.c.depth.desc())
        .subquery("last")
    )
    return (
        select(
            records.c.record_key,
            records.c.marketo_id,
            cast(last.c.winner, Text).label("winner"),
            last.c.at,
        )
        .join(last, last.c.loser == cast(records.c.marketo_id, BigInteger))
        .where(of.is_linked)
        .order_by(last.c.at, records.c.record_key)
    )


def _chain(of: Sources) -> CTE:
    merges = of.landed_as(tables.MERGED_LEADS)
    chain = (
        select(
            merges.c.losingLeadId.label("loser"),
            merges.c.winningLeadId.label("winner"),
            merges.c.activityDate.label("at"),
            literal(1).label("depth"),
        )
        .join(records, merges.c.losingLeadId == cast(records.c.marketo_id, BigInteger))
        .where(of.is_linked, merges.c.winningLeadId.is_not(None))
        .cte("chain", recursive=True)
    )
    later = merges.alias("later")
    return chain.union_all(
        select(
            chain.c.loser,
            later.c.winningLeadId,
            func.greatest(chain.c.at, later.c.activityDate),
            chain.c.depth + 1,
        ).where(
            later.c.losingLeadId == chain.c.winner,
            later.c.winningLeadId.is_not(None),
            chain.c.depth < LONGEST_CHAIN,
        )
    )


def owner(of: Sources, marketo_id: str) -> Select[Any]:
    """The linked record of any entry for leads that has that lead."""
    return select(records.c.object, records.c.record_key).where(
        records.c.instance == of.instance,
        records.c.object.in_(of.objects),
        records.c.marketo_id == marketo_id,
        records.c.status == Status.LINKED,
    )


def deleted(of: Sources) -> Select[Any]:
    """Linked records whose lead was deleted in Marketo."""
    leads = of.leads
    lead_id = cast(records.c.marketo_id, BigInteger)
    return (
        select(records.c.record_key, records.c.marketo_id)
        .outerjoin(leads, leads.c[LEAD_ID] == lead_id)
        .where(of.is_linked, or_(leads.c[tables.DELETED_AT].is_not(None), *_told_gone(of, lead_id)))
    )


def _told_gone(of: Sources, lead_id: Expression) -> list[Expression]:
    """Rows that tell of a deletion, and no sign of the lead since."""
    rows = of.landed_as(tables.DELETED_LEADS)
    read_at = of.leads.c[tables.EXTRACTED_AT]
    told = exists().where(rows.c.leadId == lead_id, _unseen_since(rows.c.activityDate, read_at))
    found: list[Expression] = [told]
    if tables.LEAD_IDS in of.landed.relations:
        ids = of.landed_as(tables.LEAD_IDS)
        left = ids.c[tables.DELETED_AT]
        found.append(exists().where(ids.c[LEAD_ID] == lead_id, _unseen_since(left, read_at)))
    return found


def _unseen_since(at: Expression, read_at: Expression) -> Expression:
    """Neither read in Marketo after that moment nor written to (the latter is kept with a zone)."""
    pushed_at = func.timezone("UTC", records.c.pushed_at)
    return and_(
        at.is_not(None),
        or_(read_at.is_(None), read_at <= at),
        or_(records.c.pushed_at.is_(None), pushed_at <= at),
    )


def left(of: Sources) -> Select[Any]:
    """Linked records whose row has left the table, or is deleted softly, since it was seen."""
    still_there = _still_there(of, records.c.record_key)
    return (
        select(records.c.record_key, records.c.marketo_id)
        .outerjoin(pairs, of.is_pair)
        .where(of.is_linked, ~still_there, pairs.c.row_digest.is_distinct_from(GONE))
    )


def _still_there(of: Sources, record_key: Expression) -> Expression:
    """Whether a row has that key and is not deleted softly."""
    deleted_at = of.plan.entry.deleted_at
    if deleted_at is None:
        return exists().where(key_of_other(of) == record_key)
    living = of.rows.alias("living")
    column = of.plan.key.column
    key = tables.key_of(column, living.c[column.name])
    return exists().where(key == record_key, living.c[deleted_at].is_(None))


def withdraw_pending(of: Sources) -> ReturningDelete[Any]:
    """Rows that waited to be sent and take no part any more leave `pending`; gives their keys."""
    takes_part = exists().where(of.takes_part, of.key == pending.c.record_key)
    return (
        delete(pending)
        .where(of.of(pending), pending.c.why != LEFT, ~takes_part)
        .returning(pending.c.record_key)
    )


def withdraw_rejects(of: Sources) -> Update:
    """Close the rejects of rows that have left the table; a row without a key was never in it."""
    has_key = rejects.c.record_key.not_like(f"{KEYLESS}%")
    left_table = has_key & ~_still_there(of, rejects.c.record_key)
    return (
        update(rejects).where(of.of(rejects), _is_open(), left_table).values(resolved_at=func.now())
    )


def withdraw_inserts(of: Sources) -> Update:
    """Close the rejects of leads that were to become rows and have one by now, or are gone."""
    lead_id = func.substr(rejects.c.record_key, len(LEAD) + 1)
    has_row = exists().where(
        records.c.instance == of.instance,
        records.c.object.in_(of.objects),
        records.c.marketo_id == lead_id,
    )
    lives = exists().where(of.is_alive, cast(of.leads.c[LEAD_ID], Text) == lead_id)
    return (
        update(rejects)
        .where(
            of.of(rejects),
            rejects.c.resolved_at.is_(None),
            rejects.c.code == REFUSED_BY_DATABASE,
            rejects.c.record_key.like(f"{LEAD}%"),
            or_(has_row, ~lives),
        )
        .values(resolved_at=func.now())
    )


def unsee(of: Sources, keys: Collection[str]) -> Update:
    """Those rows are looked at again when they take part again, whatever they look like then."""
    return update(pairs).where(of.of(pairs), pairs.c.record_key.in_(keys)).values(row_digest=None)


def softly_deleted(of: Sources, keys: Collection[str]) -> Select[Any]:
    """Those of the rows that are still in the table."""
    columns = [of.rows.c[name] for name in of.plan.columns]
    return select(of.key.label(KEY), *columns).where(of.key.in_(keys))


def part(name: str, *, after: int, upto: int) -> Select[Any]:
    """A stretch of a list: keys and ids."""
    return (
        select(work.c.record_key, work.c.marketo_id)
        .where(tables.stretch(name, after=after, upto=upto))
        .order_by(work.c.ordinal)
    )


def set_status(of: Sources, keys: Collection[str], status: Status) -> Update:
    """What those records are from now on."""
    return (
        update(records)
        .where(of.of(records), records.c.record_key.in_(keys))
        .values(status=str(status))
    )


def move(of: Sources, record_key: str, marketo_id: str) -> Update:
    """The record is about that lead from now on."""
    return (
        update(records)
        .where(of.of(records), records.c.record_key == record_key)
        .values(marketo_id=marketo_id)
    )


def forget_work(of: Sources, keys: Collection[str]) -> list[Delete | Update]:
    """Nothing of those records waits any more: no pending row, no open conflict, no reject."""
    now = func.now()
    return [
        delete(pending).where(of.of(pending), pending.c.record_key.in_(keys)),
        update(conflicts)
        .where(of.of(conflicts), conflicts.c.record_key.in_(keys), conflicts.c.applied_at.is_(None))
        .values(winner="marketo", decided_at=now, applied_at=now),
        update(rejects)
        .where(of.of(rejects), rejects.c.record_key.in_(keys), _is_open())
        .values(resolved_at=now),
    ]


def _is_open() -> Expression:
    """Rejects of rows on their way to Marketo."""
    return rejects.c.resolved_at.is_(None) & (rejects.c.code != REFUSED_BY_DATABASE)


def rename(of: Sources, old: str, new: str) -> list[Update | Delete]:
    """The record, and all that waits for it, under its new key; the history stays as it is."""
    kept = (records, pairs, conflicts, pending)
    return [
        *(
            delete(table).where(of.of(table), table.c.record_key == new)
            for table in (pairs, pending)
        ),
        *(
            update(table).where(of.of(table), table.c.record_key == old).values(record_key=new)
            for table in kept
        ),
    ]
