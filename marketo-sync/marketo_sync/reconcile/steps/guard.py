"""A run that would change far more than usual stops before it writes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_sync.reconcile.errors import LargeChangeError
from marketo_sync.reconcile.queries import bounds
from marketo_sync.reconcile.steps.meetings import list_moved, moved_list
from marketo_sync.reconcile.tally import GUARDED

if TYPE_CHECKING:
    from marketo_sync.reconcile.session import Session
    from marketo_sync.reconcile.sides.fields import EntryPlan
    from marketo_sync.reconcile.tally import Tally

ALWAYS_ALLOWED: Final = 100  # records of an object in one run


def may_be_large(session: Session, *, percent: float) -> bool:
    """Whether so many records have moved that only a rehearsal tells how many would change."""
    return any(
        _most(session, plan) > _allowed(session, plan, percent=percent) for plan in session.plans
    )


def check(session: Session, rehearsed: Tally, *, percent: float) -> None:
    """Raises LargeChangeError where the rehearsal has changed more of an object than is allowed."""
    for plan in session.plans:
        name = plan.entry.name
        allowed = _allowed(session, plan, percent=percent)
        counts = {what: rehearsed.counts[name][what] for what in GUARDED}
        if sum(counts.values()) > allowed:
            told = ", ".join(f"{number} {what}" for what, number in counts.items() if number)
            linked = _linked(session, plan)
            raise LargeChangeError(
                f"{name}: {told} of {linked} linked records would be more than {allowed:.0f}"
                f" (`max_changed_percent: {percent:g}`); nothing was written. Look at what"
                " `marketo-sync plan` shows; `marketo-sync reconcile --allow-large` does it once"
            )


def _allowed(session: Session, plan: EntryPlan, *, percent: float) -> float:
    return max(ALWAYS_ALLOWED, _linked(session, plan) * percent / 100)


def _most(session: Session, plan: EntryPlan) -> int:
    """How many records of an entry may change at most; keeps the list of pairs for the run."""
    moved = list_moved(session, plan)
    session.listed[moved_list(plan)] = moved
    with session.batch() as connection:
        others: int = connection.scalar(bounds.others(session.sources(plan))) or 0
    return moved + others


def _linked(session: Session, plan: EntryPlan) -> int:
    """How many records of an entry have both sides."""
    of = session.sources(plan)
    with session.batch() as connection:
        number: int = connection.scalar(bounds.linked(of)) or 0
    return number
