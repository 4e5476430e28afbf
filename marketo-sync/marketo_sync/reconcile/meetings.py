"""The pairs whose digest moved: listed in the database, merged here, carried out batch by batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from marketo_sync.reconcile.pair import judge, pulls
from marketo_sync.reconcile.queries import pairs as queries
from marketo_sync.reconcile.session import stretches
from marketo_sync.reconcile.settling import Meeting
from marketo_sync.reconcile.tables import lists, work

if TYPE_CHECKING:
    from marketo_client.codecs import Json
    from sqlalchemy import Insert

    from marketo_sync.reconcile.fields import EntryPlan
    from marketo_sync.reconcile.pair import Judged, Pair
    from marketo_sync.reconcile.queries.sources import Sources
    from marketo_sync.reconcile.session import Session


def meet(session: Session, plan: EntryPlan) -> None:
    """Merge every pair of the entry that has moved since it was looked at last."""
    of = session.sources(plan)
    reader, settling = session.reader(of), session.settling(of)
    for after, upto in stretches(listed(session, queries.list_moved(of))):
        with session.batch():
            settling.settle([
                _meeting(plan, pair) for pair in reader.pairs(after=after, upto=upto)
            ])  # fmt: skip


def listed(session: Session, found: Insert) -> int:
    """Put what the statement finds on the list, in place of what is there; gives its length."""
    with session.batch() as connection:
        lists.create_all(connection)
        connection.execute(work.delete())
        connection.execute(found)
        number: int = connection.scalar(select(func.count()).select_from(work)) or 0
    return number


def pair_of(session: Session, of: Sources, record_key: str) -> Pair | None:
    """One record, its row and its lead; None where the row is gone. Runs inside a batch."""
    session.connection.execute(work.delete())
    session.connection.execute(work.insert().values(ordinal=1, record_key=record_key))
    return next(iter(session.reader(of).pairs(after=0, upto=1)), None)


def _meeting(plan: EntryPlan, pair: Pair) -> Meeting:
    judged = judge(plan, pair)
    return Meeting(pair, judged, _values(plan, pair, judged))


def _values(plan: EntryPlan, pair: Pair, judged: list[Judged]) -> dict[str, Any]:
    """The columns that are to be written, Marketo's id among them."""
    values: dict[str, Json] = pulls(judged)
    column = plan.entry.marketo_id
    if column and pair.marketo_id and str(pair.row[column] or "") != pair.marketo_id:
        values[column] = pair.marketo_id
    return values
