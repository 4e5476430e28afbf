"""The way of a row to its record: ledger, judgement, look-up, call, ledger.

One flow for every kind of record; what is special to a kind stands in `objects/`. Rows of many
batches wait together for full calls; a key is never on its way twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from marketo_sync import Cell, MissingInMarketo, Result, Status

from target_marketo.flow.bench import Bench
from target_marketo.flow.judgement import (
    PARENT_MISSING,
    REFUSED_BEFORE,
    Confirm,
    Forget,
    Identify,
    PassOver,
    Refuse,
    SendByKey,
    Update,
    Wait,
    Withdraw,
    gone,
    is_deleted,
)
from target_marketo.flow.outcomes import DELETED, Outcomes
from target_marketo.flow.waiting_room import WaitingRoom
from target_marketo.planning.actions import Address
from target_marketo.planning.links import NO_PARENTS
from target_marketo.rows.identity import Found, Nobody, Several, Unclear
from target_marketo.rows.row import Send
from target_marketo.sending.batches import FRAME_BYTES, MOST_BYTES, MOST_RECORDS, size_of
from target_marketo.sending.delivery import GONE, UNKNOWN_FIELD, Removal
from target_marketo.sending.outbox import IN_DOUBT, Outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from marketo_client import MarketoError, RowResult, SyncReply

    from target_marketo.desk.desk import Desk, Settled
    from target_marketo.flow.bench import Company
    from target_marketo.flow.judgement import Verdict
    from target_marketo.objects import Decide, Family
    from target_marketo.planning.links import Parents
    from target_marketo.planning.plan import Plan
    from target_marketo.rows.difference import Cells
    from target_marketo.rows.identity import Identity
    from target_marketo.rows.row import Row
    from target_marketo.sending.delivery import Batch, Work

TOO_BIG: Final = Refuse("local.too_big", "the record alone is over Marketo's 1 MB a call")
EXISTS: Final = Refuse("local.exists", "a lead matches, and `action: createOnly` touches none")
GONE_ROW: Final = Cell(database=True, marketo=True)  # in the field that flags deleted rows
NO_PARENT: Final = Refuse(
    PARENT_MISSING,
    "what the row is linked to has neither come nor been found in Marketo",
    Result.HELD,
)
NO_LEAD: Final = Refuse("local.no_lead", "no lead matches, and `action: updateOnly` makes none")


@dataclass(slots=True)
class Sorted:
    """The verdicts of one batch, by what they need next."""

    passed: list[tuple[Row, Result, str]] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    unknown: list[tuple[Row, Cells]] = field(default_factory=list)
    waiting: list[tuple[Row, Wait]] = field(default_factory=list)


class RowFlow:
    """The rows of one mapping entry; everything runs on the thread that calls `take`."""

    def __init__(
        self,
        desk: Desk,
        family: Family,
        plan: Plan,
        *,
        company: Company | None,
        replan: Callable[[], Plan],
    ) -> None:
        self.desk = desk
        self.family = family
        self.plan = plan
        self.waiting = WaitingRoom(desk)
        self.outbox = Outbox()
        self._bench = Bench(desk, company)
        self._replan = replan

    def take(self, rows: Sequence[Row]) -> None:
        """Start what up to 300 rows need; of several rows with one key the last one counts.

        After a signal a row stays behind whose key may be on its way for long: STATE is behind it.
        """
        waiting = _latest(rows)
        while waiting:
            now, waiting = self.outbox.apart(waiting)
            self._judge(self.desk.spool.supersede(self.plan.entry.name, now))
            if waiting:
                self.desk.drain()
                waiting = self._without_doubt(waiting)
                if self.desk.calls.hurried:
                    break
        self.desk.calls.collect()

    def _without_doubt(self, rows: list[Row]) -> list[Row]:
        """The rows without those that a file may bring yet, in an older form."""
        in_doubt = self.outbox.in_doubt(rows)
        self.desk.hold_back(self.plan.entry.stream, in_doubt, IN_DOUBT)
        return [row for row in rows if row not in in_doubt] if in_doubt else rows

    def take_ready(self) -> bool:
        """Let rows go on whose parents have come; says whether there were any."""
        came = False
        while rows := self.waiting.ready(self.plan, MOST_RECORDS):
            came = True
            self.take(rows)
        return came

    def take_last(self, rows: Sequence[Row], found: Parents) -> None:
        """Start what these rows need; who has no parent still, also among the found, is held."""
        self._judge(rows, found=found, last=True)

    def flush(self) -> bool:
        """Send what waits for a full call; says whether anything did."""
        return self.outbox.flush(self.plan.steps.create)

    @property
    def _outcomes(self) -> Outcomes:
        return Outcomes(self.plan.entry, self.desk.ledger.cycle_id)

    @property
    def _links_only(self) -> bool:
        """Whether the reconciler compares a record that is found before anything is sent to it."""
        return self.desk.two_way and bool(self.plan.two_way_fields)

    def _judge(
        self, rows: Sequence[Row], *, found: Parents = NO_PARENTS, last: bool = False
    ) -> None:
        todo = Sorted()
        for row, verdict in self._bench.verdicts(self.plan, rows, found):
            self._sort(row, verdict, todo)
        self.desk.ledger.withdraw(self.plan.entry.name, todo.withdrawn)
        self.pass_over(todo.passed)
        self._settle(todo.settled)
        self._look_up(todo.unknown)
        self._let_wait([(row, wait) for row, wait in todo.waiting if wait.is_coming or not last])
        self._hold([row for row, wait in todo.waiting if last and not wait.is_coming])

    def _let_wait(self, waiting: Sequence[tuple[Row, Wait]]) -> None:
        self.waiting.admit(self.plan, waiting)
        self.outbox.release(row for row, _ in waiting)

    def _hold(self, orphans: Sequence[Row]) -> None:
        """Rows without a parent; the ledger is told once a day."""
        told = self.waiting.told_lately(self.plan, orphans)
        known = [row for row in orphans if row.record_key in told]
        self.pass_over([(row, Result.HELD, REFUSED_BEFORE) for row in known])
        self._refuse([row for row in orphans if row.record_key not in told], NO_PARENT)

    def _sort(self, row: Row, verdict: Verdict, todo: Sorted) -> None:
        match verdict:
            case PassOver(result, reason):
                todo.passed.append((row, result, reason))
            case Withdraw(reason):
                todo.withdrawn.append(row.record_key)
                todo.passed.append((row, Result.HELD, reason))
            case Forget():
                todo.settled.append(self._outcomes.forgotten(row))
            case Confirm(marketo_id):
                todo.settled.append(self._outcomes.unchanged(row, marketo_id))
            case Refuse():
                todo.settled.append(self._outcomes.refused(row, verdict))
            case Update(marketo_id, cells):
                self._update(row, cells, marketo_id)
            case SendByKey(cells):
                self._create(row, cells)
            case Identify(cells):
                todo.unknown.append((row, cells))
            case Wait():
                todo.waiting.append((row, verdict))

    def _look_up(self, unknown: Sequence[tuple[Row, Cells]]) -> None:
        if not unknown:
            return
        rows = [row for row, _ in unknown]
        plan = self.plan
        self.outbox.hold(rows)
        self.desk.calls.submit(
            lambda: self.family.look_up(plan, rows),
            lambda decide: self._looked_up(unknown, decide),
        )

    def _looked_up(self, unknown: Sequence[tuple[Row, Cells]], decide: Decide) -> None:
        settled = []
        for (row, cells), identity in zip(unknown, decide(), strict=True):
            if isinstance(identity, Found) and self._links_only:
                settled.append(self._outcomes.unchanged(row, identity.marketo_id))
            elif refused := self._place(row, cells, identity):
                settled.append(self._outcomes.refused(row, refused))
        self._settle(settled)

    def _place(self, row: Row, cells: Cells, identity: Identity) -> Refuse | None:
        steps = self.plan.steps
        match identity:
            case Found(marketo_id) if steps.found is Address.BY_ID:
                self._update(row, cells, marketo_id)
            case Found():
                return EXISTS
            case Unclear(code, reason):
                return Refuse(code, reason)
            case Several() | Nobody() if steps.create is None:
                return NO_LEAD
            case Several() | Nobody():
                self._create(row, cells)
        return None

    def _update(self, row: Row, cells: Cells, marketo_id: str, *, made: bool = False) -> None:
        self.family.claim(marketo_id, (self.plan.entry.name, row.record_key))
        shape = self.plan.shape
        changeable = {name: cell for name, cell in cells.items() if name not in shape.keys}
        record = {shape.id_field: self.family.record_id(marketo_id), **_record(changeable)}
        self._enqueue(Send(row, cells, record, size_of(record), marketo_id, made))

    def _create(self, row: Row, cells: Cells) -> None:
        record = _record(cells)
        self._enqueue(Send(row, cells, record, size_of(record)))

    def _enqueue(self, send: Send) -> None:
        if send.size + FRAME_BYTES > MOST_BYTES:
            self._refuse([send.row], TOO_BIG)
        else:
            self.outbox.add(send, self.plan.steps.create)

    def remove(self, rows: Sequence[Row]) -> None:
        """Delete or flag the records of up to 300 rows, as the mapping says."""
        records = self.desk.ledger.find(self.plan.entry.name, [row.record_key for row in rows])
        flag = self.plan.entry.deleted_in_database.flag
        linked = {key: record for key, record in records.items() if record.status is Status.LINKED}
        there = [row for row in rows if row.record_key in linked]
        others = [row for row in rows if row.record_key not in linked]
        self.pass_over([(row, Result.UNCHANGED, "") for row in others])
        ids = {key: record.marketo_id for key, record in linked.items() if record.marketo_id}
        ids |= self.family.ids_of(self.plan, [row for row in there if row.record_key not in ids])
        self._settle([self._outcomes.forgotten(row) for row in there if row.record_key not in ids])
        sends = [
            Send(row, {}, {}, 0, ids[row.record_key]) for row in there if row.record_key in ids
        ]
        if flag is None:
            self._delete(sends)
            return
        for send in sends:
            marked = replace(send.row, digest=f"{DELETED} {send.row.digest}")
            self._update(marked, {flag: GONE_ROW}, send.marketo_id or "")

    def _delete(self, sends: Sequence[Send]) -> None:
        if sends and self.outbox.carrier is not None:
            self.outbox.carrier.send(Removal(sends))

    def answered(self, work: Work, reply: SyncReply) -> None:
        """Settle what Marketo accepted or refused; follow up what needs another call."""
        if isinstance(work, Removal):
            self._removed(work, reply)
        else:
            self._written(work, reply)

    def _removed(self, removal: Removal, reply: SyncReply) -> None:
        """A record that is gone already is what was wanted."""
        settled = []
        for send, result in zip(removal.sends, reply.results, strict=True):
            if result.code is None or result.code in GONE:
                settled.append(self._outcomes.removed(send.row, reply))
            else:
                refusal = Refuse(result.code, self._reason(result))
                settled.append(self._outcomes.refused(send.row, refusal, reply.request_id))
        self._settle(settled)

    def _written(self, batch: Batch, reply: SyncReply) -> None:
        settled: list[Settled] = []
        missing: list[Row] = []
        gone_fields: list[Send] = []
        for send, result in zip(batch.sends, reply.results, strict=True):
            if result.code is None:
                settled.append(self._outcomes.written(send, result, reply))
            elif result.code == UNKNOWN_FIELD:
                gone_fields.append(send)
            elif result.code in GONE and send.marketo_id is not None:
                missing.append(send.row)
            else:
                refusal = Refuse(result.code, self._reason(result))
                settled.append(self._outcomes.refused(send.row, refusal, reply.request_id))
        self._settle(settled)
        self._record_is_gone(missing, reply)
        self._field_is_gone(gone_fields, reply)

    def _reason(self, result: RowResult) -> str:
        """Marketo's, and what it leaves unsaid."""
        remark = self.family.remarks.get(result.code or "")
        return f"{result.reason or ''}{f'; {remark}' if remark else ''}"

    def refused(self, send: Send, error: MarketoError) -> None:
        """Marketo refused the call that held this record alone."""
        self._refuse([send.row], Refuse(error.code or "", str(error)), error.request_id)

    def created_unseen(self, send: Send, marketo_id: str) -> None:
        """The answer was lost but the record is there: make sure that it holds these values."""
        self._update(send.row, dict(send.cells), marketo_id, made=True)

    def unknown_field(self, work: Work, error: MarketoError) -> None:
        """1006 for the whole call: a field, or the lookup field, is gone."""
        if not self._field_is_known_gone(work.sends):
            raise error
        self._judge([replace(send.row, forced=True) for send in work.sends])

    def _field_is_gone(self, sends: Sequence[Send], reply: SyncReply) -> None:
        """1006 for single records: judge them again without the field, if Describe lacks it."""
        if not sends:
            return
        if self._field_is_known_gone(sends):
            self._judge([replace(send.row, forced=True) for send in sends])
            return
        refusal = Refuse(UNKNOWN_FIELD, "Marketo does not know a field that Describe lists")
        self._refuse([send.row for send in sends], refusal, reply.request_id)

    def _field_is_known_gone(self, sends: Sequence[Send]) -> bool:
        """Whether these records hold a field that Describe has lost; the plan is new then."""
        if not self._knows_fields_of(sends):
            return True
        self.plan = self._replan()
        return not self._knows_fields_of(sends)

    def _knows_fields_of(self, sends: Sequence[Send]) -> bool:
        return all(send.cells.keys() <= self.plan.field_names for send in sends)

    def _record_is_gone(self, missing: Sequence[Row], reply: SyncReply) -> None:
        gone_too = [row for row in missing if is_deleted(self.plan, row)]
        self._settle([self._outcomes.removed(row, reply) for row in gone_too])
        rows = [row for row in missing if not is_deleted(self.plan, row)]
        if not rows:
            return
        if self.plan.entry.missing_in_marketo is MissingInMarketo.HOLD:
            self._refuse(rows, gone(self.plan), reply.request_id)
            return
        self._judge([replace(row, anew=True) for row in rows if not row.anew])
        self._refuse([row for row in rows if row.anew], gone(self.plan), reply.request_id)

    def pass_over(self, passed: Sequence[tuple[Row, Result, str]]) -> None:
        """Rows that need nothing, or that a dry run has shown: they are only counted."""
        self.desk.pass_over(self.plan.entry.stream, passed)
        self.outbox.release(row for row, _, _ in passed)

    def _refuse(self, rows: Sequence[Row], refusal: Refuse, request_id: str | None = None) -> None:
        self._settle([self._outcomes.refused(row, refusal, request_id) for row in rows])

    def _settle(self, settled: Sequence[Settled]) -> None:
        self.desk.settle(self.plan.entry.stream, settled)
        self.outbox.release(one.row for one in settled)


def _record(cells: Cells) -> dict[str, Any]:
    return {name: cell.marketo for name, cell in cells.items()}


def _latest(rows: Iterable[Row]) -> list[Row]:
    """One row per key, the last, which then stands for all of them."""
    latest: dict[str, Row] = {}
    for row in rows:
        older = latest.pop(row.record_key, None)
        latest[row.record_key] = (
            row if older is None else replace(row, places=(*older.places, *row.places))
        )
    return list(latest.values())
