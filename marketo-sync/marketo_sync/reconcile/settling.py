"""A batch of judged pairs is carried out: rows first, then all that the ledger keeps of it.

Runs inside the transaction of a batch: a crash leaves each record as it was before, or as it is
behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from marketo_sync.ledger.records import DECIDED, REFUSED_BY_DATABASE, FieldBase
from marketo_sync.reconcile.history import Trace, append
from marketo_sync.reconcile.merge import Action
from marketo_sync.reconcile.pair import AGREED, is_pushed, pulls
from marketo_sync.reconcile.queries import writes
from marketo_sync.reconcile.tally import Count, Line
from marketo_sync.reconcile.users_rows import Change, Overtaken, Refused, Written
from marketo_sync.values import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Executable

    from marketo_sync.reconcile.pair import Judged, Pair
    from marketo_sync.reconcile.queries.sources import Sources
    from marketo_sync.reconcile.tally import Tally
    from marketo_sync.reconcile.users_rows import Outcome, UsersRows

    JsonRow = dict[str, Any]

LINK: Final = "link"  # the rule by which a row shows Marketo's id
WAITING: Final = frozenset({Action.PUSH, Action.HOLD, Action.DRIFT})


@dataclass(frozen=True)
class Meeting:
    """A pair, what was decided on each of its fields, and what became of its row."""

    pair: Pair
    judged: Sequence[Judged]
    values: Mapping[str, Any] = field(repr=False)
    """The columns that are to be written."""
    outcome: Outcome | None = None

    @property
    def is_written(self) -> bool:
        """Whether Marketo's values are in the row, where there were any."""
        return isinstance(self.outcome, Written)

    @property
    def row(self) -> Mapping[str, Any]:
        """The row as it is now."""
        return self.outcome.row if isinstance(self.outcome, Written) else self.pair.row


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
                base = {name: kept.as_json() for name, kept in bases.items()}
                rows.append(
                    {"record_key": each.pair.record_key, "base": base, "pulled_at": pulled_at}
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
            "edits": _edits(meeting.judged) or None,
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
                    renewed.extend(self._renewed(each))
                elif each.decision.policy:
                    news.append(self._conflict(meeting.pair, each))
        self._run(writes.write_conflicts, news)
        if renewed:
            self.connection.execute(writes.renew_conflicts(renewed))

    def _conflict(self, pair: Pair, judged: Judged) -> JsonRow:
        winner = judged.decision.winner
        decided_at = self.now if winner else None
        return {
            "record_key": pair.record_key,
            "marketo_id": pair.marketo_id,
            "field": judged.name,
            "base_value": judged.base.database if judged.base else None,
            "marketo_value": judged.seen.marketo,
            "database_value": judged.seen.database,
            "marketo_at": judged.times.marketo,
            "database_at": judged.times.database,
            "policy": judged.decision.policy,
            "winner": winner,
            "decided_at": decided_at,
            "applied_at": decided_at,
        }

    def _renewed(self, judged: Judged) -> list[JsonRow]:
        """What becomes of a conflict that was there; nothing where nothing has moved."""
        hold = judged.hold
        if hold is None:
            return []
        row: JsonRow = {
            "id": hold.id,
            "marketo_value": judged.seen.marketo,
            "database_value": judged.seen.database,
            "winner_before": hold.winner,
            "winner": None,
            "decided_at": None,
            "applied_at": None,
        }
        if judged.decision.action is Action.HOLD:
            moved = (hold.database, hold.marketo) != (judged.seen.database, judged.seen.marketo)
            return [row] if moved or hold.winner else []
        winner = hold.winner or AGREED
        kept = {"marketo_value": hold.marketo, "database_value": hold.database}
        return [{**row, **kept, "winner": winner, "decided_at": self.now, "applied_at": self.now}]

    def _keep_history(self, meetings: Sequence[Meeting]) -> None:
        column = self.of.plan.entry.marketo_id
        traces = [trace for each in meetings if each.is_written for trace in _traces(each, column)]
        append(self.connection, self.of, traces, cycle=self.cycle, at=self.now)

    def _keep_pending(self, meetings: Sequence[Meeting]) -> None:
        waiting = [each for each in meetings if is_pushed(each.judged)]
        settled = [each.pair.record_key for each in meetings if not is_pushed(each.judged)]
        self.connection.execute(writes.leave_pending(self.of, settled))
        self._run(writes.write_pending, [
            {"record_key": each.pair.record_key, "row": row_of(each.row), "why": _why(each)}
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
            for what, number in _counts(meeting).items():
                self.tally.count(name, what, number)
            for each in meeting.judged:
                if each.decision.action is not Action.NOTHING:
                    self.tally.tell(_line(name, meeting.pair, each))


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


def _counts(meeting: Meeting) -> dict[Count, int]:
    actions = [each.decision.action for each in meeting.judged]
    opened = [each for each in meeting.judged if each.decision.policy and each.hold is None]
    return {
        Count.PULLED: int(meeting.is_written and Action.PULL in actions),
        Count.PUSHED: int(Action.PUSH in actions),
        Count.REFUSED: int(isinstance(meeting.outcome, Refused)),
        Count.OVERTAKEN: int(isinstance(meeting.outcome, Overtaken)),
        Count.AGREED: actions.count(Action.AGREE),
        Count.CONFLICTS: len(opened),
        Count.HELD: actions.count(Action.HOLD),
    }


def _line(name: str, pair: Pair, judged: Judged) -> Line:
    decision = judged.decision
    return Line(
        object=name,
        record_key=pair.record_key,
        marketo_id=pair.marketo_id,
        action=decision.action,
        field=judged.name,
        rule=decision.rule if decision.policy is None else f"{decision.action}: {decision.policy}",
        marketo=judged.seen.marketo,
        database=judged.seen.database,
    )


def _traces(meeting: Meeting, id_column: str | None) -> Iterator[Trace]:
    """What the history tells of the fields that took Marketo's value, and of Marketo's id."""
    key, before, now = meeting.pair.record_key, meeting.pair.row, meeting.row
    if id_column and id_column in meeting.values:
        yield Trace(key, id_column, before[id_column], now[id_column], LINK)
    for each in meeting.judged:
        new = each.field.cell(now[each.field.column.name]).database
        if each.decision.action is Action.PULL and new != each.seen.database:
            yield Trace(key, each.name, each.seen.database, new, each.decision.rule)


def _edits(judged: Sequence[Judged]) -> JsonRow:
    """Changes of the database that are not settled, and since when they are there."""
    return {
        each.name: {"value": each.edit.value, "at": each.edit.at}
        for each in judged
        if each.edit is not None and each.decision.action in WAITING
    }


def _why(meeting: Meeting) -> str:
    rules = (
        f"{each.name} ({each.decision.rule})"
        for each in meeting.judged
        if each.decision.action is Action.PUSH
    )
    return ", ".join(rules)
