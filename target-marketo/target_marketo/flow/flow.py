"""The way of a row to its record: ledger, judgement, look-up, call; `answers` has the way back.

One flow for every kind of record; what is special to a kind stands in `objects/`. Rows of many
batches wait together for full calls; a key is never on its way twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from marketo_sync import KEYLESS, Cell, Result, Status

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
)
from target_marketo.flow.outcomes import DELETED, Outcomes
from target_marketo.flow.waiting_room import WaitingRoom
from target_marketo.planning.actions import Address
from target_marketo.planning.links import NO_PARENTS
from target_marketo.rows.identity import Found, Nobody, Several, Unclear
from target_marketo.rows.row import Send
from target_marketo.sending.batches import FRAME_BYTES, MOST_BYTES, MOST_RECORDS, size_of
from target_marketo.sending.delivery import Removal
from target_marketo.sending.outbox import IN_DOUBT, Outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from target_marketo.desk.desk import Desk
    from target_marketo.flow.bench import Company
    from target_marketo.flow.judgement import Verdict
    from target_marketo.objects import Decide, Family
    from target_marketo.planning.links import Parents
    from target_marketo.planning.plan import Plan
    from target_marketo.rows.difference import Cells
    from target_marketo.rows.identity import Identity
    from target_marketo.rows.row import Row
    from target_marketo.rows.settled import Settled

TOO_BIG: Final = Refuse("local.too_big", "the record alone is over Marketo's 1 MB a call")
EXISTS: Final = Refuse("local.exists", "a lead matches, and `action: createOnly` touches none")
GONE_ROW: Final = Cell(database=True, marketo=True)  # in the field that flags deleted rows
NO_LEAD: Final = Refuse("local.no_lead", "no lead matches, and `action: updateOnly` makes none")


@dataclass(slots=True)
class Sorted:
    """The verdicts of one batch, by what they need next."""

    passed: list[tuple[Row, Result, str]] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    unknown: list[tuple[Row, Identify]] = field(default_factory=list)
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
        self._withdraw_keyless(waiting)
        while waiting:
            now, waiting = self.outbox.apart(waiting)
            self.judge(self.desk.spool.supersede(self.plan.entry.name, now))
            if waiting:
                self.desk.drain()
                waiting = self._without_doubt(waiting)
                if self.desk.calls.hurried:
                    break
        self.desk.calls.collect()

    def _withdraw_keyless(self, rows: Sequence[Row]) -> None:
        """Rows of the input that have a key now: what was refused without one waits no more.

        Behind a row of the ledger there is only its reject, until the row is settled.
        """
        earlier = [key for row in rows if row.places and (key := self.plan.earlier_key(row))]
        if earlier and self._has_keyless:
            known = self.desk.ledger.find(self.plan.entry.name, earlier)
            self.desk.ledger.withdraw(self.plan.entry.name, list(known))
        if any(row.record_key.startswith(KEYLESS) for row in rows):
            self._has_keyless = True

    @cached_property
    def _has_keyless(self) -> bool:
        """Whether any row of the entry may wait in the rejects for its key."""
        return self.desk.ledger.has_keyless_rejects(self.plan.entry.name)

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
        self.judge(rows, found=found, last=True)

    def describe_again(self) -> None:
        """Read the fields of Marketo again: the plan is new then."""
        self.plan = self._replan()

    def flush(self) -> bool:
        """Send what waits for a full call; says whether anything did."""
        return self.outbox.flush(self.plan.steps.create)

    @property
    def outcomes(self) -> Outcomes:
        """What the ledger is told of the flow's rows."""
        return Outcomes(self.plan.entry, self.desk.ledger.cycle_id)

    @property
    def _links_only(self) -> bool:
        """Whether the reconciler compares a record that is found before anything is sent to it."""
        return self.desk.two_way and bool(self.plan.two_way_fields)

    def judge(
        self, rows: Sequence[Row], *, found: Parents = NO_PARENTS, last: bool = False
    ) -> None:
        """Start what rows need whose keys are free; of the `last` nobody waits for a parent."""
        todo = Sorted()
        for row, verdict in self._bench.verdicts(self.plan, rows, found):
            self._sort(row, verdict, todo)
        self.desk.ledger.withdraw(self.plan.entry.name, todo.withdrawn)
        self.pass_over(todo.passed)
        self.settle(todo.settled)
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
        columns = " or ".join(link.column for link in self.plan.links)
        reason = f"what {columns} names has neither come nor been found in Marketo"
        refusal = Refuse(PARENT_MISSING, reason, Result.HELD)
        self.refuse([row for row in orphans if row.record_key not in told], refusal)

    def _sort(self, row: Row, verdict: Verdict, todo: Sorted) -> None:
        match verdict:
            case PassOver(result, reason):
                todo.passed.append((row, result, reason))
            case Withdraw(reason):
                todo.withdrawn.append(row.record_key)
                todo.passed.append((row, Result.HELD, reason))
            case Forget():
                todo.settled.append(self.outcomes.forgotten(row))
            case Confirm(marketo_id):
                todo.settled.append(self.outcomes.unchanged(row, marketo_id))
            case Refuse():
                todo.settled.append(self.outcomes.refused(row, verdict))
            case Update(marketo_id, cells):
                self.update(row, cells, marketo_id)
            case SendByKey(cells):
                self._create(row, cells)
            case Identify():
                todo.unknown.append((row, verdict))
            case Wait():
                todo.waiting.append((row, verdict))

    def _look_up(self, unknown: Sequence[tuple[Row, Identify]]) -> None:
        if not unknown:
            return
        wanted = [(row, verdict.values) for row, verdict in unknown]
        plan = self.plan
        self.outbox.hold(row for row, _ in unknown)
        self.desk.calls.submit(
            lambda: self.family.look_up(plan, wanted),
            lambda decide: self._looked_up(unknown, decide),
        )

    def _looked_up(self, unknown: Sequence[tuple[Row, Identify]], decide: Decide) -> None:
        settled = []
        for (row, verdict), identity in zip(unknown, decide(), strict=True):
            if isinstance(identity, Found) and self._links_only:
                settled.append(self.outcomes.unchanged(row, identity.marketo_id))
            elif refused := self._place(row, verdict.cells, identity):
                settled.append(self.outcomes.refused(row, refused))
        self.settle(settled)

    def _place(self, row: Row, cells: Cells, identity: Identity) -> Refuse | None:
        steps = self.plan.steps
        match identity:
            case Found(marketo_id) if steps.found is Address.BY_ID:
                self.update(row, cells, marketo_id)
            case Found():
                return EXISTS
            case Unclear(code, reason):
                return Refuse(code, reason)
            case Several() | Nobody() if steps.create is None:
                return NO_LEAD
            case Several() | Nobody():
                self._create(row, cells)
        return None

    def update(self, row: Row, cells: Cells, marketo_id: str, *, made: bool = False) -> None:
        """Send these fields to that record; `made`: by a call of ours whose answer was lost."""
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
            self.refuse([send.row], TOO_BIG)
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
        self.settle([self.outcomes.forgotten(row) for row in there if row.record_key not in ids])
        sends = [
            Send(row, {}, {}, 0, ids[row.record_key]) for row in there if row.record_key in ids
        ]
        if flag is None:
            self._delete(sends)
            return
        for send in sends:
            marked = replace(send.row, digest=f"{DELETED} {send.row.digest}")
            self.update(marked, {flag: GONE_ROW}, send.marketo_id or "")

    def _delete(self, sends: Sequence[Send]) -> None:
        if sends and self.outbox.carrier is not None:
            self.outbox.carrier.send(Removal(sends))

    def pass_over(self, passed: Sequence[tuple[Row, Result, str]]) -> None:
        """Rows that need nothing, or that a dry run has shown: they are only counted."""
        self.desk.pass_over(self.plan.entry.stream, passed)
        self.outbox.release(row for row, _, _ in passed)

    def refuse(self, rows: Sequence[Row], refusal: Refuse, request_id: str | None = None) -> None:
        """Rows that go to the rejects, or are held there."""
        self.settle([self.outcomes.refused(row, refusal, request_id) for row in rows])

    def settle(self, settled: Sequence[Settled]) -> None:
        """Rows that have come to their end: their keys are free."""
        self.desk.settle(self.plan.entry.stream, settled)
        self.outbox.release(one.row for one in settled)
        ids = (one.outcome.marketo_id for one in settled)
        self.family.arrived(each for each in ids if each is not None)


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
