"""The statements on who holds an instance, and on its runs; as `queries.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal, select, update

from marketo_sync.ledger.queries import INSERTS
from marketo_sync.ledger.records import CycleStatus
from marketo_sync.ledger.tables import cycles, instances

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Insert, Select, Update


def holder(instance: str) -> Select[Any]:
    """The endpoint's host and the run that holds the instance."""
    return select(instances).where(instances.c.instance == instance)


def write_holder(connection: Connection) -> Insert:
    """This run holds the instance; a host that is known stays."""
    insert = INSERTS[connection.dialect.name](instances)
    taken = {name: insert.excluded[name] for name in ("command", "pid", "machine", "since")}
    host = func.coalesce(instances.c.host, insert.excluded.host)
    return insert.on_conflict_do_update(index_elements=["instance"], set_={**taken, "host": host})


def release_holder(instance: str) -> Update:
    """Nobody holds the instance; its host stays."""
    free = {"command": None, "pid": None, "machine": None, "since": None}
    return update(instances).where(instances.c.instance == instance).values(free)


def any_cycle(instance: str, command: str) -> Select[Any]:
    """One row where that command has ever run to its end."""
    return (
        select(literal(1))
        .where(
            cycles.c.instance == instance,
            cycles.c.command == command,
            cycles.c.status == CycleStatus.DONE,
        )
        .limit(1)
    )


def start_cycle(instance: str, command: str, *, now: datetime) -> Insert:
    """A run begins; gives its id."""
    insert = cycles.insert().values(
        instance=instance, command=command, started_at=now, status=CycleStatus.RUNNING
    )
    return insert.returning(cycles.c.id)


def bury_cycles(instance: str) -> Update:
    """Runs that say they are running, while we hold the lock, were killed."""
    return (
        update(cycles)
        .where(cycles.c.instance == instance, cycles.c.status == CycleStatus.RUNNING)
        .values(status=CycleStatus.KILLED)
    )


def finish_cycle(cycle_id: int, *, now: datetime) -> Update:
    """A run ends, with a status and counts to be given."""
    return update(cycles).where(cycles.c.id == cycle_id).values(finished_at=now)
