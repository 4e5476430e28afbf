"""Rows and leads that the ledger does not know yet: renamed keys, first links, rows, leads.

A first link makes a record without a base; the merge of the pair that follows chooses one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marketo_sync.ledger.records import REFUSED_BY_DATABASE, FieldBase
from marketo_sync.mapping import OnDelete, OnNew
from marketo_sync.reconcile.pairs.history import Trace
from marketo_sync.reconcile.pairs.settling import reject, row_of
from marketo_sync.reconcile.pairs.users_rows import Refused, Written
from marketo_sync.reconcile.queries import gone, links, writes
from marketo_sync.reconcile.queries.writes import DIGEST, KEY
from marketo_sync.reconcile.session import ROWS_PER_BATCH, stretches
from marketo_sync.reconcile.statistics import count_ledger
from marketo_sync.reconcile.steps.meetings import listed
from marketo_sync.reconcile.tally import Count, Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

    from marketo_sync.reconcile.queries.sources import Sources
    from marketo_sync.reconcile.session import Session
    from marketo_sync.reconcile.sides.fields import EntryPlan, SyncField

INSERT: Final = "insert"
LEFT_AT: Final = "_sdc_deleted_at"  # as a tap tells of a row that is gone


def rename_records(session: Session, plan: EntryPlan) -> None:
    """A new key whose `marketo_id` column names a linked lead is that lead's record."""
    if not plan.entry.marketo_id:
        return
    of = session.sources(plan)
    with session.batch() as connection:
        for old, new, marketo_id in connection.execute(links.renamed(of)).all():
            for statement in gone.rename(of, old, new):
                connection.execute(statement)
            session.tally.count(plan.entry.name, Count.LINKED)
            _tell(session, plan, new, marketo_id, "rename")


def link_rows(session: Session, plan: EntryPlan) -> None:
    """Rows whose lead or company is found are its records from now on."""
    of = session.sources(plan)
    with session.batch() as connection:
        link = links.link_companies if plan.is_company else links.link
        found = connection.execute(link(of))
        for record_key, marketo_id in found:
            session.tally.count(plan.entry.name, Count.LINKED)
            _tell(session, plan, record_key, marketo_id, "link")
        if session.tally.has_new_records(plan.entry.name):
            count_ledger(connection)


def withdraw_rows(session: Session, plan: EntryPlan) -> None:
    """What waits to be sent of rows that are gone, or that `where` lets in no more, is not sent."""
    of = session.sources(plan)
    with session.batch() as connection:
        keys = connection.execute(gone.withdraw_pending(of)).scalars().all()
        connection.execute(gone.unsee(of, keys))
        connection.execute(gone.withdraw_rejects(of))
        connection.execute(gone.withdraw_inserts(of))
        for key in keys:
            _tell(session, plan, key, None, "withdraw")


def announce_new_rows(session: Session, plan: EntryPlan) -> None:
    """Rows that Marketo does not have wait for the target, each version of them once."""
    of = session.sources(plan)
    while True:
        with session.batch() as connection:
            some = links.new_rows(of).order_by(of.key).limit(ROWS_PER_BATCH)
            rows = connection.execute(some).all()
            if not rows:
                return
            _announce(session, of, [dict(row._mapping) for row in rows])  # noqa: SLF001 - documented


def _announce(session: Session, of: Sources, rows: list[dict[str, Any]]) -> None:
    seen = [_seen(row.pop(KEY), row.pop(DIGEST)) for row in rows]
    keys = [each["record_key"] for each in seen]
    session.connection.execute(writes.write_pairs(of, seen))
    session.connection.execute(writes.write_pending(of, [
        {"record_key": key, "row": row_of(row), "why": "a new row"}
        for key, row in zip(keys, rows, strict=True)
    ]))  # fmt: skip
    session.tally.count(of.plan.entry.name, Count.PUSHED, len(keys))
    for key in keys:
        _tell(session, of.plan, key, None, "create")


def announce_left_rows(session: Session, plan: EntryPlan) -> None:
    """Records whose row has left the table wait for the target, if that does anything with them."""
    of = session.sources(plan)
    for after, upto in stretches(listed(session, gone.GONE, gone.left(of))):
        with session.batch() as connection:
            found = connection.execute(gone.part(gone.GONE, after=after, upto=upto)).all()
            keys = [row.record_key for row in found]
            connection.execute(writes.write_pairs(of, [_seen(key, gone.GONE) for key in keys]))
            connection.execute(writes.leave_pending(of, keys))
            if plan.entry.deleted_in_database.action is not OnDelete.IGNORE:
                _announce_left(session, of, {row.record_key: row.marketo_id for row in found})


def _announce_left(session: Session, of: Sources, ids: Mapping[str, str | None]) -> None:
    softly = session.connection.execute(gone.softly_deleted(of, list(ids))).mappings()
    rows = {row[KEY]: {k: v for k, v in row.items() if k != KEY} for row in softly}
    column = of.plan.key.column.name
    at = session.now.isoformat()
    session.connection.execute(writes.write_pending(of, [
        {
            "record_key": key,
            "row": {**row_of(rows.get(key, {column: key})), LEFT_AT: at},
            "why": gone.LEFT,
        }
        for key in ids
    ]))  # fmt: skip
    session.tally.count(of.plan.entry.name, Count.DELETED, len(ids))
    for key, marketo_id in ids.items():
        _tell(session, of.plan, key, marketo_id, "delete")


def insert_leads(session: Session, plan: EntryPlan) -> None:
    """Leads that only Marketo has become rows, where the mapping says so."""
    if plan.is_company or plan.entry.new_in_marketo.action is not OnNew.INSERT:
        return
    of = session.sources(plan)
    after = 0
    while True:
        with session.batch() as connection:
            some = links.new_leads(of, after=after).limit(ROWS_PER_BATCH)
            leads = connection.execute(some).all()
            for lead in leads:
                _insert(session, of, lead)
        if len(leads) < ROWS_PER_BATCH:
            return
        after = leads[-1]._mapping[KEY]  # noqa: SLF001 - SQLAlchemy's documented name


@dataclass(frozen=True, slots=True)
class Arrival:
    """A lead on its way to a row: what Marketo shows of each field."""

    marketo_id: str
    shown: Mapping[str, Any]


def _insert(session: Session, of: Sources, lead: Row[Any]) -> None:
    shown = dict(lead._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    arrival = Arrival(str(shown.pop(KEY)), shown)
    values = _values(of.plan, arrival)
    outcome = session.rows(of).insert(values)
    if isinstance(outcome, Refused):
        row = reject(f"{gone.LEAD}{arrival.marketo_id}", outcome, values)
        session.connection.execute(writes.write_rejects(of, [row], now=session.now))
        session.tally.count(of.plan.entry.name, Count.REFUSED)
    elif isinstance(outcome, Written):
        _keep(session, of, arrival, outcome)


def _values(plan: EntryPlan, arrival: Arrival) -> dict[str, Any]:
    """The columns of the new row; what Marketo does not know is left to the table's defaults."""
    pulled = [each for each in plan.fields if each.is_pulled]
    if not plan.key.column.has_default:
        pulled.append(plan.key)
    told = ((each, each.shown(arrival.shown[each.name])) for each in pulled)
    values = {
        each.column.name: each.to_database(value) for each, value in told if value is not None
    }
    column = plan.entry.marketo_id
    return {**values, column: arrival.marketo_id} if column else values


def _keep(session: Session, of: Sources, arrival: Arrival, row: Written) -> None:
    """The record of the new row and its history; the merge that follows sends its key."""
    plan = of.plan
    met = [each for each in plan.fields if each.is_pulled]
    if plan.key.shown(arrival.shown[plan.key.name]) is not None:
        met.append(plan.key)
    base = {each.name: _base(session, each, arrival, row) for each in met}
    connection = session.connection
    connection.execute(
        writes.add_record(
            of,
            row.record_key,
            arrival.marketo_id,
            base,
            now=session.now,
        )
    )
    connection.execute(writes.write_pairs(of, [_seen(row.record_key, row.digest)]))
    put = {name: each.database for name, each in base.items()}
    if column := plan.entry.marketo_id:
        put[column] = row.row[column]
    session.trace(of, [
        Trace(row.record_key, name, None, value, INSERT)
        for name, value in put.items()
        if value is not None
    ])  # fmt: skip
    key = f"{gone.LEAD}{arrival.marketo_id}"
    connection.execute(writes.resolve_rejects(of, [key], code=REFUSED_BY_DATABASE, now=session.now))
    session.tally.count(plan.entry.name, Count.INSERTED)
    _tell(session, plan, row.record_key, arrival.marketo_id, INSERT)


def _base(session: Session, of: SyncField, arrival: Arrival, row: Written) -> FieldBase:
    database = of.cell(row.row.get(of.column.name)).database
    marketo = of.shown(arrival.shown[of.name])
    return FieldBase(database, marketo, None, session.cycle, INSERT)


def _seen(record_key: str, digest: str) -> dict[str, Any]:
    return {
        "record_key": record_key,
        "row_digest": digest,
        "landed_digest": None,
        "pushed_at": None,
        "edits": None,
        "written_at": None,
        "drifted": 0,
    }


def _tell(
    session: Session, plan: EntryPlan, record_key: str, marketo_id: str | None, action: str
) -> None:
    session.tally.tell(Line(plan.entry.name, record_key, marketo_id, action, rule=action))
