"""What a batch writes: to the user's table and to the ledger, rows as one JSON parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import (
    JSON,
    Text,
    case,
    cast,
    column,
    delete,
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from marketo_sync.ledger.records import Status
from marketo_sync.ledger.tables import (
    Instant,
    changes,
    conflicts,
    known_fields,
    pairs,
    pending,
    records,
    rejects,
)
from marketo_sync.reconcile.merge.policies import Side
from marketo_sync.reconcile.sides.tables import Declared

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Delete, Insert, Select, TableValuedAlias, Update
    from sqlalchemy.sql.dml import ReturningDelete

    from marketo_sync.reconcile.queries.sources import Sources

    JsonRow = Mapping[str, Any]

KEY: Final = "(key)"  # beside the user's columns, which have any name
DIGEST: Final = "(digest)"
OF_RECORD: Final = ["instance", "object", "record_key"]


def _given(rows: Sequence[JsonRow], **types: str) -> TableValuedAlias:
    """The rows of a JSON document as a table with those columns."""
    columns = [column(name, Declared(kind)) for name, kind in types.items()]
    document = cast(literal(orjson.dumps(rows, default=str).decode()), JSON)
    return func.json_to_recordset(document).table_valued(*columns).render_derived(with_types=True)


def _cells(given: TableValuedAlias, **types: str) -> list[ColumnElement[Any]]:
    """The columns of a document's rows; a JSON null is an SQL one."""
    return [
        cast(func.nullif(cast(given.c[name], Text), "null"), JSON)
        if kind == "json"
        else given.c[name]
        for name, kind in types.items()
    ]


def update_rows(of: Sources, names: Sequence[str], rows: Sequence[JsonRow]) -> Update:
    """Give those columns to rows that still have the digest that was read; gives them back.

    Each row brings `(key)`, `(digest)` and the columns' values.
    """
    users, plan = of.rows, of.plan
    known = plan.relation.columns
    key = plan.key.column
    types = {name: known[name].type for name in names}
    given = _given(rows, **{KEY: key.type, DIGEST: "text", **types})
    return (
        update(users)
        .values({name: given.c[name] for name in names})
        .where(users.c[key.name] == given.c[KEY], of.row_digest == given.c[DIGEST])
        .returning(*_returned(of))
    )


def _returned(of: Sources) -> list[Any]:
    columns = [of.rows.c[name] for name in of.plan.columns]
    return [of.key.label(KEY), of.row_digest.label(DIGEST), *columns]


def insert_rows(of: Sources, names: Sequence[str], rows: Sequence[JsonRow]) -> Insert:
    """New rows with those columns; gives them back."""
    known = of.plan.relation.columns
    given = _given(rows, **{name: known[name].type for name in names})
    values = select(*(given.c[name] for name in names))
    return of.rows.insert().from_select(list(names), values).returning(*_returned(of))


def delete_rows(of: Sources, rows: Sequence[JsonRow]) -> ReturningDelete[Any]:
    """Delete rows that still have the digest that was read; gives their keys."""
    key = of.plan.key.column
    given = _given(rows, **{KEY: key.type, DIGEST: "text"})
    users = of.rows
    return (
        delete(users)
        .where(users.c[key.name] == given.c[KEY], of.row_digest == given.c[DIGEST])
        .returning(of.key.label(KEY))
    )


def digests(of: Sources, keys: Collection[str]) -> Select[Any]:
    """What those rows look like now."""
    key = of.plan.key.column
    given = _given([{KEY: each} for each in keys], **{KEY: key.type})
    return (
        select(of.key.label(KEY), of.row_digest.label(DIGEST))
        .select_from(of.rows)
        .join(given, of.rows.c[key.name] == given.c[KEY])
    )


def add_record(
    of: Sources, record_key: str, marketo_id: str, base: Mapping[str, Any], *, now: datetime
) -> Insert:
    """The record of a row that was made of a lead; one that had the key before gives way."""
    values = {
        "marketo_id": marketo_id,
        "base": base,
        "status": str(Status.LINKED),
        "pulled_at": now,
    }
    added = insert(records).values(
        instance=of.instance, object=of.plan.entry.name, record_key=record_key, **values
    )
    given = {name: added.excluded[name] for name in values}
    return added.on_conflict_do_update(index_elements=OF_RECORD, set_=given)


def write_records(of: Sources, rows: Sequence[JsonRow]) -> Update:
    """New bases of records, and when they were pulled, if they were."""
    given = _given(rows, record_key="text", base="json", pulled_at="timestamptz")
    return (
        update(records)
        .values(
            base=given.c.base,
            pulled_at=func.coalesce(given.c.pulled_at, records.c.pulled_at),
        )
        .where(of.of(records), records.c.record_key == given.c.record_key)
    )


def write_pairs(of: Sources, rows: Sequence[JsonRow]) -> Insert:
    """What was seen of pairs."""
    types = {
        "record_key": "text",
        "row_digest": "text",
        "landed_digest": "text",
        "pushed_at": "timestamptz",
        "edits": "json",
        "written_at": "timestamptz",
        "drifted": "integer",
    }
    given = _given(rows, **types)
    same = [literal(of.instance), literal(of.plan.entry.name)]
    added = insert(pairs).from_select(
        ["instance", "object", *types], select(*same, *_cells(given, **types))
    )
    seen = {name: added.excluded[name] for name in types if name != "record_key"}
    return added.on_conflict_do_update(index_elements=OF_RECORD, set_=seen)


def write_changes(of: Sources, rows: Sequence[JsonRow], *, cycle: int, at: datetime) -> Insert:
    """Append to the history what was written to the user's table."""
    types = {"record_key": "text", "field": "text", "old": "json", "new": "json", "rule": "text"}
    given = _given(rows, **types)
    same: dict[str, ColumnElement[Any]] = {
        "instance": literal(of.instance),
        "object": literal(of.plan.entry.name),
        "side": literal(str(Side.DATABASE)),
        "cycle": literal(cycle),
        "at": literal(at, Instant),
    }
    columns = [*same.values(), *_cells(given, **types)]
    return insert(changes).from_select([*same, *types], select(*columns))


def write_pending(of: Sources, rows: Sequence[JsonRow]) -> Insert:
    """Rows for the target, in place of those that waited before."""
    given = _given(rows, record_key="text", row="json", why="text")
    same = [literal(of.instance), literal(of.plan.entry.name)]
    added = insert(pending).from_select(
        [*OF_RECORD, "row", "why"], select(*same, given.c.record_key, given.c.row, given.c.why)
    )
    return added.on_conflict_do_update(
        index_elements=OF_RECORD, set_={"row": added.excluded.row, "why": added.excluded.why}
    )


def leave_pending(of: Sources, keys: Collection[str]) -> Delete:
    """Those records wait for nothing any more."""
    return delete(pending).where(of.of(pending), pending.c.record_key.in_(keys))


def write_conflicts(of: Sources, rows: Sequence[JsonRow]) -> Insert:
    """Conflicts, open or decided."""
    types = {
        "record_key": "text",
        "marketo_id": "text",
        "field": "text",
        "base_value": "json",
        "marketo_value": "json",
        "database_value": "json",
        "marketo_at": "timestamptz",
        "database_at": "timestamptz",
        "policy": "text",
        "winner": "text",
        "decided_at": "timestamptz",
        "applied_at": "timestamptz",
    }
    given = _given(rows, **types)
    same = [literal(of.instance), literal(of.plan.entry.name)]
    return insert(conflicts).from_select(
        ["instance", "object", *types], select(*same, *_cells(given, **types))
    )


def renew_conflicts(rows: Sequence[JsonRow]) -> Update:
    """What became of conflicts that were there: new values, a winner, or opened anew.

    One that was resolved since it was read stays so.
    """
    types = {
        "marketo_value": "json",
        "database_value": "json",
        "winner": "text",
        "decided_at": "timestamptz",
        "applied_at": "timestamptz",
    }
    given = _given(rows, id="bigint", winner_before="text", **types)
    return (
        update(conflicts)
        .values(dict(zip(types, _cells(given, **types), strict=True)))
        .where(
            conflicts.c.id == given.c.id,
            conflicts.c.winner.is_not_distinct_from(given.c.winner_before),
        )
    )


def write_rejects(of: Sources, rows: Sequence[JsonRow], *, now: datetime) -> Insert:
    """Values that the database refuses; a row that Marketo refuses keeps its reject."""
    given = _given(rows, record_key="text", code="text", reason="text", payload="json")
    same: dict[str, ColumnElement[Any]] = {
        "instance": literal(of.instance),
        "object": literal(of.plan.entry.name),
        "stream": literal(of.plan.entry.stream),
        "attempts": literal(1),
        "first_at": literal(now, Instant),
        "last_at": literal(now, Instant),
    }
    names = ("record_key", "code", "reason", "payload")
    columns = [*same.values(), *(given.c[name] for name in names)]
    added = insert(rejects).from_select([*same, *names], select(*columns))
    new, is_open = added.excluded, rejects.c.resolved_at.is_(None)
    return added.on_conflict_do_update(
        index_elements=OF_RECORD,
        set_={
            **{name: new[name] for name in ("stream", "code", "reason", "payload", "last_at")},
            "attempts": case((is_open, rejects.c.attempts + 1), else_=1),
            "first_at": case((is_open, rejects.c.first_at), else_=new.first_at),
            "request_id": null(),
            "digest": null(),
            "resolved_at": null(),
        },
        where=or_(rejects.c.resolved_at.is_not(None), rejects.c.code == new.code),
    )


def resolve_rejects(of: Sources, keys: Collection[str], *, code: str, now: datetime) -> Update:
    """The database has taken what it refused before."""
    return (
        update(rejects)
        .where(
            of.of(rejects),
            rejects.c.record_key.in_(keys),
            rejects.c.code == code,
            rejects.c.resolved_at.is_(None),
        )
        .values(resolved_at=now)
    )


def remember_fields(of: Sources) -> Insert:
    """The entry's fields work: one that goes missing later is drift."""
    rows = [
        {"instance": of.instance, "object": of.plan.entry.name, "field": each.name}
        for each in of.plan.fields
    ]
    return insert(known_fields).values(rows).on_conflict_do_nothing()
