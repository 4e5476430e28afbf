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
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, CursorResult, Executable

    from marketo_sync.ledger.queries import RowOf
    from marketo_sync.ledger.records import Base, Outcome, Scalar

    Query = Callable[[str], Executable]  # of a dialect
    KnownFields = set[tuple[str, str]]  # (object, field)

MARKETO_SIDE: Final = "marketo"  # the side that a push writes
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
        seen: KnownFields = set()
        for object_name, group in by_object.items():
            OfObject(self, object_name).settle(group)
            names = set().union(*(outcome.base for outcome in group if outcome.base))
            seen.update((object_name, name) for name in names)
        new = seen - known
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
        """A statement or two for each time of a push: mostly, all were answered by one call."""
        by_time: dict[tuple[Query, datetime | None], list[RowOf]] = defaultdict(list)
        for outcome in outcomes:
            base = stored.get(outcome.record_key)
            query: Query = queries.add_records if base is None else queries.write_records
            by_time[query, _pushed_at(outcome)].append(_record(outcome, base))
        for (query, pushed_at), rows in by_time.items():
            self._insert(query, document(rows), pushed_at=pushed_at)

    def _write_rejects(self, rows: Sequence[RowOf]) -> None:
        if rows:
            now = self.batch.now
            same = {"attempts": 1, "first_at": now, "last_at": now}
            self._insert(queries.write_rejects, document(rows), **same)

    def _leave_lists(self, outcomes: Sequence[Outcome]) -> None:
        accepted = [o.record_key for o in outcomes if o.result not in REJECTING and not o.code]
        if accepted:
            self._run(queries.resolve_rejects, accepted, now=self.batch.now)
        for leave in self.batch.lists:
            self._run(leave, [outcome.record_key for outcome in outcomes])

    def _write_changes(self, outcomes: Iterable[Outcome], stored: Mapping[str, JsonObject]) -> None:
        history = History()
        for outcome in outcomes:
            key, base = outcome.record_key, outcome.base or {}
            if outcome.result in WRITING:
                history.add(key, base, stored.get(key) or {})
            elif outcome.result is Result.DELETED:
                history.delete(key, base)
        same = {"side": MARKETO_SIDE, "cycle": self.batch.cycle_id, "at": self.batch.now}
        for rule, values in history.first_values.items():
            self._insert(queries.write_first_values, _text(values), rule=rule, **same)
        if history.changes:
            self._insert(queries.write_changes, document(history.changes), **same)

    def _run(self, query: Query, keys: Iterable[str], **others: object) -> CursorResult[Any]:
        connection = self.batch.connection
        of = queries.of(self.batch.instance, self.name, keys)
        return connection.execute(query(connection.dialect.name), {**of, **others})

    def _insert(self, query: Query, rows: str, **same: object) -> None:
        connection = self.batch.connection
        alike = shared(instance=self.batch.instance, object=self.name, **same)
        connection.execute(query(connection.dialect.name), {DOCUMENT: rows, **alike})


@dataclass(slots=True)
class History:
    """What pushes changed in Marketo, as rows of `changes`.

    `first_values` are those of fields that had none: by rule, record and field. A first load is
    all of that kind, and so they are kept apart: their rows cost the least. `changes` are the
    others, in the order of CHANGE_COLUMNS.
    """

    first_values: dict[str | None, dict[str, dict[str, str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict))
    )
    changes: list[RowOf] = field(default_factory=list)

    def add(self, key: str, base: Base, stored: JsonObject) -> None:
        """What one record's push changed; `stored` is its base before."""
        for name, field_base in base.items():
            new, before = field_base.marketo, stored.get(name)
            if before is None:
                if new is not None:
                    self.first_values[field_base.rule][key][name] = _text(new)
            elif before["marketo"] != new:
                rule = _deciding(field_base.rule, before.get("rule"))
                self.changes.append((key, name, _json(before["marketo"]), _json(new), rule))

    def delete(self, key: str, base: Base) -> None:
        """A record is no more: its fields here name it."""
        for name, field_base in base.items():
            self.changes.append((key, name, _json(key), None, field_base.rule))


def _touches_record(outcome: Outcome) -> bool:
    return outcome.result not in REJECTING or outcome.status is not None


def _record(outcome: Outcome, stored: JsonObject | None) -> RowOf:
    """In the order of RECORD_COLUMNS."""
    base = outcome.base or {}
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


def _deciding(rule: str | None, stored: str | None) -> str | None:
    """The reconciler's reason behind the rule, as `push: newest`, where it decided on the push."""
    if stored and stored.startswith(DECIDED):
        return f"{rule}: {stored.removeprefix(DECIDED)}"
    return rule


def _json(value: Scalar | JsonObject | Base) -> str | None:
    return None if value is None else _text(value)


def _text(value: object) -> str:
    return orjson.dumps(value, default=str).decode()
