"""One cycle: every step over every entry, in an order in which none needs what a later one does.

Merges come before deletes, renamed keys before rows that left, companies before leads.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from marketo_sync.ledger.database import transaction
from marketo_sync.reconcile.queries import writes
from marketo_sync.reconcile.session import make_readable
from marketo_sync.reconcile.sides.tables import lists
from marketo_sync.reconcile.statistics import count_ledger
from marketo_sync.reconcile.steps import guard
from marketo_sync.reconcile.steps.arrivals import (
    announce_left_rows,
    announce_new_rows,
    insert_leads,
    link_rows,
    rename_records,
    withdraw_rows,
)
from marketo_sync.reconcile.steps.departures import delete_records, merge_records
from marketo_sync.reconcile.steps.lost_updates import tell_lost_updates
from marketo_sync.reconcile.steps.meetings import meet
from marketo_sync.reconcile.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_sync.reconcile.session import Session
    from marketo_sync.reconcile.sides.fields import EntryPlan

    Step = Callable[[Session, EntryPlan], None]

OF_LEADS: Final[tuple[Step, ...]] = (rename_records, merge_records, delete_records)
OF_ALL: Final[tuple[Step, ...]] = (
    link_rows,
    insert_leads,
    meet,
    withdraw_rows,
    announce_new_rows,
    announce_left_rows,
)


def run(session: Session) -> None:
    """Bring both sides together, a transaction per batch."""
    _prepare(session)
    _take_steps(session)


def _take_steps(session: Session) -> None:
    tell_lost_updates(session)
    leads = [plan for plan in session.plans if not plan.is_company]
    for step in OF_LEADS:
        for plan in leads:
            step(session, plan)
    for plan in session.plans:
        for step in OF_ALL:
            step(session, plan)


def rehearse(session: Session, *, keeps_lines: bool) -> Tally:
    """What a run would do: it does everything but touch the user's tables, and is rolled back."""
    tally = Tally(keeps_lines)
    rehearsal = replace(session, tally=tally, is_rehearsal=True, listed={})
    with transaction(session.connection):
        savepoint = session.connection.begin_nested()
        make_readable(session.connection)
        run(rehearsal)
        savepoint.rollback()
    return tally


def guarded(session: Session, *, percent: float) -> None:
    """A run, behind a rehearsal where much has moved. Raises LargeChangeError with nothing done."""
    _prepare(session)
    if guard.may_be_large(session, percent=percent):
        guard.check(session, rehearse(session, keeps_lines=False), percent=percent)
    _take_steps(session)


def _prepare(session: Session) -> None:
    with session.batch() as connection:
        lists.create_all(connection)
        count_ledger(connection)
        for plan in session.plans:
            connection.execute(writes.remember_fields(session.sources(plan)))
