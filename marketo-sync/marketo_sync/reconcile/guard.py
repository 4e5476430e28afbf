"""A run that would change far more than usual stops before it writes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from marketo_sync.ledger.database import reading
from marketo_sync.ledger.records import Status
from marketo_sync.ledger.tables import records
from marketo_sync.reconcile.errors import LargeChangeError
from marketo_sync.reconcile.tally import GUARDED

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from marketo_sync.reconcile.session import Session
    from marketo_sync.reconcile.tally import Tally

ALWAYS_ALLOWED: Final = 100  # records of an object in one run


def check(session: Session, rehearsed: Tally, *, percent: float) -> None:
    """Raises LargeChangeError where the rehearsal has changed more of an object than is allowed."""
    for plan in session.plans:
        name = plan.entry.name
        with reading(session.connection):
            linked = linked_records(session.connection, session.instance, name)
        allowed = max(ALWAYS_ALLOWED, linked * percent / 100)
        counts = {what: rehearsed.counts[name][what] for what in GUARDED}
        if sum(counts.values()) > allowed:
            told = ", ".join(f"{number} {what}" for what, number in counts.items() if number)
            raise LargeChangeError(
                f"{name}: {told} of {linked} linked records would be more than {allowed:.0f}"
                f" (`max_changed_percent: {percent:g}`); nothing was written. Look at what"
                " `marketo-sync plan` shows; `marketo-sync reconcile --allow-large` does it once"
            )


def linked_records(connection: Connection, instance: str, object_name: str) -> int:
    """How many records of an object have both sides."""
    number = select(func.count()).where(
        records.c.instance == instance,
        records.c.object == object_name,
        records.c.status == str(Status.LINKED),
    )
    return connection.scalar(number) or 0
