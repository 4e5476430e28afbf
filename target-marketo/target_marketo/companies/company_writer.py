"""Writes to companies what their leads say of them, and makes companies that no stream sends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from marketo_client import SyncAction
from marketo_sync import COMPANY_ID, Cell, FieldBase, Outcome, Result

from target_marketo.companies.company_values import ITSELF, Refusal, Stand
from target_marketo.flow.outcomes import PUSH
from target_marketo.rows.row import Row, Send
from target_marketo.sending.batches import MOST_RECORDS, size_of
from target_marketo.sending.delivery import GONE
from target_marketo.sending.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from marketo_client import MarketoError, RowResult, SyncReply

    from target_marketo.companies.company_values import CompanyValues
    from target_marketo.desk.desk import Desk
    from target_marketo.objects import Family
    from target_marketo.planning.plan import Plan
    from target_marketo.rows.difference import Cells
    from target_marketo.sending.delivery import Work


CREATE: Final = SyncAction.CREATE_OR_UPDATE


class Write(NamedTuple):
    """Fields of one company that wait; without an id it is found or made by its key."""

    marketo_id: str | None
    cells: Cells


@dataclass(slots=True)
class CompanyWriter:
    """One write per company at a time; leads of a company wait under the name `awaited`.

    `keeps` says whether the ledger is told: of companies that no stream sends.
    """

    desk: Desk
    family: Family
    plan: Plan
    values: CompanyValues
    awaited: str
    keeps: bool
    outbox: Outbox = field(default_factory=Outbox)
    _waiting: dict[str, Write] = field(default_factory=dict)

    def write(self, company: str, cells: Cells, marketo_id: str | None) -> None:
        """Let these fields wait for a full call, with what waits for the company already."""
        before = self._waiting.get(company)
        self._waiting[company] = Write(marketo_id, {**(before.cells if before else {}), **cells})
        if len(self._waiting) >= MOST_RECORDS:
            self.flush()

    def flush(self) -> bool:
        """Send what waits; says whether anything did."""
        rows = [Row({COMPANY_ID: company}, company, "") for company in self._waiting]
        now, _ = self.outbox.apart(rows)
        for row in now:
            self.outbox.add(self._send(row, self._waiting.pop(row.record_key)), CREATE)
        return self.outbox.flush(CREATE)

    def _send(self, row: Row, write: Write) -> Send:
        key = {COMPANY_ID: Cell(row.record_key, row.record_key)}
        fields = {name: cell.marketo for name, cell in write.cells.items()}
        if write.marketo_id is None:
            record = {COMPANY_ID: row.record_key, **fields}
        else:
            record = {self.plan.shape.id_field: self.family.record_id(write.marketo_id), **fields}
        return Send(row, {**key, **write.cells}, record, size_of(record), write.marketo_id)

    def answered(self, work: Work, reply: SyncReply) -> None:
        """Leads of companies that were written, or refused, may go on."""
        outcomes = []
        for send, result in zip(work.sends, reply.results, strict=True):
            if result.code is None:
                self._decide(send, Stand.WRITTEN)
                outcomes.append(self._outcome(send, result, reply))
            elif result.code in GONE and send.marketo_id is not None and self.keeps:
                self.write(send.row.record_key, dict(_fields(send)), None)
            else:
                refusal = Refusal(result.code, result.reason or "", reply.request_id)
                self._decide(send, Stand.REFUSED, refusal)
        self.outbox.release(send.row for send in work.sends)
        if self.keeps:
            self.desk.ledger.settle(outcomes)
        self.desk.tally.companies.update(outcome.result for outcome in outcomes)
        self._let_go(work.sends)

    def refused(self, send: Send, error: MarketoError) -> None:
        """Marketo refused the call that held this company alone."""
        refusal = Refusal(error.code or "", str(error), error.request_id)
        self._decide(send, Stand.REFUSED, refusal)
        self.outbox.release([send.row])
        self._let_go([send])

    def unknown_field(self, work: Work, error: MarketoError) -> None:
        """1006 for the whole call: the next run leaves the field out."""
        for send in work.sends:
            self.refused(send, error)

    def created_unseen(self, send: Send, marketo_id: str) -> None:
        """The answer was lost but the company is there: make sure that it holds these values."""
        self.outbox.release([send.row])
        self.write(send.row.record_key, dict(_fields(send)), marketo_id)

    def pass_over(self, passed: Sequence[tuple[Row, Result, str]]) -> None:
        """A dry run has shown these."""
        self.outbox.release(row for row, _, _ in passed)
        for row, _, _ in passed:
            self.values.show(row.record_key)
        self.desk.spool.come(self.awaited, [row.record_key for row, _, _ in passed])

    def _decide(self, send: Send, stand: Stand, refusal: Refusal | None = None) -> None:
        values = [(name, cell.marketo) for name, cell in _fields(send)]
        self.values.decide(send.row.record_key, [(ITSELF, None), *values], stand, refusal)

    def _let_go(self, sends: Iterable[Send]) -> None:
        self.desk.spool.come(self.awaited, [send.row.record_key for send in sends])

    def _outcome(self, send: Send, result: RowResult, reply: SyncReply) -> Outcome:
        cycle = self.desk.ledger.cycle_id
        base = {
            name: FieldBase(cell.database, cell.marketo, reply.read_at, cycle, PUSH)
            for name, cell in send.cells.items()
        }
        return Outcome(
            object=self.plan.entry.name,
            record_key=send.row.record_key,
            result=Result(result.status),
            stream=self.plan.entry.stream,
            marketo_id=str(result.id or send.marketo_id),
            base=base,
            request_id=reply.request_id,
        )


def _fields(send: Send) -> Iterator[tuple[str, Cell]]:
    """What is said of the company beside its key."""
    return ((name, cell) for name, cell in send.cells.items() if name != COMPANY_ID)
