"""How a batch of outcomes becomes rows: a few statements, whatever its size.

Runs inside a transaction that the ledger opens.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from marketo_sync.ledger import queries
from marketo_sync.ledger.records import REJECTING, WRITING, JsonObject, Result, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Executable

    from marketo_sync.ledger.queries import ChangeRow
    from marketo_sync.ledger.records import Outcome, Scalar

    KnownFields = set[tuple[str, str]]  # (object, field)
    Row = dict[str, Any]

MARKETO_SIDE = "marketo"  # the side that a push writes
NO_CODE = "local.unknown"
NOTHING: Final[JsonObject] = {"marketo": None}  # the base of a field that was never sent


@dataclass(slots=True)
class Batch:
    """The rows that a batch of outcomes will write."""

    connection: Connection
    instance: str
    cycle_id: int
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def settle(self, outcomes: Sequence[Outcome], *, known: KnownFields) -> KnownFields:
        """Write all of it; gives the fields that were in no base before."""
        latest = {(outcome.object, outcome.record_key): outcome for outcome in outcomes}
        by_object: dict[str, list[Outcome]] = defaultdict(list)
        for outcome in latest.values():
            by_object[outcome.object].append(outcome)
        for object_name, group in by_object.items():
            self._settle_object(object_name, group)
        new = {(o.object, name) for o in latest.values() for name in o.base or ()} - known
        self._write(queries.write_fields(self.connection), [
            {"instance": self.instance, "object": of, "field": name} for of, name in sorted(new)
        ])  # fmt: skip
        return new

    def _settle_object(self, object_name: str, outcomes: Sequence[Outcome]) -> None:
        records = [outcome for outcome in outcomes if _touches_record(outcome)]
        refused = [outcome for outcome in outcomes if outcome.result in REJECTING]
        accepted = [o.record_key for o in outcomes if o.result not in REJECTING]
        stored = self._stored_bases(object_name, [outcome.record_key for outcome in records])
        self._write(
            queries.write_records(self.connection),
            [self._record(outcome, stored.get(outcome.record_key, {})) for outcome in records],
        )
        self._write(queries.write_rejects(self.connection), map(self._reject, refused))
        if accepted:
            self.connection.execute(
                queries.resolve_rejects(self.instance, object_name, accepted, now=self.now)
            )
        keys = [outcome.record_key for outcome in outcomes]
        self.connection.execute(queries.leave_pending(self.instance, object_name, keys))
        self._write_changes(object_name, [
            change
            for outcome in records
            for change in _changes(outcome, stored.get(outcome.record_key, {}))
        ])  # fmt: skip

    def _write_changes(self, object_name: str, rows: Sequence[ChangeRow]) -> None:
        if not rows:
            return
        statement = queries.write_changes(
            self.connection,
            rows,
            instance=self.instance,
            object=object_name,
            side=MARKETO_SIDE,
            cycle=self.cycle_id,
            at=self.now,
        )
        self.connection.execute(statement)

    def _write(self, statement: Executable, rows: Iterable[Row]) -> None:
        if many := list(rows):
            self.connection.execute(statement, many)

    def _stored_bases(self, object_name: str, keys: Sequence[str]) -> dict[str, JsonObject]:
        if not keys:
            return {}
        found = self.connection.execute(queries.bases(self.instance, object_name, keys))
        return {row.record_key: row.base for row in found}

    def _record(self, outcome: Outcome, stored: JsonObject) -> Row:
        base = outcome.base or {}
        pushes = [f.pushed_at for f in base.values() if f.pushed_at]
        return {
            **self._key(outcome),
            "marketo_id": outcome.marketo_id,
            "base": {**stored, **base},
            "status": outcome.status or _status_after(outcome.result),
            "pushed_at": max(pushes, default=None),
            "digest": None if outcome.result in REJECTING else outcome.digest,
        }

    def _reject(self, outcome: Outcome) -> Row:
        return {
            **self._key(outcome),
            "stream": outcome.stream,
            "code": outcome.code or NO_CODE,
            "reason": outcome.reason,
            "request_id": outcome.request_id,
            "payload": outcome.payload,
            "digest": outcome.digest,
            "attempts": 1,
            "first_at": self.now,
            "last_at": self.now,
        }

    def _key(self, outcome: Outcome) -> Row:
        return {
            "instance": self.instance,
            "object": outcome.object,
            "record_key": outcome.record_key,
        }


def _touches_record(outcome: Outcome) -> bool:
    return outcome.result not in REJECTING or outcome.status is not None


def _status_after(result: Result) -> Status:
    return Status.DELETED if result is Result.DELETED else Status.LINKED


def _changes(outcome: Outcome, stored: JsonObject) -> Iterable[ChangeRow]:
    """A row per field that this push changed in Marketo."""
    if outcome.result not in WRITING:
        return
    for name, base in (outcome.base or {}).items():
        before = stored.get(name, NOTHING)
        old = before["marketo"]
        if old != base.marketo:
            rule = _deciding(base.rule, before.get("rule"))
            yield outcome.record_key, name, _json(old), _json(base.marketo), rule


def _deciding(rule: str | None, stored: str | None) -> str | None:
    """The reconciler's rule, such as `push: newest`, where it decided for what is pushed now."""
    return stored if stored and stored.startswith(f"{rule}: ") else rule


def _json(value: Scalar) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
