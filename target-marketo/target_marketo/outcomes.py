"""What the ledger is told of a row: one function per way that a row can end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marketo_sync import FieldBase, Outcome, Result

from target_marketo.desk import Settled

if TYPE_CHECKING:
    from marketo_client import RowResult, SyncReply
    from marketo_sync import Entry

    from target_marketo.judgement import Refuse
    from target_marketo.rows import Row, Send

PUSH: Final = "push"  # the rule that the base names


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Makes the outcomes of one entry's rows in one run."""

    entry: Entry
    cycle: int | None

    def unchanged(self, row: Row, marketo_id: str) -> Settled:
        """Both sides still agree; only the row's digest has moved, or its reject goes."""
        return self._settled(row, Result.UNCHANGED, marketo_id=marketo_id)

    def refused(self, row: Row, refusal: Refuse, request_id: str | None = None) -> Settled:
        """The row goes to the rejects; one whose record is gone is held there."""
        return self._settled(
            row,
            refusal.result,
            code=refusal.code,
            reason=refusal.reason,
            request_id=request_id,
            status=refusal.status,
        )

    def written(self, send: Send, result: RowResult, reply: SyncReply) -> Settled:
        """Marketo took the record: both sides show these values from now on."""
        base = {
            name: FieldBase(cell.database, cell.marketo, reply.read_at, self.cycle, PUSH)
            for name, cell in send.cells.items()
        }
        created = send.made or result.status == Result.CREATED
        return self._settled(
            send.row,
            Result.CREATED if created else Result.UPDATED,
            marketo_id=str(result.id or send.marketo_id),
            base=base,
            request_id=reply.request_id,
        )

    def _settled(self, row: Row, result: Result, **facts: Any) -> Settled:  # noqa: ANN401 - see Outcome
        outcome = Outcome(
            object=self.entry.name,
            record_key=row.record_key,
            result=result,
            stream=self.entry.stream,
            digest=row.digest,
            payload=row.source,
            **facts,
        )
        return Settled(row, outcome)
