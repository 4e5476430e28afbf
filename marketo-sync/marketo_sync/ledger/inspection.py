"""What a person asks a ledger: its state, its rejects, its conflicts, where a value is from.

Takes no lock: reading does not disturb a run, and asking for a retry, or naming a winner, is one
statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, Table, and_, func, select, true, update

from marketo_sync.ledger.database import reading, transaction
from marketo_sync.ledger.tables import (
    changes,
    conflicts,
    cycles,
    instances,
    pairs,
    pending,
    records,
    rejects,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows a command is about; None means all."""

    instance: str | None = None
    object: str | None = None
    record_key: str | None = None
    code: str | None = None
    field: str | None = None

    def of(self, table: Table) -> ColumnElement[bool]:
        """The rows of that table that are meant."""
        wanted = {name: getattr(self, name) for name in self.__slots__ if name in table.c}
        given = [table.c[name] == value for name, value in wanted.items() if value is not None]
        return and_(true(), *given)


@dataclass(frozen=True, slots=True)
class State:
    """What `status` shows: rows that are named like their tables' columns."""

    instances: list[Row]
    last_cycles: list[Row]
    objects: list[Row]
    open_rejects: list[Row]


def state(connection: Connection, choice: Choice) -> State:
    """Who holds each instance, its last runs, and the counts of each object."""
    with reading(connection):
        return State(
            instances=_rows(connection, select(instances).where(choice.of(instances))),
            last_cycles=_rows(connection, _last_cycles(choice)),
            objects=sorted(_counts(connection, choice), key=_place),
            open_rejects=_rows(connection, _reject_counts(choice)),
        )


def open_rejects(connection: Connection, choice: Choice) -> list[Row]:
    """Every open reject that is meant, whole, in the order of instance, object and key."""
    rows = select(rejects).where(choice.of(rejects), rejects.c.resolved_at.is_(None))
    with reading(connection):
        return _rows(connection, rows.order_by(*rejects.primary_key))


def retry_rejects(connection: Connection, choice: Choice) -> int:
    """Have the next run send those open rejects whatever their age; gives their number."""
    emptied = (
        update(rejects)
        .where(choice.of(rejects), rejects.c.resolved_at.is_(None))
        .values(digest=None)
    )
    with transaction(connection):
        return connection.execute(emptied).rowcount


def history(connection: Connection, choice: Choice) -> list[Row]:
    """Every value that was written to the record that is meant, oldest first."""
    rows = select(changes).where(choice.of(changes)).order_by(changes.c.id)
    with reading(connection):
        return [{k: v for k, v in row.items() if k != "id"} for row in _rows(connection, rows)]


def found_conflicts(connection: Connection, choice: Choice, *, decided: bool) -> list[Row]:
    """The conflicts that are meant, open ones only unless `decided`."""
    wanted = true() if decided else conflicts.c.winner.is_(None)
    rows = select(conflicts).where(choice.of(conflicts), wanted).order_by(conflicts.c.id)
    with reading(connection):
        return _rows(connection, rows)


def resolve_conflicts(connection: Connection, choice: Choice, winner: str) -> int:
    """Name the winner of the open conflicts that are meant; gives their number."""
    named = (
        update(conflicts)
        .where(choice.of(conflicts), conflicts.c.winner.is_(None))
        .values(winner=winner, decided_at=datetime.now(UTC))
    )
    with transaction(connection):
        return connection.execute(named).rowcount


def _rows(connection: Connection, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _last_cycles(choice: Choice) -> Select[Any]:
    """The newest run of each command."""
    newest = select(func.max(cycles.c.id)).group_by(cycles.c.instance, cycles.c.command)
    return select(cycles).where(choice.of(cycles), cycles.c.id.in_(newest)).order_by(cycles.c.id)


def _reject_counts(choice: Choice) -> Select[Any]:
    number = func.count().label("rows")
    of = (rejects.c.instance, rejects.c.object, rejects.c.code)
    is_open = rejects.c.resolved_at.is_(None)
    return (
        select(*of, func.max(rejects.c.reason).label("reason"), number)
        .where(choice.of(rejects), is_open)
        .group_by(*of)
        .order_by(number.desc(), *of)
    )


def _counts(connection: Connection, choice: Choice) -> Iterator[Row]:
    """A row per object: its records by status, and what is open."""
    by_place: dict[tuple[str, str], Row] = {}
    for word, table, condition in (
        ("rejects", rejects, rejects.c.resolved_at.is_(None)),
        ("pending", pending, true()),
        ("conflicts", conflicts, conflicts.c.winner.is_(None)),
    ):
        for row in _rows(connection, _count(table, choice, condition)):
            by_place.setdefault(_place(row), {})[word] = row["rows"]
    for row in _rows(connection, _drifted(choice)):
        by_place.setdefault(_place(row), {})["drifted"] = row["fields"]
    for row in _rows(connection, _count(records, choice, true(), records.c.status)):
        by_place.setdefault(_place(row), {})[row["status"]] = row["rows"]
    for (instance, object_name), counts in by_place.items():
        yield {"instance": instance, "object": object_name, **counts}


def _count(
    table: Table, choice: Choice, condition: ColumnElement[bool], *more: ColumnElement[Any]
) -> Select[Any]:
    of = (table.c.instance, table.c.object, *more)
    return select(*of, func.count().label("rows")).where(choice.of(table), condition).group_by(*of)


def _drifted(choice: Choice) -> Select[Any]:
    """One-way fields that were edited on the wrong side."""
    of = (pairs.c.instance, pairs.c.object)
    fields = func.sum(pairs.c.drifted).label("fields")
    return select(*of, fields).where(choice.of(pairs), pairs.c.drifted > 0).group_by(*of)


def _place(row: Row) -> tuple[str, str]:
    return row["instance"], row["object"]
