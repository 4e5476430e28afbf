"""A batch of judged pairs is carried out: rows first, then all that the ledger keeps of it.

Runs inside the transaction of a batch: a crash leaves each record as it was before, or as it is
behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from marketo_sync.ledger.records import DECIDED, REFUSED_BY_DATABASE, FieldBase
from marketo_sync.reconcile.merge.three_way import Action
from marketo_sync.reconcile.pairs import conflicts
from marketo_sync.reconcile.pairs.history import append
from marketo_sync.reconcile.pairs.meeting import counts, edits, line, traces, why
from marketo_sync.reconcile.pairs.pair import is_pushed, pulls
from marketo_sync.reconcile.pairs.users_rows import Change, Overtaken, Refused, Written
from marketo_sync.reconcile.queries import writes
from marketo_sync.values import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Executable

    from marketo_sync.reconcile.pairs.meeting import Meeting
    from marketo_sync.reconcile.pairs.pair import Judged
    from marketo_sync.reconcile.pairs.users_rows import Outcome, UsersRows
    from marketo_sync.reconcile.queries.sources import Sources
    from marketo_sync.reconcile.tally import Tally

    JsonRow = dict[str, Any]


@dataclass(frozen=True)
class Settling:
    """Carries out batches of one entry in one run; `changed_at` reads a row's own time."""

    connection: Connection
    of: Sources
    rows: UsersRows
    tally: Tally
    cycle: int
    now: datetime
    changed_at: Callable[[Mapping[str, Any]], datetime | None]

    def settle(self, meetings: Sequence[Meeting]) -> None:
        """Write rows, then records, pairs, conflicts, history, pending rows and rejects."""
        meetings = self._written(meetings)
        here = [each for each in meetings if not isinstance(each.outcome, Overtaken)]
        self._count(meetings)
        if not here:
            return
        self._keep_records(here)
        self._run(writes.write_pairs, [self._pair(each) for each in here])
        self._keep_conflicts(here)
        self._keep_history(here)
        self._keep_pending(here)
        self._keep_rejects(here)

    def _written(self, meetings: Sequence[Meeting]) -> list[Meeting]:
        changes = [
            Change(each.pair.record_key, each.pair.row_digest, each.pair.row, each.values)
            for each in meetings
            if each.values
        ]
        found = self.rows.update(changes)
        return [replace(each, outcome=found.get(each.pair.record_key)) for each in meetings]

    def _keep_records(self, meetings: Sequence[Meeting]) -> None:
        rows = []
        for each in meetings:
            bases = self._bases(each)
            if bases != each.pair.base or each.is_written:
                pulled_at = self.now if each.is_written and pulls(each.judged) else None
                rows.append(
                    {"record_key": each.pair.record_key, "base": bases, "pulled_at": pulled_at}
                )
        self._run(writes.write_records, rows)

    def _bases(self, meeting: Meeting) -> dict[str, FieldBase]:
        bases = dict(meeting.pair.base)
        for each in meeting.judged:
            base = self._base(meeting, each)
            if base is not None:
                bases[each.name] = base
        return bases

    def _base(self, meeting: Meeting, judged: Judged) -> FieldBase | None:
        """The base of a field from now on; None where there is none yet."""
        decision, before = judged.decision, judged.base
        match decision.action:
            case Action.PULL if meeting.is_written:
                value = judged.field.cell(meeting.row[judged.field.column.name]).database
                return self._from_now_on(
                    FieldBase(value, judged.seen.marketo), before, decision.rule
                )
            case Action.AGREE if decision.base:
                return self._from_now_on(decision.base, before, decision.rule)
            case Action.PUSH if decision.base:
                rule = DECIDED + decision.rule.partition(": ")[2]
                return self._from_now_on(decision.base, before, rule)
        return before

    def _from_now_on(self, base: FieldBase, before: FieldBase | None, rule: str) -> FieldBase:
        """The base as this cycle leaves it; when the field was last pushed stays as it was."""
        pushed_at = before.pushed_at if before else None
        return FieldBase(base.database, base.marketo, pushed_at, self.cycle, rule)

    def _pair(self, meeting: Meeting) -> JsonRow:
        pair = meeting.pair
        refused = isinstance(meeting.outcome, Refused)
        stale = any(each.is_stale for each in meeting.judged)
        written = meeting.outcome if isinstance(meeting.outcome, Written) else None
        return {
            "record_key": pair.record_key,
            "row_digest": written.digest if written else pair.row_digest,
            "landed_digest": None if refused or stale else pair.landed_digest,
            "pushed_at": pair.pushed_at,
            "edits": edits(meeting.judged) or None,
            "written_at": self._written_at(meeting),
            "drifted": sum(each.decision.action is Action.DRIFT for each in meeting.judged),
        }

    def _written_at(self, meeting: Meeting) -> datetime | None:
        """The row's own time, where our write has moved it or moved it before."""
        pair = meeting.pair
        before, now = pair.changed_at, self.changed_at(meeting.row)
        if now != before:
            return now
        return pair.written_at if pair.written_at == before else None

    def _keep_conflicts(self, meetings: Sequence[Meeting]) -> None:
        news, renewed = [], []
        for meeting in meetings:
            for each in meeting.judged:
                if each.decision.action is Action.PULL and not meeting.is_written:
                    continue
                if each.hold is not None:
                    renewed.extend(conflicts.renewed(each, now=self.now))
                elif each.decision.policy:
                    news.append(conflicts.opened(meeting.pair, each, now=self.now))
        self._run(writes.write_conflicts, news)
        if renewed:
            self.connection.execute(writes.renew_conflicts(renewed))

    def _keep_history(self, meetings: Sequence[Meeting]) -> None:
        column = self.of.plan.entry.marketo_id
        told = [trace for each in meetings if each.is_written for trace in traces(each, column)]
        append(self.connection, self.of, told, cycle=self.cycle, at=self.now)

    def _keep_pending(self, meetings: Sequence[Meeting]) -> None:
        waiting = [each for each in meetings if is_pushed(each.judged)]
        settled = [each.pair.record_key for each in meetings if not is_pushed(each.judged)]
        self.connection.execute(writes.leave_pending(self.of, settled))
        self._run(writes.write_pending, [
            {"record_key": each.pair.record_key, "row": row_of(each.row), "why": why(each)}
            for each in waiting
        ])  # fmt: skip

    def _keep_rejects(self, meetings: Sequence[Meeting]) -> None:
        refused = [each for each in meetings if isinstance(each.outcome, Refused)]
        rows = [reject(each.pair.record_key, each.outcome, each.values) for each in refused]
        if rows:
            self.connection.execute(writes.write_rejects(self.of, rows, now=self.now))
        taken = [each.pair.record_key for each in meetings if each.is_written]
        if taken:
            closed = writes.resolve_rejects(self.of, taken, code=REFUSED_BY_DATABASE, now=self.now)
            self.connection.execute(closed)

    def _run(
        self, write: Callable[[Sources, Sequence[JsonRow]], Executable], rows: Sequence[JsonRow]
    ) -> None:
        if rows:
            self.connection.execute(write(self.of, rows))

    def _count(self, meetings: Sequence[Meeting]) -> None:
        name = self.of.plan.entry.name
        for meeting in meetings:
            for what, number in counts(meeting).items():
                self.tally.count(name, what, number)
            for each in meeting.judged:
                if each.decision.action is not Action.NOTHING:
                    self.tally.tell(line(name, meeting.pair, each))


def row_of(row: Mapping[str, Any]) -> JsonRow:
    """A row as tap-postgres would send it."""
    return {name: as_json(value) for name, value in row.items()}


def reject(record_key: str, outcome: Outcome | None, values: Mapping[str, Any]) -> JsonRow:
    """A reject of what the database does not take."""
    reason = outcome.reason if isinstance(outcome, Refused) else None
    return {
        "record_key": record_key,
        "code": REFUSED_BY_DATABASE,
        "reason": reason,
        "payload": dict(values),
    }
