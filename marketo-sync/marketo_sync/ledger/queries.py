"""Every statement that the ledger runs, one function each. Knows the tables, not when to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Text,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    null,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from marketo_sync.ledger.documents import insert_rows, listed
from marketo_sync.ledger.records import REFUSED_BY_DATABASE, CycleStatus, Status
from marketo_sync.ledger.tables import (
    Instant,
    changes,
    conflicts,
    cycles,
    instances,
    known_fields,
    pending,
    records,
    rejects,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import (
        ColumnElement,
        CompoundSelect,
        Connection,
        Delete,
        Insert,
        Select,
        Table,
        Update,
    )

    Upsert = postgresql.Insert | sqlite.Insert
    RowOf = Sequence[object]  # cells in the order of the columns below; see `insert_rows`

INSERTS: Final[Mapping[str, Callable[[Table], Upsert]]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}
RECORD_COLUMNS: Final = ("record_key", "marketo_id", "base", "status", "digest")
REJECT_COLUMNS: Final = (
    *("record_key", "stream", "code", "reason", "request_id", "payload", "digest"),
)
CHANGE_COLUMNS: Final = ("record_key", "field", "old", "new", "rule")
KEY: Final = ("instance", "object", "record_key")


def _of(table: Table, instance: str, object_name: str) -> ColumnElement[bool]:
    return (table.c.instance == instance) & (table.c.object == object_name)


def _upsert(connection: Connection, table: Table) -> Upsert:
    return INSERTS[connection.dialect.name](table)


def digests(
    connection: Connection, instance: str, object_name: str, keys: Collection[str]
) -> Select[Any]:
    """Keys, ids and digests of those that are linked and have no open reject."""
    is_refused = exists().where(
        _of_target(instance, object_name), rejects.c.record_key == records.c.record_key
    )
    return select(records.c.record_key, records.c.marketo_id, records.c.digest).where(
        _of(records, instance, object_name),
        records.c.record_key.in_(listed(connection, keys)),
        records.c.status == Status.LINKED,
        ~is_refused,
    )


def find(
    connection: Connection, instance: str, object_name: str, keys: Collection[str]
) -> CompoundSelect[Any]:
    """Records, open rejects and held fields of those keys, in one statement."""
    wanted = listed(connection, keys)
    of_record = select(
        records.c.record_key,
        records.c.marketo_id,
        records.c.status,
        records.c.pushed_at,
        records.c.digest,
        cast(records.c.base, Text).label("base_json"),
        type_coerce(null(), Instant).label("last_at"),
        null().label("held"),
    ).where(_of(records, instance, object_name), records.c.record_key.in_(wanted))
    of_reject = select(
        rejects.c.record_key,
        null(),
        null(),
        null(),
        rejects.c.digest,
        null(),
        rejects.c.last_at,
        null(),
    ).where(_of_target(instance, object_name), rejects.c.record_key.in_(wanted))
    of_conflict = select(
        conflicts.c.record_key,
        *(null() for _ in range(6)),
        conflicts.c.field,
    ).where(
        _of(conflicts, instance, object_name),
        conflicts.c.record_key.in_(wanted),
        conflicts.c.applied_at.is_(None),
    )
    return of_record.union_all(of_reject, of_conflict)


def _of_target(instance: str, object_name: str) -> ColumnElement[bool]:
    """Open rejects of rows on their way to Marketo, not of values that the database refused."""
    return (
        _of(rejects, instance, object_name)
        & rejects.c.resolved_at.is_(None)
        & (rejects.c.code != REFUSED_BY_DATABASE)
    )


def any_record(instance: str) -> Select[Any]:
    """One row where the instance has a record."""
    return select(literal(1)).where(records.c.instance == instance).limit(1)


def owners(
    connection: Connection, instance: str, objects: Sequence[str], marketo_ids: Collection[str]
) -> Select[Any]:
    """The linked rows that have those Marketo ids."""
    return select(records.c.marketo_id, records.c.object, records.c.record_key).where(
        records.c.instance == instance,
        records.c.object.in_(objects),
        records.c.marketo_id.in_(listed(connection, marketo_ids)),
        records.c.status == Status.LINKED,
    )


def bases(
    connection: Connection, instance: str, object_name: str, keys: Collection[str]
) -> Select[Any]:
    """The stored bases of those keys."""
    return select(records.c.record_key, records.c.base).where(
        _of(records, instance, object_name), records.c.record_key.in_(listed(connection, keys))
    )


def write_records(connection: Connection, rows: Sequence[RowOf], **same: object) -> Insert:
    """Insert or replace records; an id or a time that is not given stays."""
    insert = insert_rows(connection, _upsert(connection, records), RECORD_COLUMNS, rows, **same)
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=KEY,
        set_={
            "base": new.base,
            "status": new.status,
            "digest": func.coalesce(new.digest, records.c.digest),
            "marketo_id": func.coalesce(new.marketo_id, records.c.marketo_id),
            "pushed_at": func.coalesce(new.pushed_at, records.c.pushed_at),
        },
    )


def write_rejects(
    connection: Connection, rows: Sequence[RowOf], *, now: datetime, **same: object
) -> Insert:
    """Open rejects, or count one more attempt of those that are open."""
    first = {"attempts": 1, "first_at": now, "last_at": now, **same}
    insert = insert_rows(connection, _upsert(connection, rejects), REJECT_COLUMNS, rows, **first)
    new, is_open = insert.excluded, rejects.c.resolved_at.is_(None)
    latest = ("stream", "code", "reason", "request_id", "payload", "digest", "last_at")
    return insert.on_conflict_do_update(
        index_elements=KEY,
        set_={
            **{name: new[name] for name in latest},
            "attempts": case((is_open, rejects.c.attempts + 1), else_=1),
            "first_at": case((is_open, rejects.c.first_at), else_=new.first_at),
            "resolved_at": null(),
        },
    )


def resolve_rejects(
    connection: Connection, instance: str, object_name: str, keys: Collection[str], *, now: datetime
) -> Update:
    """Close the open rejects of those keys."""
    return (
        update(rejects)
        .where(
            _of_target(instance, object_name), rejects.c.record_key.in_(listed(connection, keys))
        )
        .values(resolved_at=now)
    )


def leave_pending(
    connection: Connection, instance: str, object_name: str, keys: Collection[str]
) -> Delete:
    """Those keys are settled."""
    return delete(pending).where(
        _of(pending, instance, object_name), pending.c.record_key.in_(listed(connection, keys))
    )


def write_changes(connection: Connection, rows: Sequence[RowOf], **same: object) -> Insert:
    """Append to the history."""
    return insert_rows(connection, _upsert(connection, changes), CHANGE_COLUMNS, rows, **same)


def fields(instance: str) -> Select[Any]:
    """The known fields of all objects."""
    return select(known_fields.c.object, known_fields.c.field).where(
        known_fields.c.instance == instance
    )


def write_fields(connection: Connection) -> Insert:
    """Remember fields; those that are known stay."""
    return _upsert(connection, known_fields).on_conflict_do_nothing()


def open_rejects(instance: str, object_name: str, *, after: str, limit: int) -> Select[Any]:
    """The next open rejects in the order of their keys."""
    return (
        select(rejects)
        .where(_of_target(instance, object_name), rejects.c.record_key > after)
        .order_by(rejects.c.record_key)
        .limit(limit)
    )


def pending_rows(instance: str, object_name: str, *, after: str, limit: int) -> Select[Any]:
    """The next pending rows in the order of their keys."""
    return (
        select(pending)
        .where(_of(pending, instance, object_name), pending.c.record_key > after)
        .order_by(pending.c.record_key)
        .limit(limit)
    )


def holder(instance: str) -> Select[Any]:
    """The endpoint's host and the run that holds the instance."""
    return select(instances).where(instances.c.instance == instance)


def write_holder(connection: Connection) -> Insert:
    """This run holds the instance; a host that is known stays."""
    insert = _upsert(connection, instances)
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
