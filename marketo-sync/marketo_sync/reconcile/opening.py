"""What the commands `plan` and `reconcile` do, from a database's address to counts."""

from __future__ import annotations

import logging
import signal
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import make_url, select
from sqlalchemy.exc import ArgumentError

from marketo_sync.ledger import DEFAULT_INSTANCE, CycleStatus, Ledger
from marketo_sync.ledger.database import Missing, connect, reading
from marketo_sync.ledger.records import RECONCILE
from marketo_sync.ledger.tables import known_fields
from marketo_sync.reconcile import cycle
from marketo_sync.reconcile.errors import ReconcileError
from marketo_sync.reconcile.preflight import plans as preflight
from marketo_sync.reconcile.session import Session, make_readable
from marketo_sync.reconcile.sides import landing
from marketo_sync.reconcile.sides.moments import keep_as_text
from marketo_sync.reconcile.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

    from sqlalchemy import Connection

    from marketo_sync.mapping import Mapping as MappingFile

POSTGRES: Final = "postgresql"
NO_CYCLE: Final = 0

log = logging.getLogger("marketo-sync")


@dataclass(frozen=True, slots=True)
class Place:
    """Where both sides are: the database with the user's tables, and what is to be compared."""

    database_url: str = field(repr=False)
    mapping: MappingFile
    marketo_schema: str

    @property
    def instance(self) -> str:
        """The mapping's instance."""
        return self.mapping.instance or DEFAULT_INSTANCE


class StoppedError(ReconcileError):
    """A signal ended the run between two batches; what was written is whole."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by signal {number}; the next run goes on")
        self.number = number


def plan(place: Place) -> Tally:
    """What `reconcile` would do, line by line. Takes no lock and writes nothing."""
    _check_backend(place)
    with connect(place.database_url, missing=Missing.IMAGINE) as connection:
        session = _session(connection, place, cycle_id=NO_CYCLE)
        return cycle.rehearse(session, keeps_lines=True)


def reconcile(place: Place, *, allow_large: bool) -> Tally:
    """One cycle. Raises LargeChangeError, NotTwoWayError, StoppedError and ledger errors."""
    _check_backend(place)
    with (
        Ledger.open(
            place.database_url, command=RECONCILE, host=None, instance=place.instance
        ) as ledger,
        _stoppable() as stop,
    ):
        session = _session(ledger.connection, place, cycle_id=ledger.cycle_id, stop=stop)
        status = CycleStatus.STOPPED
        try:
            if allow_large:
                cycle.run(session)
            else:
                cycle.guarded(session, percent=place.mapping.max_changed_percent)
            status = CycleStatus.DONE
        finally:
            if not ledger.connection.invalidated:
                ledger.finish(status, _counts(session))
    return session.tally


def _check_backend(place: Place) -> None:
    try:
        backend = make_url(place.database_url).get_backend_name()
    except ArgumentError:
        backend = ""
    if backend != POSTGRES:
        raise ReconcileError(
            "two-way needs the Postgres that holds your tables, what tap-marketo has landed, and"
            " the ledger: name it by --database-url, as postgresql://user:password@host/database"
        )


def _session(
    connection: Connection, place: Place, *, cycle_id: int, stop: Stop | None = None
) -> Session:
    keep_as_text(connection)
    with reading(connection):
        make_readable(connection)
        landed = landing.landed(connection, place.marketo_schema)
        worked = _worked_before(connection, place.instance)
        plans = preflight.plans(connection, place.mapping, landed, worked)
    for line in preflight.warnings_of(plans):
        log.warning("left out: %s", line)
    return Session(
        connection=connection,
        instance=place.instance,
        plans=tuple(plans),
        landed=landed,
        cycle=cycle_id,
        now=datetime.now(UTC),
        tally=Tally(),
        pause=stop.pause if stop else lambda: None,
    )


def _worked_before(connection: Connection, instance: str) -> Mapping[str, set[str]]:
    """Fields that were in a base before, by entry."""
    found: dict[str, set[str]] = {}
    rows = connection.execute(select(known_fields).where(known_fields.c.instance == instance))
    for row in rows:
        found.setdefault(row.object, set()).add(row.field)
    return found


def _counts(session: Session) -> dict[str, Any]:
    counts = session.tally.as_json(each.entry.name for each in session.plans)
    left_out = preflight.warnings_of(session.plans)
    return {**counts, "left_out": left_out} if left_out else counts


class Stop:
    """Remembers a signal until the batch in hand is done."""

    def __init__(self) -> None:
        self.number = 0

    def notice(self, number: int, _frame: FrameType | None) -> None:
        """A signal has come."""
        self.number = number

    def pause(self) -> None:
        """Between two batches. Raises StoppedError."""
        if self.number:
            raise StoppedError(self.number)


@contextmanager
def _stoppable() -> Iterator[Stop]:
    """SIGTERM and SIGINT end the run between batches."""
    stop = Stop()
    before = {
        number: signal.signal(number, stop.notice) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
