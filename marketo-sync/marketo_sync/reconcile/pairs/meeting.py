"""A pair that has been judged, and what tally, history and ledger are told of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from marketo_sync.reconcile.merge.three_way import Action
from marketo_sync.reconcile.pairs.history import Trace
from marketo_sync.reconcile.pairs.users_rows import Overtaken, Refused, Written
from marketo_sync.reconcile.tally import Count, Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from marketo_sync.reconcile.pairs.pair import Judged, Pair
    from marketo_sync.reconcile.pairs.users_rows import Outcome

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


def counts(meeting: Meeting) -> dict[Count, int]:
    """What the tally counts of it."""
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


def line(name: str, pair: Pair, judged: Judged) -> Line:
    """What the tally tells of a field of an entry's record."""
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


def traces(meeting: Meeting, id_column: str | None) -> Iterator[Trace]:
    """What the history tells of the fields that took Marketo's value, and of Marketo's id."""
    key, before, now = meeting.pair.record_key, meeting.pair.row, meeting.row
    if id_column and id_column in meeting.values:
        yield Trace(key, id_column, before[id_column], now[id_column], LINK)
    for each in meeting.judged:
        new = each.field.cell(now[each.field.column.name]).database
        if each.decision.action is Action.PULL and new != each.seen.database:
            yield Trace(key, each.name, each.seen.database, new, each.decision.rule)


def edits(judged: Sequence[Judged]) -> JsonRow:
    """Changes of the database that are not settled, and since when they are there."""
    return {
        each.name: {"value": each.edit.value, "at": each.edit.at}
        for each in judged
        if each.edit is not None and each.decision.action in WAITING
    }


def why(meeting: Meeting) -> str:
    """Which fields a pending row is to send, and by what rules."""
    rules = (
        f"{each.name} ({each.decision.rule})"
        for each in meeting.judged
        if each.decision.action is Action.PUSH
    )
    return ", ".join(rules)
