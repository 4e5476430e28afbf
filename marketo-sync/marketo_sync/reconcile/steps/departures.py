"""Leads that are gone: merged into others, or deleted. Merges come first, each to the last winner.

An edit of the database that had not reached Marketo when its lead went is kept as a conflict.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from marketo_sync.ledger.records import Status
from marketo_sync.mapping import Direction, MergedInMarketo, OnDelete
from marketo_sync.reconcile.merge.policies import Side
from marketo_sync.reconcile.pairs.history import Trace
from marketo_sync.reconcile.pairs.pair import judge
from marketo_sync.reconcile.pairs.reading import utc
from marketo_sync.reconcile.pairs.settling import reject
from marketo_sync.reconcile.pairs.users_rows import Change, Refused, Written
from marketo_sync.reconcile.queries import gone, writes
from marketo_sync.reconcile.session import stretches
from marketo_sync.reconcile.steps.meetings import listed, pair_of
from marketo_sync.reconcile.tally import Count, Line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from marketo_sync.reconcile.pairs.pair import Judged, Pair
    from marketo_sync.reconcile.pairs.users_rows import Outcome
    from marketo_sync.reconcile.queries.sources import Sources
    from marketo_sync.reconcile.session import Session
    from marketo_sync.reconcile.sides.fields import EntryPlan

MERGED: Final = "merged_in_marketo"  # the rule, and the policy of conflicts
DELETED: Final = "deleted_in_marketo"
RELINK: Final = "relink"
FLAG: Final = "flag"
UNLINK: Final = "unlink"


@dataclass(frozen=True)
class Departure:
    """A record whose lead is gone. `pair` is None where the row is gone too."""

    record_key: str
    marketo_id: str | None
    why: str
    status: Status
    pair: Pair | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    """Columns to write, where the row stays."""
    deletes: bool = False


def merge_records(session: Session, plan: EntryPlan) -> None:
    """Records whose lead went up in another one follow it, or go, by `merged_in_marketo`."""
    of = session.sources(plan)
    with session.batch() as connection:
        merges = connection.execute(gone.merged(of)).all()
    for merge in merges:
        with session.batch() as connection:
            pair = pair_of(session, of, merge.record_key)
            owner = _owner(connection, of, merge.winner)
            if plan.entry.merged_in_marketo is MergedInMarketo.HONOUR and owner is None and pair:
                _relink(session, of, pair, winner=merge.winner, at=utc(merge.at))
            else:
                is_ours = owner is not None and owner.object == plan.entry.name
                theirs = pair_of(session, of, owner.record_key) if owner and is_ours else None
                _depart(session, of, [_folded(session, plan, merge, pair)], theirs)


def delete_records(session: Session, plan: EntryPlan) -> None:
    """Records whose lead was deleted in Marketo go by `deleted_in_marketo`."""
    of = session.sources(plan)
    for after, upto in stretches(listed(session, DELETED, gone.deleted(of))):
        with session.batch() as connection:
            found = connection.execute(gone.part(DELETED, after=after, upto=upto)).all()
            pairs = {
                each.record_key: each
                for each in session.reader(of).pairs(DELETED, after=after, upto=upto)
            }
            _depart(session, of, [
                _deleted(plan, row.record_key, row.marketo_id, pairs.get(row.record_key))
                for row in found
            ])  # fmt: skip


def _owner(connection: Connection, of: Sources, marketo_id: str) -> Row[Any] | None:
    """The record that has that lead, if one has: its entry and its key."""
    return connection.execute(gone.owner(of, marketo_id)).first()


def _relink(session: Session, of: Sources, pair: Pair, *, winner: str, at: datetime | None) -> None:
    """The row belongs to the winner from now on; it is compared with it in this cycle.

    What was read of the winner before the merge does not count. The key is sent to it again.
    """
    key = of.plan.key.name
    base = {
        name: replace(each, pushed_at=_later(each.pushed_at, at), cycle=session.cycle, rule=MERGED)
        for name, each in pair.base.items()
        if name != key
    }
    connection = session.connection
    connection.execute(gone.move(of, pair.record_key, winner))
    row = {"record_key": pair.record_key, "base": base, "pulled_at": None}
    connection.execute(writes.write_records(of, [row]))
    _tell(session, of, pair.record_key, winner, RELINK)
    session.tally.count(of.plan.entry.name, Count.MERGED)


def _folded(session: Session, plan: EntryPlan, merge: Any, pair: Pair | None) -> Departure:  # noqa: ANN401 - a row
    """The loser's row goes, or is flagged where merges are not honoured."""
    honours = plan.entry.merged_in_marketo is MergedInMarketo.HONOUR
    left = Departure(merge.record_key, merge.winner, MERGED, Status.MERGED, pair)
    if not honours:
        return replace(left, values=_flagged(plan, plan.entry.deleted_in_marketo.flag))
    if plan.entry.deleted_at:
        at = session.reader(session.sources(plan)).moment(session.now)
        return replace(left, values={**_flagged(plan, None), plan.entry.deleted_at: at})
    return replace(left, deletes=True)


def _deleted(
    plan: EntryPlan, record_key: str, marketo_id: str | None, pair: Pair | None
) -> Departure:
    policy = plan.entry.deleted_in_marketo
    flag = policy.flag if policy.action is OnDelete.FLAG else None
    return Departure(
        record_key,
        marketo_id,
        DELETED,
        Status.GONE_IN_MARKETO,
        pair,
        values=_flagged(plan, flag),
        deletes=policy.action is OnDelete.DELETE,
    )


def _flagged(plan: EntryPlan, flag: str | None) -> dict[str, Any]:
    """What the row shows: no id of Marketo's any more, and the flag."""
    emptied = {plan.entry.marketo_id: None} if plan.entry.marketo_id else {}
    return {**emptied, flag: True} if flag else emptied


def _depart(
    session: Session, of: Sources, leaving: Sequence[Departure], winner: Pair | None = None
) -> None:
    """Rows first; then the records whose rows are as the policy wants them."""
    outcomes = _written(session, of, leaving)
    done = [each for each in leaving if isinstance(outcomes.get(each.record_key), Written | None)]
    refused = [each for each in leaving if isinstance(outcomes.get(each.record_key), Refused)]
    connection = session.connection
    if done:
        edits = [row for each in done for row in _edits(session, of.plan, each, winner)]
        if edits:
            connection.execute(writes.write_conflicts(of, edits))
        keys = [each.record_key for each in done]
        for statement in gone.forget_work(of, keys):
            connection.execute(statement)
        connection.execute(gone.set_status(of, keys, done[0].status))
        for each in done:
            if each.status is Status.MERGED and each.marketo_id:
                connection.execute(gone.move(of, each.record_key, each.marketo_id))
        session.trace(of, [trace for each in done for trace in _traces(of.plan, each)])
    if refused:
        rows = [reject(each.record_key, outcomes[each.record_key], each.values) for each in refused]
        connection.execute(writes.write_rejects(of, rows, now=session.now))
        session.tally.count(of.plan.entry.name, Count.REFUSED, len(refused))
    _count(session, of, done)


def _written(session: Session, of: Sources, leaving: Sequence[Departure]) -> dict[str, Outcome]:
    """What became of the rows that are there; a row that does not take part is never deleted."""
    table = session.rows(of)
    changes = {True: list[Change](), False: list[Change]()}
    for each in leaving:
        pair = each.pair
        if pair is None:
            continue
        deletes = each.deletes and _takes_part(of.plan, pair.row)
        values = {name: value for name, value in each.values.items() if pair.row.get(name) != value}
        if deletes or values:
            change = Change(each.record_key, pair.row_digest, pair.row, values)
            changes[deletes].append(change)
    found = dict(table.delete(changes[True])) if changes[True] else {}
    return {**found, **table.update(changes[False])}


def _takes_part(plan: EntryPlan, row: Mapping[str, Any]) -> bool:
    where = plan.entry.where
    return where is None or row.get(where) is True


def _edits(
    session: Session, plan: EntryPlan, left: Departure, winner: Pair | None
) -> list[dict[str, Any]]:
    """Conflicts of what had not reached Marketo; only a row that goes takes its edits along."""
    if left.pair is None or (not left.deletes and left.status is not Status.MERGED):
        return []
    return [
        _conflict(session, left, each, winner)
        for each in judge(plan, left.pair)
        if each.edit is not None
        and each.edit.value is not None
        and each.field.rules.direction is Direction.BOTH
    ]


def _conflict(
    session: Session, left: Departure, judged: Judged, winner: Pair | None
) -> dict[str, Any]:
    shown = winner.shown.get(judged.name) if winner else None
    theirs = judged.field.shown(shown) if winner else judged.seen.marketo
    return {
        "record_key": left.record_key,
        "marketo_id": left.marketo_id,
        "field": judged.name,
        "base_value": judged.base.database if judged.base else None,
        "marketo_value": theirs,
        "database_value": judged.seen.database,
        "marketo_at": judged.times.marketo,
        "database_at": judged.times.database,
        "policy": left.why,
        "winner": Side.MARKETO,
        "decided_at": session.now,
        "applied_at": session.now,
    }


def _traces(plan: EntryPlan, left: Departure) -> list[Trace]:
    """What the history tells of a row that went, or lost its id and was flagged."""
    if left.pair is None:
        return []
    if left.deletes and _takes_part(plan, left.pair.row):
        return [Trace(left.record_key, plan.key.name, left.record_key, None, f"delete: {left.why}")]
    return [
        Trace(left.record_key, name, left.pair.row.get(name), value, f"{_verb(value)}: {left.why}")
        for name, value in left.values.items()
        if left.pair.row.get(name) != value
    ]


def _verb(value: Any) -> str:  # noqa: ANN401 - of any column
    return FLAG if value is not None else UNLINK


def _count(session: Session, of: Sources, done: Sequence[Departure]) -> None:
    name = of.plan.entry.name
    for each in done:
        if each.status is Status.MERGED:
            session.tally.count(name, Count.MERGED)
        if each.deletes and each.pair is not None:
            session.tally.count(name, Count.DELETED)
        elif each.values:
            session.tally.count(name, Count.FLAGGED)
        action = "delete" if each.deletes else FLAG
        _tell(session, of, each.record_key, each.marketo_id, f"{action}: {each.why}")


def _tell(
    session: Session, of: Sources, record_key: str, marketo_id: str | None, rule: str
) -> None:
    action = rule.partition(":")[0]
    session.tally.tell(Line(of.plan.entry.name, record_key, marketo_id, action, rule=rule))


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)
