"""How a batch of outcomes becomes rows: a few statements, whatever its size.

Runs inside a transaction that the ledger opens.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from marketo_sync.ledger import import_queries, queries
from marketo_sync.ledger.documents import DOCUMENT, document, shared
from marketo_sync.ledger.records import (
    DECIDED,
    REJECTING,
    WRITING,
    JsonObject,
    Result,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, CursorResult, Executable

    from marketo_sync.ledger.queries import RowOf
    from marketo_sync.ledger.records import Outcome, Scalar

    Query = Callable[[str], Executable]  # of a dialect
    KnownFields = set[tuple[str, str]]  # (object, field)

MARKETO_SIDE: Final = "marketo"  # the side that a push writes
TRACED: Final = WRITING | {Result.DELETED}
NO_CODE: Final = "local.unknown"
LISTS: Final[Sequence[Query]] = (queries.leave_pending,)  # those that every settled row leaves
LISTS_WITH_IMPORTS: Final[Sequence[Query]] = (*LISTS, import_queries.leave)


@dataclass(slots=True)
class Batch:
    """The rows that a batch of outcomes will write."""

    connection: Connection
    instance: str
    cycle_id: int
    lists: Sequence[Query] = LISTS
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def settle(self, outcomes: Sequence[Outcome], *, known: KnownFields) -> KnownFields:
        """Write all of it; gives the fields that were in no base before."""
        latest = {(outcome.object, outcome.record_key): outcome for outcome in outcomes}
        by_object: dict[str, list[Outcome]] = defaultdict(list)
        for outcome in latest.values():
            by_object[outcome.object].append(outcome)
        for object_name, group in by_object.items():
            OfObject(self, object_name).settle(group)
        new = {(o.object, name) for o in latest.values() for name in o.base or ()} - known
        if new:
            rows = [{"instance": self.instance, "object": of, "field": name} for of, name in new]
            self.connection.execute(queries.write_fields(self.connection), rows)
        return new


@dataclass(slots=True)
class OfObject:
    """The part of a batch that is of one object."""

    batch: Batch
    name: str

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Records, rejects, what leaves `rejects` and `pending`, and the history."""
        records = [outcome for outcome in outcomes if _touches_record(outcome)]
        stored = self._stored_bases([outcome.record_key for outcome in records])
        self._write_records(records, stored)
        self._write_rejects([_reject(o) for o in outcomes if o.result in REJECTING or o.code])
        self._leave_lists(outcomes)
        self._write_changes(records, stored)

    def _stored_bases(self, keys: Sequence[str]) -> dict[str, JsonObject]:
        if not keys:
            return {}
        return dict(self._run(queries.bases, keys).tuples().all())

    def _write_records(self, outcomes: Iterable[Outcome], stored: Mapping[str, JsonObject]) -> None:
        """One statement for each time of a push: mostly, all were answered by one call."""
        by_time: dict[datetime | None, list[RowOf]] = defaultdict(list)
        for outcome in outcomes:
            row = _record(outcome, stored.get(outcome.record_key))
            by_time[_pushed_at(outcome)].append(row)
        for pushed_at, rows in by_time.items():
            self._insert(queries.write_records, rows, pushed_at=pushed_at)

    def _write_rejects(self, rows: Sequence[RowOf]) -> None:
        if rows:
            now = self.batch.now
            self._insert(queries.write_rejects, rows, attempts=1, first_at=now, last_at=now)

    def _leave_lists(self, outcomes: Sequence[Outcome]) -> None:
        accepted = [o.record_key for o in outcomes if o.result not in REJECTING and not o.code]
        if accepted:
            self._run(queries.resolve_rejects, accepted, now=self.batch.now)
        for leave in self.batch.lists:
            self._run(leave, [outcome.record_key for outcome in outcomes])

    def _write_changes(self, outcomes: Iterable[Outcome], stored: Mapping[str, JsonObject]) -> None:
        rows = [
            row for outcome in outcomes for row in _changes(outcome, stored.get(outcome.record_key))
        ]
        if rows:
            side, cycle, now = MARKETO_SIDE, self.batch.cycle_id, self.batch.now
            self._insert(queries.write_changes, rows, side=side, cycle=cycle, at=now)

    def _run(self, query: Query, keys: Iterable[str], **others: object) -> CursorResult[Any]:
        connection = self.batch.connection
        of = queries.of(self.batch.instance, self.name, keys)
        return connection.execute(query(connection.dialect.name), {**of, **others})

    def _insert(self, query: Query, rows: Sequence[RowOf], **same: object) -> None:
        connection = self.batch.connection
        alike = shared(instance=self.batch.instance, object=self.name, **same)
        connection.execute(query(connection.dialect.name), {DOCUMENT: document(rows), **alike})


def _touches_record(outcome: Outcome) -> bool:
    return outcome.result not in REJECTING or outcome.status is not None


def _record(outcome: Outcome, stored: JsonObject | None) -> RowOf:
    """In the order of RECORD_COLUMNS."""
    base = {name: field.as_json() for name, field in (outcome.base or {}).items()}
    status = outcome.status or _status_after(outcome.result)
    is_deleted = status is Status.DELETED  # what it showed counts no more, if it comes again
    return (
        outcome.record_key,
        outcome.marketo_id,
        _json({} if is_deleted else {**stored, **base} if stored else base),
        status,
        None if outcome.result in REJECTING else outcome.digest,
    )


def _status_after(result: Result) -> Status:
    return Status.DELETED if result is Result.DELETED else Status.LINKED


def _pushed_at(outcome: Outcome) -> datetime | None:
    pushes = {field.pushed_at for field in (outcome.base or {}).values() if field.pushed_at}
    return max(pushes, default=None)


def _reject(outcome: Outcome) -> RowOf:
    """In the order of REJECT_COLUMNS."""
    return (
        outcome.record_key,
        outcome.stream,
        outcome.code or NO_CODE,
        outcome.reason,
        outcome.request_id,
        _json(outcome.payload),
        outcome.digest,
    )


def _changes(outcome: Outcome, stored: JsonObject | None) -> Iterator[RowOf]:
    """A row per field that this push changed in Marketo, in the order of CHANGE_COLUMNS."""
    if outcome.result not in TRACED:
        return
    key = outcome.record_key
    for name, base in (outcome.base or {}).items():
        new = base.marketo
        before = stored.get(name) if stored else None
        if outcome.result is Result.DELETED:
            yield key, name, _json(key), None, base.rule
        elif before is None:
            if new is not None:
                yield key, name, None, _json(new), base.rule
        elif before["marketo"] != new:
            rule = _deciding(base.rule, before.get("rule"))
            yield key, name, _json(before["marketo"]), _json(new), rule


def _deciding(rule: str | None, stored: str | None) -> str | None:
    """The reconciler's reason behind the rule, as `push: newest`, where it decided on the push."""
    if stored and stored.startswith(DECIDED):
        return f"{rule}: {stored.removeprefix(DECIDED)}"
    return rule


def _json(value: Scalar | JsonObject) -> str | None:
    return None if value is None else orjson.dumps(value, default=str).decode()
