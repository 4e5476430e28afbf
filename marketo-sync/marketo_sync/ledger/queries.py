"""Every statement that the ledger runs, one function each. Knows the tables, not when to ask.

Those on a batch of rows are made once for each dialect: they name their parameters, `of` gives
those that say whose rows they are, and DOCUMENT holds the rows or keys.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Text,
    bindparam,
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

from marketo_sync.ledger.documents import DOCUMENT, document, insert_rows, insert_texts, listed
from marketo_sync.ledger.records import KEYLESS, REFUSED_BY_DATABASE, Status
from marketo_sync.ledger.tables import (
    Instant,
    changes,
    conflicts,
    known_fields,
    pending,
    records,
    rejects,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import (
        BindParameter,
        ColumnElement,
        CompoundSelect,
        Connection,
        Delete,
        Insert,
        Select,
        Table,
        Update,
    )

    Given = str | BindParameter[str]
    Upsert = postgresql.Insert | sqlite.Insert
    RowOf = Sequence[object]  # cells in the order of the columns below; see `insert_rows`

INSERTS: Final[Mapping[str, Callable[[Table], Upsert]]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}
RECORD_COLUMNS: Final = ("record_key", "marketo_id", "base", "status", "digest")
SAME_OF_RECORDS: Final = ("instance", "object", "pushed_at")
REJECT_COLUMNS: Final = (
    *("record_key", "stream", "code", "reason", "request_id", "payload", "digest"),
)
FOUND: Final = (  # what `find` tells of a key
    *("marketo_id", "status", "pushed_at", "digest", "base_json"),
    *("last_at", "code", "held", "why_pending"),
)
CHANGE_COLUMNS: Final = ("record_key", "field", "old", "new", "rule")
FIRST_VALUE_COLUMNS: Final = ("record_key", "field", "new")
KEY: Final = ("instance", "object", "record_key")
INSTANCE: Final = bindparam("of_instance", type_=Text)
OBJECT: Final = bindparam("of_object", type_=Text)


def _of(table: Table, instance: Given, object_name: Given) -> ColumnElement[bool]:
    return (table.c.instance == instance) & (table.c.object == object_name)


def of(instance: str, object_name: str, values: Iterable[object]) -> dict[str, object]:
    """Parameters of a statement on a batch: whose rows, and the rows or keys themselves."""
    return {INSTANCE.key: instance, OBJECT.key: object_name, DOCUMENT: document(values)}


@cache
def digests(dialect: str) -> Select[Any]:
    """Keys, ids and digests of those that are linked, with no open reject and nothing pending."""
    is_refused = exists().where(
        _of_target(INSTANCE, OBJECT), rejects.c.record_key == records.c.record_key
    )
    is_pending = exists().where(
        _of(pending, INSTANCE, OBJECT), pending.c.record_key == records.c.record_key
    )
    return select(records.c.record_key, records.c.marketo_id, records.c.digest).where(
        _of(records, INSTANCE, OBJECT),
        records.c.record_key.in_(listed(dialect)),
        records.c.status == Status.LINKED,
        ~is_refused,
        ~is_pending,
    )


@cache
def find(dialect: str) -> CompoundSelect[Any]:
    """Records, open rejects, held fields and pending rows of those keys, in one statement."""
    wanted = listed(dialect)
    of_record = _found(
        records,
        marketo_id=records.c.marketo_id,
        status=records.c.status,
        pushed_at=records.c.pushed_at,
        digest=records.c.digest,
        base_json=cast(records.c.base, Text),
        last_at=type_coerce(null(), Instant),
    ).where(_of(records, INSTANCE, OBJECT), records.c.record_key.in_(wanted))
    of_reject = _found(
        rejects, digest=rejects.c.digest, last_at=rejects.c.last_at, code=rejects.c.code
    ).where(_of_target(INSTANCE, OBJECT), rejects.c.record_key.in_(wanted))
    of_conflict = _found(conflicts, held=conflicts.c.field).where(
        _of(conflicts, INSTANCE, OBJECT),
        conflicts.c.record_key.in_(wanted),
        conflicts.c.applied_at.is_(None),
    )
    of_pending = _found(pending, why_pending=pending.c.why).where(
        _of(pending, INSTANCE, OBJECT), pending.c.record_key.in_(wanted)
    )
    return of_record.union_all(of_reject, of_conflict, of_pending)


def _found(table: Table, **told: ColumnElement[Any]) -> Select[Any]:
    """Keys of a table and what it tells of them, null in every other column of `FOUND`."""
    columns = (told.get(name, null()).label(name) for name in FOUND)
    return select(table.c.record_key, *columns)


def _of_target(instance: Given, object_name: Given) -> ColumnElement[bool]:
    """Open rejects of rows on their way to Marketo, not of values that the database refused."""
    return (
        _of(rejects, instance, object_name)
        & rejects.c.resolved_at.is_(None)
        & (rejects.c.code != REFUSED_BY_DATABASE)
    )


def any_record(instance: str) -> Select[Any]:
    """One row where the instance has a record."""
    return select(literal(1)).where(records.c.instance == instance).limit(1)


@cache
def owners(dialect: str) -> Select[Any]:
    """The linked rows that have those Marketo ids; the parameter `objects` are the entries."""
    return select(records.c.marketo_id, records.c.object, records.c.record_key).where(
        records.c.instance == INSTANCE,
        records.c.object.in_(bindparam("objects", expanding=True)),
        records.c.marketo_id.in_(listed(dialect)),
        records.c.status == Status.LINKED,
    )


@cache
def bases(dialect: str) -> Select[Any]:
    """The stored bases of those keys."""
    return select(records.c.record_key, records.c.base).where(
        _of(records, INSTANCE, OBJECT), records.c.record_key.in_(listed(dialect))
    )


@cache
def add_records(dialect: str) -> Insert:
    """Insert records whose keys are new. SQLAlchemy compiles an upsert each time, and this once."""
    return insert_rows(dialect, records.insert(), RECORD_COLUMNS, same=SAME_OF_RECORDS)


@cache
def write_records(dialect: str) -> Insert:
    """Insert or replace records; an id or a time that is not given stays."""
    upsert = INSERTS[dialect](records)
    insert = insert_rows(dialect, upsert, RECORD_COLUMNS, same=SAME_OF_RECORDS)
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=KEY,
        set_={
            "base": new.base,
            "status": new.status,
            "digest": func.coalesce(new.digest, records.c.digest),
            "marketo_id": func.coalesce(new.marketo_id, records.c.marketo_id),
            "pushed_at": func.coalesce(new.pushed_at, records.c.pushed_at),
            "missing_version": null(),
        },
    )


@cache
def write_rejects(dialect: str) -> Insert:
    """Open rejects, or count one more attempt of those that are open."""
    same = ("instance", "object", "attempts", "first_at", "last_at")
    insert = insert_rows(dialect, INSERTS[dialect](rejects), REJECT_COLUMNS, same=same)
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


@cache
def resolve_rejects(dialect: str) -> Update:
    """Close the open rejects of those keys; the parameter `now` is when."""
    return (
        update(rejects)
        .where(_of_target(INSTANCE, OBJECT), rejects.c.record_key.in_(listed(dialect)))
        .values(resolved_at=bindparam("now"))
    )


@cache
def leave_pending(dialect: str) -> Delete:
    """Those keys are settled."""
    return delete(pending).where(
        _of(pending, INSTANCE, OBJECT), pending.c.record_key.in_(listed(dialect))
    )


@cache
def write_changes(dialect: str) -> Insert:
    """Append to the history."""
    same = ("instance", "object", "side", "cycle", "at")
    return insert_rows(dialect, changes.insert(), CHANGE_COLUMNS, same=same)


@cache
def write_first_values(dialect: str) -> Insert:
    """Append to the history what had no value before: by record and field, the JSON of `new`."""
    same = ("instance", "object", "side", "rule", "cycle", "at")
    return insert_texts(dialect, changes.insert(), FIRST_VALUE_COLUMNS, same=same)


def count_linked(instance: str, object_name: str) -> Select[Any]:
    """How many records are linked."""
    return (
        select(func.count())
        .select_from(records)
        .where(_of(records, instance, object_name), records.c.status == Status.LINKED)
    )


def linked_keys(instance: str, object_name: str, *, after: str, limit: int) -> Select[Any]:
    """The next keys of linked records, in their order, with the version that lacked each."""
    return (
        select(records.c.record_key, records.c.missing_version)
        .where(
            _of(records, instance, object_name),
            records.c.status == Status.LINKED,
            records.c.record_key > after,
        )
        .order_by(records.c.record_key)
        .limit(limit)
    )


@cache
def mark_missing(dialect: str) -> Update:
    """A version of the table lacked those rows (the parameter `version`), or none did (null)."""
    return (
        update(records)
        .where(_of(records, INSTANCE, OBJECT), records.c.record_key.in_(listed(dialect)))
        .values(missing_version=bindparam("version", type_=Text))
    )


def fields(instance: str) -> Select[Any]:
    """The known fields of all objects."""
    return select(known_fields.c.object, known_fields.c.field).where(
        known_fields.c.instance == instance
    )


def write_fields(connection: Connection) -> Insert:
    """Remember fields; those that are known stay."""
    return INSERTS[connection.dialect.name](known_fields).on_conflict_do_nothing()


def open_rejects(instance: str, object_name: str, *, after: str, limit: int) -> Select[Any]:
    """The next open rejects in the order of their keys."""
    return (
        select(rejects)
        .where(_of_target(instance, object_name), rejects.c.record_key > after)
        .order_by(rejects.c.record_key)
        .limit(limit)
    )


def any_keyless(instance: str, object_name: str) -> Select[Any]:
    """One row where an open reject is of a row without a key."""
    is_keyless = rejects.c.record_key.startswith(KEYLESS, autoescape=True)
    return select(literal(1)).where(_of_target(instance, object_name), is_keyless).limit(1)


def pending_rows(instance: str, object_name: str, *, after: str, limit: int) -> Select[Any]:
    """The next pending rows in the order of their keys."""
    return (
        select(pending)
        .where(_of(pending, instance, object_name), pending.c.record_key > after)
        .order_by(pending.c.record_key)
        .limit(limit)
    )
