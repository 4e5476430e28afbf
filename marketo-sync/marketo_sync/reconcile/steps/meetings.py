"""The pairs whose digest moved: listed in the database, merged here, carried out batch by batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from marketo_sync.reconcile.pairs.meeting import Meeting
from marketo_sync.reconcile.pairs.pair import judge, pulls
from marketo_sync.reconcile.queries import pairs as queries
from marketo_sync.reconcile.session import ROWS_PER_BATCH, stretches
from marketo_sync.reconcile.sides.tables import put_on, work
from marketo_sync.reconcile.statistics import count_ledger, count_lists

if TYPE_CHECKING:
    from marketo_client.codecs import Json
    from sqlalchemy import Select

    from marketo_sync.reconcile.pairs.pair import Judged, Pair
    from marketo_sync.reconcile.queries.sources import Sources
    from marketo_sync.reconcile.session import Session
    from marketo_sync.reconcile.sides.fields import EntryPlan


ALONE: Final = "alone"  # the list of one record


def meet(session: Session, plan: EntryPlan) -> None:
    """Merge every pair of the entry that has moved since it was looked at last."""
    of = session.sources(plan)
    reader, settling = session.reader(of), session.settling(of)
    name = moved_list(plan)
    number = session.listed.pop(name, None)
    if number is None or session.tally.has_new_records(plan.entry.name):
        number = list_moved(session, plan)
    for after, upto in stretches(number):
        with session.batch() as connection:
            if after == ROWS_PER_BATCH:  # the first ones are remembered now
                count_ledger(connection)
            pairs = reader.pairs(name, after=after, upto=upto)
            settling.settle([_meeting(plan, pair) for pair in pairs])


def moved_list(plan: EntryPlan) -> str:
    """The name of the list of an entry's pairs that have moved."""
    return f"moved {plan.entry.name}"


def list_moved(session: Session, plan: EntryPlan) -> int:
    """Make that list; gives its length."""
    return listed(session, moved_list(plan), queries.moved(session.sources(plan)))


def listed(session: Session, name: str, found: Select[Any]) -> int:
    """Put what the query finds on that list, in place of what is there; gives its length."""
    with session.batch() as connection:
        connection.execute(work.delete().where(work.c.list == name))
        connection.execute(put_on(name, found))
        count_lists(connection)
        length = select(func.count()).where(work.c.list == name)
        number: int = connection.scalar(length) or 0
    return number


def pair_of(session: Session, of: Sources, record_key: str) -> Pair | None:
    """One record, its row and its lead; None where the row is gone. Runs inside a batch."""
    connection = session.connection
    connection.execute(work.delete().where(work.c.list == ALONE))
    connection.execute(work.insert().values(list=ALONE, ordinal=1, record_key=record_key))
    return next(iter(session.reader(of).pairs(ALONE, after=0, upto=1)), None)


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
