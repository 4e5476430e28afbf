"""What the steps of a run share: the connection, the moment, the tally, and how batches commit."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from marketo_sync.ledger.database import transaction
from marketo_sync.reconcile.pairs.history import append
from marketo_sync.reconcile.pairs.reading import Reader
from marketo_sync.reconcile.pairs.settling import Settling
from marketo_sync.reconcile.pairs.users_rows import RehearsedRows, TableRows
from marketo_sync.reconcile.queries.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from marketo_sync.reconcile.pairs.history import Trace
    from marketo_sync.reconcile.pairs.users_rows import UsersRows
    from marketo_sync.reconcile.sides.fields import EntryPlan
    from marketo_sync.reconcile.sides.landing import Landed
    from marketo_sync.reconcile.tally import Tally

ROWS_PER_BATCH: Final = 1000
READABLE: Final = (  # so that a digest, and a time without zone, mean the same in every session
    "set local timezone to 'UTC'",
    "set local datestyle to 'ISO, YMD'",
    "set local intervalstyle to 'postgres'",
    "set local extra_float_digits to 1",
    "set local bytea_output to 'hex'",
    "set constraints all immediate",  # what is refused is refused at the row, not at the commit
)


@dataclass(frozen=True)
class Session:
    """One run; a rehearsal does everything but touch the user's tables, and is rolled back."""

    connection: Connection
    instance: str
    plans: tuple[EntryPlan, ...]
    landed: Landed
    cycle: int
    now: datetime
    tally: Tally
    is_rehearsal: bool = False
    listed: dict[str, int] = field(default_factory=dict)
    """Lists that were made before the steps, by name: how long they are."""
    pause: Callable[[], None] = field(default=lambda: None)
    """Called between batches; raises where the run is to end."""

    @contextmanager
    def batch(self) -> Iterator[Connection]:
        """All or nothing; a rehearsal is inside a transaction already."""
        self.pause()
        if self.is_rehearsal:
            yield self.connection
            return
        with transaction(self.connection):
            make_readable(self.connection)
            yield self.connection

    def sources(self, plan: EntryPlan) -> Sources:
        """Both sides of an entry."""
        return Sources(self.instance, plan, self.landed, self._lead_entries)

    def reader(self, of: Sources) -> Reader:
        """Reads pairs of an entry."""
        return Reader(self.connection, of)

    def rows(self, of: Sources) -> UsersRows:
        """The user's table of an entry."""
        return RehearsedRows() if self.is_rehearsal else TableRows(self.connection, of)

    def settling(self, of: Sources) -> Settling:
        """Carries out what was decided on an entry's pairs."""
        return Settling(
            connection=self.connection,
            of=of,
            rows=self.rows(of),
            tally=self.tally,
            cycle=self.cycle,
            now=self.now,
            changed_at=self.reader(of).changed_at,
        )

    def trace(self, of: Sources, traces: Sequence[Trace]) -> None:
        """Append these to the history of an entry."""
        append(self.connection, of, traces, cycle=self.cycle, at=self.now)

    @property
    def _lead_entries(self) -> tuple[str, ...]:
        return tuple(plan.entry.name for plan in self.plans if not plan.is_company)


def make_readable(connection: Connection) -> None:
    """The settings that reading and writing rely on, for this transaction."""
    connection.exec_driver_sql("; ".join(READABLE))


def stretches(total: int) -> Iterator[tuple[int, int]]:
    """The list in stretches of a batch: behind the first number, up to the second."""
    for after in range(0, total, ROWS_PER_BATCH):
        yield after, min(after + ROWS_PER_BATCH, total)
