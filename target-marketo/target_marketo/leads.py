"""The way of a row to its lead: ledger, judgement, look-up, call, ledger.

Rows of many batches wait together for full calls; a key is never on its way twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from marketo_client import SyncAction
from marketo_sync import MissingInMarketo

from target_marketo.actions import STEPS, Address
from target_marketo.batches import FRAME_BYTES, MOST_BYTES, Queue, size_of
from target_marketo.delivery import UNKNOWN_FIELD, Batch
from target_marketo.identity import Finder, Found, Nobody, Several, Unclear, identify
from target_marketo.judgement import (
    LEAD_GONE,
    Confirm,
    Identify,
    PassOver,
    Refuse,
    SendByKey,
    Update,
    judge,
)
from target_marketo.outcomes import Outcomes
from target_marketo.plan import LEAD_ID, folded
from target_marketo.rows import Send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from marketo_client import MarketoError, SyncReply
    from marketo_sync import Result

    from target_marketo.delivery import Carrier
    from target_marketo.desk import Desk, RecordName, Settled
    from target_marketo.difference import Cells
    from target_marketo.identity import Identity, Seen
    from target_marketo.judgement import Verdict
    from target_marketo.plan import Plan
    from target_marketo.rows import Row

GONE: Final = frozenset({"1004", "1013"})  # of a record that was written by its id
TOO_BIG: Final = Refuse("local.too_big", "the record alone is over Marketo's 1 MB a call")
EXISTS: Final = Refuse("local.exists", "a lead matches, and `action: createOnly` touches none")
NO_LEAD: Final = Refuse("local.no_lead", "no lead matches, and `action: updateOnly` makes none")


@dataclass(slots=True)
class Sorted:
    """The verdicts of one batch, by what they need next."""

    passed: list[tuple[Row, Result, str]] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    unknown: list[tuple[Row, Cells]] = field(default_factory=list)


class LeadFlow:
    """The rows of one mapping entry; everything runs on the thread that calls `take`."""

    def __init__(self, desk: Desk, plan: Plan, *, replan: Callable[[], Plan]) -> None:
        self.desk = desk
        self.plan = plan
        self.carrier: Carrier | None = None
        self._replan = replan
        self._busy: set[str] = set()
        self._updates = Queue()
        self._creates = Queue()

    @property
    def finder(self) -> Finder:
        """Looks leads up with the plan of this moment."""
        return Finder(self.desk.marketo, self.plan)

    def take(self, rows: Sequence[Row]) -> None:
        """Start what up to 300 rows need; of several rows with one key the last one counts."""
        waiting = _latest(rows)
        while waiting:
            now, waiting = self._apart(waiting)
            self._judge(now)
            if waiting:
                self.desk.drain()
        self.desk.calls.collect()

    def flush(self) -> bool:
        """Send what waits for a full call; says whether anything did."""
        waited = bool(self._updates) or bool(self._creates)
        self._send(self._updates.empty(), SyncAction.UPDATE_ONLY)
        self._send(self._creates.empty(), self._create_action)
        return waited

    @property
    def _outcomes(self) -> Outcomes:
        return Outcomes(self.plan.entry, self.desk.ledger.cycle_id)

    @property
    def _create_action(self) -> SyncAction:
        return STEPS[self.plan.entry.action].create or SyncAction.UPDATE_ONLY

    def _apart(self, rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
        """Rows that may start now, and rows whose key is on its way already."""
        names = set(self._busy)
        now: list[Row] = []
        later: list[Row] = []
        for row in rows:
            name = folded(row.record_key)
            (later if name in names else now).append(row)
            names.add(name)
        return now, later

    def _judge(self, rows: Sequence[Row]) -> None:
        entry = self.plan.entry
        records = self.desk.ledger.find(entry.name, [row.record_key for row in rows])
        moment = datetime.now(UTC)
        todo = Sorted()
        for row in rows:
            self._sort(row, judge(self.plan, row, records.get(row.record_key), now=moment), todo)
        self.pass_over(todo.passed)
        self._settle(todo.settled)
        self._look_up(todo.unknown)

    def _sort(self, row: Row, verdict: Verdict, todo: Sorted) -> None:
        match verdict:
            case PassOver(result, reason):
                todo.passed.append((row, result, reason))
            case Confirm(lead_id):
                todo.settled.append(self._outcomes.unchanged(row, lead_id))
            case Refuse():
                todo.settled.append(self._outcomes.refused(row, verdict))
            case Update(lead_id, cells):
                self._update(row, cells, lead_id)
            case SendByKey(cells):
                self._create(row, cells)
            case Identify(cells):
                todo.unknown.append((row, cells))

    def _look_up(self, unknown: Sequence[tuple[Row, Cells]]) -> None:
        if not unknown:
            return
        rows = [row for row, _ in unknown]
        self._busy.update(folded(row.record_key) for row in rows)
        finder = self.finder
        self.desk.calls.submit(
            lambda: finder.look_up(rows), lambda seen: self._looked_up(unknown, seen)
        )

    def _looked_up(self, unknown: Sequence[tuple[Row, Cells]], seen: Seen) -> None:
        ids = seen.ids(self.plan, [row for row, _ in unknown])
        owners = self.desk.owners(ids)
        settled = []
        for row, cells in unknown:
            me = (self.plan.entry.name, row.record_key)
            is_free = partial(_is_free, owners, me)
            identity = identify(self.plan, row, seen, is_free=is_free)
            if isinstance(identity, Found):
                owners[identity.lead_id] = me
            if refused := self._place(row, cells, identity):
                settled.append(self._outcomes.refused(row, refused))
        self._settle(settled)

    def _place(self, row: Row, cells: Cells, identity: Identity) -> Refuse | None:
        steps = STEPS[self.plan.entry.action]
        match identity:
            case Found(lead_id) if steps.found is Address.BY_ID:
                self._update(row, cells, lead_id)
            case Found():
                return EXISTS
            case Unclear(code, reason):
                return Refuse(code, reason)
            case Several() | Nobody() if steps.create is None:
                return NO_LEAD
            case Several() | Nobody():
                self._create(row, cells)
        return None

    def _update(self, row: Row, cells: Cells, lead_id: int, *, made: bool = False) -> None:
        self.desk.claims[lead_id] = (self.plan.entry.name, row.record_key)
        record = {LEAD_ID: lead_id, **_record(cells)}
        self._enqueue(Send(row, cells, record, size_of(record), lead_id, made))

    def _create(self, row: Row, cells: Cells) -> None:
        record = _record(cells)
        self._enqueue(Send(row, cells, record, size_of(record)))

    def _enqueue(self, send: Send) -> None:
        self._busy.add(folded(send.row.record_key))
        if send.size + FRAME_BYTES > MOST_BYTES:
            self._refuse([send.row], TOO_BIG)
        elif send.lead_id is None:
            self._send(self._creates.add(send), self._create_action)
        else:
            self._send(self._updates.add(send), SyncAction.UPDATE_ONLY)

    def _send(self, sends: Sequence[Send], action: SyncAction) -> None:
        if sends and self.carrier is not None:
            self.carrier.send(Batch(sends, action))

    def answered(self, batch: Batch, reply: SyncReply) -> None:
        """Settle what Marketo accepted or refused; follow up what needs another call."""
        settled: list[Settled] = []
        missing: list[Row] = []
        gone_fields: list[Send] = []
        for send, result in zip(batch.sends, reply.results, strict=True):
            if result.code is None:
                settled.append(self._outcomes.written(send, result, reply))
            elif result.code == UNKNOWN_FIELD:
                gone_fields.append(send)
            elif result.code in GONE and send.lead_id is not None:
                missing.append(send.row)
            else:
                refusal = Refuse(result.code, result.reason or "")
                settled.append(self._outcomes.refused(send.row, refusal, reply.request_id))
        self._settle(settled)
        self._lead_is_gone(missing, reply)
        self._field_is_gone(gone_fields, reply)

    def refused(self, send: Send, error: MarketoError) -> None:
        """Marketo refused the call that held this record alone."""
        self._refuse([send.row], Refuse(error.code or "", str(error)), error.request_id)

    def created_unseen(self, send: Send, lead_id: int) -> None:
        """The answer was lost but the lead is there: make sure that it holds this row's values."""
        self._update(send.row, dict(send.cells), lead_id, made=True)

    def unknown_field(self, batch: Batch, error: MarketoError) -> None:
        """1006 for the whole call: a field, or the lookup field, is gone."""
        if not self._field_is_known_gone(batch.sends):
            raise error
        self._judge([replace(send.row, forced=True) for send in batch.sends])

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
        names = {planned.field.name for planned in self.plan.fields}
        return all(send.cells.keys() <= names for send in sends)

    def _lead_is_gone(self, rows: Sequence[Row], reply: SyncReply) -> None:
        if not rows:
            return
        if self.plan.entry.missing_in_marketo is MissingInMarketo.HOLD:
            self._refuse(rows, LEAD_GONE, reply.request_id)
            return
        anew = [replace(row, anew=True) for row in rows if not row.anew]
        self._look_up([(row, self.plan.whole(row.source)) for row in anew])
        self._refuse([row for row in rows if row.anew], LEAD_GONE, reply.request_id)

    def pass_over(self, passed: Sequence[tuple[Row, Result, str]]) -> None:
        """Rows that need nothing, or that a dry run has shown: they are only counted."""
        self.desk.pass_over(self.plan.entry.stream, passed)
        self._busy.difference_update(folded(row.record_key) for row, _, _ in passed)

    def _refuse(self, rows: Sequence[Row], refusal: Refuse, request_id: str | None = None) -> None:
        self._settle([self._outcomes.refused(row, refusal, request_id) for row in rows])

    def _settle(self, settled: Sequence[Settled]) -> None:
        self.desk.settle(self.plan.entry.stream, settled)
        self._busy.difference_update(folded(one.row.record_key) for one in settled)


def _is_free(owners: Mapping[int, RecordName], me: RecordName, lead_id: int) -> bool:
    return owners.get(lead_id, me) == me


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
