"""The ledger of one instance, held by one run: what was sent, what was refused, what waits.

Knows nothing of Marketo's API: it stores what the target and the reconciler settle.
"""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from marketo_sync.ledger import queries, run_queries, settling
from marketo_sync.ledger.database import Missing, connect, reading, transaction
from marketo_sync.ledger.errors import LedgerHostError, LedgerLockedError
from marketo_sync.ledger.imports import ImportJournal
from marketo_sync.ledger.lock import TakenError, instance_lock
from marketo_sync.ledger.records import (
    RECONCILE,
    CycleStatus,
    JsonObject,
    LedgerRecord,
    LinkedKey,
    OpenReject,
    PendingRow,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, CursorResult, Executable, Row, Select

    from marketo_sync.ledger.records import Outcome

DEFAULT_INSTANCE: Final = "default"
ROWS_PER_PAGE: Final = 1000  # of rejects and pending rows, so that memory stays flat
UNKNOWN: Final = "another run"


class Ledger:
    """Open with `Ledger.open`; one thread at a time. `cycle_id` is this run's row in `cycles`.

    `imports` are the files of bulk imports that have unsettled rows.
    """

    def __init__(self, connection: Connection, *, instance: str, cycle_id: int) -> None:
        self.cycle_id = cycle_id
        self.imports = ImportJournal(connection, instance)
        self._connection = connection
        self._instance = instance
        self._fields = _known_fields(connection, instance)
        self._finished = False

    @classmethod
    @contextmanager
    def open(
        cls, url: str, *, command: str, host: str | None, instance: str = DEFAULT_INSTANCE
    ) -> Iterator[Ledger]:
        """The ledger at that URL, upgraded and locked until the block ends.

        `host` is the endpoint's, None for a command that makes no call. A block that ends without
        `finish` counts as stopped. Raises LedgerLockedError where another run holds the instance,
        LedgerHostError where it was used with another endpoint, LedgerUrlError and
        LedgerVersionError where it cannot be opened.
        """
        with ExitStack() as held:
            connection = held.enter_context(connect(url, missing=Missing.CREATE))
            try:
                held.enter_context(instance_lock(connection, instance))
            except TakenError:
                raise LedgerLockedError(_locked(connection, instance)) from None
            with transaction(connection):
                _check_host(connection, instance, host)
                cycle_id = _begin(connection, instance, command=command, host=host)
            ledger = cls(connection, instance=instance, cycle_id=cycle_id)
            try:
                yield ledger
            finally:
                ledger._close()

    @property
    def connection(self) -> Connection:
        """The one that holds the lock: whoever writes through it holds the instance."""
        return self._connection

    def is_empty(self) -> bool:
        """Whether this instance has no record yet."""
        with reading(self._connection):
            return self._connection.scalar(queries.any_record(self._instance)) is None

    def is_two_way(self) -> bool:
        """Whether this instance was ever reconciled: then a lead that is found has a side too."""
        with reading(self._connection):
            known = run_queries.any_cycle(self._instance, RECONCILE)
            return self._connection.scalar(known) is not None

    def settled(self, object_name: str, digests: Mapping[str, str]) -> frozenset[str]:
        """Of those keys, the ones that need nothing: linked, with that digest, none waiting.

        One query; most rows of most runs end here.
        """
        if not digests:
            return frozenset()
        with reading(self._connection):
            stored = self._ask(queries.digests, object_name, digests).tuples().all()
        return frozenset(key for key, known, digest in stored if known and digest == digests[key])

    def find(self, object_name: str, keys: Collection[str]) -> Mapping[str, LedgerRecord]:
        """What is known of those keys, gone and merged records included; one query."""
        if not keys:
            return {}
        with reading(self._connection):
            return _records(self._ask(queries.find, object_name, keys).all())

    def owners(
        self, objects: Sequence[str], marketo_ids: Collection[str]
    ) -> Mapping[str, tuple[str, str]]:
        """Of those Marketo ids, the ones that are linked: to which object and record key.

        `objects` are the entries of one kind of Marketo object, whose ids share a space.
        """
        if not marketo_ids:
            return {}
        with reading(self._connection):
            rows = self._ask(queries.owners, "", marketo_ids, objects=list(objects))
            return {row.marketo_id: (row.object, row.record_key) for row in rows}

    def known_fields(self, object_name: str) -> frozenset[str]:
        """Marketo's fields that are in the base of any record: they worked before."""
        return frozenset(field for of, field in self._fields if of == object_name)

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Write what became of those rows, all or nothing; of a key, the last outcome counts."""
        if not outcomes:
            return
        lists = settling.LISTS if self.imports.is_empty else settling.LISTS_WITH_IMPORTS
        batch = settling.Batch(self._connection, self._instance, self.cycle_id, lists)
        with transaction(self._connection):
            new_fields = batch.settle(outcomes, known=self._fields)
        self._fields |= new_fields

    def withdraw(self, object_name: str, keys: Collection[str]) -> None:
        """Nothing of those rows waits any more: no reject and no pending row; the records stay."""
        if keys:
            with transaction(self._connection):
                self._ask(queries.resolve_rejects, object_name, keys, now=_now())
                self._ask(queries.leave_pending, object_name, keys)

    def open_rejects(self, object_name: str) -> Iterator[OpenReject]:
        """Open rejects in the order of their keys; others may be settled meanwhile."""
        for row in self._pages(queries.open_rejects, object_name):
            yield OpenReject(
                record_key=row.record_key,
                stream=row.stream,
                code=row.code,
                digest=row.digest,
                last_at=row.last_at,
                payload=row.payload or {},
            )

    def has_keyless_rejects(self, object_name: str) -> bool:
        """Whether rows without a key wait in the rejects."""
        with reading(self._connection):
            query = queries.any_keyless(self._instance, object_name)
            return self._connection.scalar(query) is not None

    def pending(self, object_name: str) -> Iterator[PendingRow]:
        """Rows to send that no source announces; a settled key leaves them."""
        for row in self._pages(queries.pending_rows, object_name):
            yield PendingRow(record_key=row.record_key, row=row.row, why=row.why)

    def count_linked(self, object_name: str) -> int:
        """How many records of an object are linked."""
        with reading(self._connection):
            query = queries.count_linked(self._instance, object_name)
            return self._connection.scalar(query) or 0

    def linked_keys(self, object_name: str) -> Iterator[LinkedKey]:
        """The keys of linked records, in their order."""
        for row in self._pages(queries.linked_keys, object_name):
            yield LinkedKey(row.record_key, row.missing_version)

    def mark_missing(self, object_name: str, keys: Collection[str], version: str | None) -> None:
        """Remember that a version of the table lacked those rows; None forgets it."""
        if keys:
            with transaction(self._connection):
                self._ask(queries.mark_missing, object_name, keys, version=version)

    def finish(self, status: CycleStatus, counts: JsonObject) -> None:
        """End this run's row in `cycles`."""
        finished = run_queries.finish_cycle(self.cycle_id, now=_now())
        with transaction(self._connection):
            self._connection.execute(finished.values(status=status, counts=counts))
        self._finished = True

    def _ask(
        self,
        query: Callable[[str], Executable],
        object_name: str,
        values: Iterable[str],
        **others: object,
    ) -> CursorResult[Any]:
        statement = query(self._connection.dialect.name)
        of = queries.of(self._instance, object_name, values)
        return self._connection.execute(statement, {**of, **others})

    def _pages(self, query: Callable[..., Select[Any]], object_name: str) -> Iterator[Row[Any]]:
        after = ""
        while True:
            page = query(self._instance, object_name, after=after, limit=ROWS_PER_PAGE)
            with reading(self._connection):
                rows = self._connection.execute(page).all()
            yield from rows
            if len(rows) < ROWS_PER_PAGE:
                return
            after = rows[-1].record_key

    def _close(self) -> None:
        if self._connection.invalidated:
            return
        if not self._finished:
            self.finish(CycleStatus.STOPPED, {})
        with transaction(self._connection):
            self._connection.execute(run_queries.release_holder(self._instance))


def _now() -> datetime:
    return datetime.now(UTC)


def _known_fields(connection: Connection, instance: str) -> set[tuple[str, str]]:
    with reading(connection):
        rows = connection.execute(queries.fields(instance))
        return {(row.object, row.field) for row in rows}


def _records(rows: Sequence[Row[Any]]) -> dict[str, LedgerRecord]:
    """Records laid over by their rejects (rows with `last_at`), held fields and pending rows."""
    rejects = [row for row in rows if row.last_at]
    holds = [row for row in rows if row.held]
    waiting = [row.record_key for row in rows if row.why_pending is not None]
    found = {
        row.record_key: LedgerRecord(
            record_key=row.record_key,
            marketo_id=row.marketo_id,
            status=Status(row.status),
            pushed_at=row.pushed_at,
            digest=row.digest,
            base_json=row.base_json,
        )
        for row in rows
        if row.status
    }
    for row in rejects:
        record = found.get(row.record_key) or LedgerRecord(row.record_key)
        found[row.record_key] = replace(
            record, reject_code=row.code, reject_digest=row.digest, reject_last_at=row.last_at
        )
    for row in holds:
        record = found.get(row.record_key) or LedgerRecord(row.record_key)
        found[row.record_key] = replace(record, held=record.held | {row.held})
    for key in waiting:
        found[key] = replace(found.get(key) or LedgerRecord(key), is_pending=True)
    return found


def _locked(connection: Connection, instance: str) -> str:
    with reading(connection):
        row = connection.execute(run_queries.holder(instance)).first()
    who = UNKNOWN
    if row and row.pid:
        who = f"{row.command} (process {row.pid} on {row.machine}, since {row.since:%F %T} UTC)"
    return f"the ledger of instance {instance} is held by {who}: wait for it, or end it"


def _check_host(connection: Connection, instance: str, host: str | None) -> None:
    row = connection.execute(run_queries.holder(instance)).first()
    if row and host and row.host not in (None, host):
        raise LedgerHostError(
            f"instance {instance} of this ledger belongs to the endpoint {row.host}, not to {host}:"
            " name another `instance` in the mapping, or use another ledger"
        )


def _begin(connection: Connection, instance: str, *, command: str, host: str | None) -> int:
    now = _now()
    holder = {
        "instance": instance,
        "host": host,
        "command": command,
        "pid": os.getpid(),
        "machine": socket.gethostname(),
        "since": now,
    }
    connection.execute(run_queries.write_holder(connection), holder)
    connection.execute(run_queries.bury_cycles(instance))
    cycle = run_queries.start_cycle(instance, command, now=now)
    cycle_id: int = connection.execute(cycle).scalar_one()
    return cycle_id
