"""What the ledger is told of a row: one function per way that a row can end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marketo_sync import FieldBase, Outcome, Result, Status

from target_marketo.rows.settled import Settled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from marketo_client import RowResult, SyncReply
    from marketo_sync import Cell, Entry

    from target_marketo.flow.judgement import Refuse
    from target_marketo.rows.row import Row, Send

Base = dict[str, FieldBase]  # by Marketo field

PUSH: Final = "push"  # the rule that the base names
DELETE: Final = "delete"  # the rule by which a record is no more
DELETED: Final = "deleted"  # in place of the digest of a row: no living row has it


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Makes the outcomes of one entry's rows in one run."""

    entry: Entry
    cycle: int | None

    def unchanged(self, row: Row, marketo_id: str) -> Settled:
        """The record needs no write: its row's digest has moved, or its reject goes.

        Where the row's company has taken fields of it, that is an update.
        """
        result = Result.UPDATED if row.aside.is_written else Result.UNCHANGED
        return self._settled(row, result, marketo_id=marketo_id, base=self._base(row.aside.cells))

    def refused(self, row: Row, refusal: Refuse, request_id: str | None = None) -> Settled:
        """The row goes to the rejects; one whose record is gone is held there."""
        outcome = Outcome(
            **self._facts(row),
            result=refusal.result,
            code=refusal.code,
            reason=refusal.reason,
            request_id=request_id or refusal.request_id,
            status=refusal.status,
        )
        return Settled(row, outcome)

    def removed(self, row: Row, reply: SyncReply) -> Settled:
        """The record is no more; a row that comes again is a new one."""
        facts = {**self._facts(row), "digest": DELETED, "request_id": reply.request_id}
        gone = FieldBase(None, None, reply.read_at, self.cycle, DELETE)
        base = {self.entry.key[0].field: gone}
        return Settled(row, Outcome(**facts, result=Result.DELETED, base=base))

    def forgotten(self, row: Row) -> Settled:
        """A row that was refused and never sent is gone: nothing waits for it any more."""
        facts = {**self._facts(row), "digest": DELETED, "status": Status.DELETED}
        return Settled(row, Outcome(**facts, result=Result.UNCHANGED))

    def written(self, send: Send, result: RowResult, reply: SyncReply) -> Settled:
        """Marketo took the record: both sides show these values from now on."""
        created = send.made or result.status == Result.CREATED
        base = self._base(send.cells, pushed_at=reply.read_at)
        if taken := send.row.aside.cells:
            base = self._base(taken) | base
        return self._settled(
            send.row,
            Result.CREATED if created else Result.UPDATED,
            marketo_id=str(result.id or send.marketo_id),
            base=base,
            request_id=reply.request_id,
        )

    def _base(self, cells: Mapping[str, Cell], *, pushed_at: datetime | None = None) -> Base:
        cycle = self.cycle
        return {
            name: FieldBase(database, marketo, pushed_at, cycle, PUSH)
            for name, (database, marketo) in cells.items()
        }

    def _settled(
        self,
        row: Row,
        result: Result,
        *,
        marketo_id: str,
        base: Base,
        request_id: str | None = None,
    ) -> Settled:
        code, reason = row.aside.note or (None, None)
        outcome = Outcome(
            self.entry.name,
            row.record_key,
            result,
            self.entry.stream,
            row.digest,
            marketo_id,
            base,
            code=code,
            reason=reason,
            request_id=request_id,
            payload=row.source,
        )
        return Settled(row, outcome)

    def _facts(self, row: Row) -> dict[str, Any]:
        return {
            "object": self.entry.name,
            "record_key": row.record_key,
            "stream": self.entry.stream,
            "digest": row.digest,
            "payload": row.source,
        }
