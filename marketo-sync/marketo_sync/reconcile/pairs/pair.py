"""One record: its row, what Marketo shows, and what is to be done with each field. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from marketo_sync.reconcile.merge.echoes import changed_at, counts, read_back
from marketo_sync.reconcile.merge.flapping import FLAPPING, flaps
from marketo_sync.reconcile.merge.policies import Side, Times
from marketo_sync.reconcile.merge.three_way import (
    NOTHING,
    Action,
    Decision,
    Ruling,
    comparable,
    marketo_changed,
    merge,
    resolve,
    still_held,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from marketo_client.codecs import Json, Scalar

    from marketo_sync.ledger.records import Base, FieldBase
    from marketo_sync.reconcile.merge.echoes import FieldChange
    from marketo_sync.reconcile.merge.flapping import Step
    from marketo_sync.reconcile.merge.three_way import Seen
    from marketo_sync.reconcile.sides.fields import EntryPlan, SyncField

WRITES: Final = frozenset({Action.PULL, Action.PUSH})
AGREED: Final = "agreed"  # the winner of a conflict whose sides have come to show the same


@dataclass(frozen=True, slots=True)
class Hold:
    """A conflict that holds its field: open, or resolved and not acted on yet."""

    id: int
    policy: str
    winner: Side | None
    database: Scalar | None
    marketo: Scalar | None


@dataclass(frozen=True, slots=True)
class Edit:
    """A value of the database that waits to be sent, and since when, if that is known."""

    value: Scalar | None
    at: datetime | None


@dataclass(frozen=True)
class Pair:
    """What is known of one record. `row` and `shown` hold values as psycopg2 read them.

    `read_at` is when Marketo showed it, None where nothing has landed. `changed_at` is the row's.
    """

    record_key: str
    marketo_id: str | None
    base: Base
    row: Mapping[str, Any] = field(repr=False)
    shown: Mapping[str, Any] = field(repr=False)
    row_digest: str
    landed_digest: str
    read_at: datetime | None
    pushed_at: datetime | None = None
    has_company: bool = False
    changed_at: datetime | None = None
    written_at: datetime | None = None
    edits: Mapping[str, Edit] = field(default_factory=dict, repr=False)
    holds: Mapping[str, Hold] = field(default_factory=dict, repr=False)
    changes: Mapping[str, FieldChange] = field(default_factory=dict, repr=False)
    history: Mapping[str, Sequence[Step]] = field(default_factory=dict, repr=False)
    released: Mapping[str, datetime] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Judged:
    """What becomes of one field of a pair.

    `base` is the stored one with Marketo's form of a push read back into it. `is_stale`: what has
    landed differs and is older than our last push.
    """

    field: SyncField
    seen: Seen
    base: FieldBase | None
    decision: Decision
    times: Times
    edit: Edit | None = None
    hold: Hold | None = None
    is_stale: bool = False

    @cached_property
    def name(self) -> str:
        """Marketo's name of the field."""
        return self.field.name


def judge(plan: EntryPlan, pair: Pair) -> list[Judged]:
    """What becomes of each field of a record."""
    return [_judge(each, pair) for each in plan.fields_of(has_company=pair.has_company)]


def _judge(of: SyncField, pair: Pair) -> Judged:
    base, hold = pair.base.get(of.name), pair.holds.get(of.name)
    seen = of.seen(pair.row[of.column.name], pair.shown[of.name])
    is_news = pair.read_at is not None and counts(base, pair.read_at)
    is_stale = False
    change = pair.changes.get(of.name)
    if not is_news:
        if base is None:
            return Judged(of, seen, None, NOTHING, Times(), is_stale=True)
        is_stale = pair.read_at is not None and marketo_changed(of.rules, base, seen)
        seen = replace(seen, marketo=base.marketo)
    elif base is not None:
        base = read_back(of.rules, base, seen, change)
    edit = _edit(of, pair, base, seen)
    times = Times(changed_at(of.rules, base, seen, change), edit.at if edit else None)
    decision = _decide(of, pair, base, seen, times)
    return Judged(of, seen, base, decision, times, edit, hold, is_stale)


def _decide(
    of: SyncField, pair: Pair, base: FieldBase | None, seen: Seen, times: Times
) -> Decision:
    hold = pair.holds.get(of.name)
    if hold is None:
        decision = merge(of.rules, base, seen, times)
        flapping = decision.action in WRITES and _flaps(of, pair, seen, decision)
        return Decision(Action.HOLD, Action.HOLD, policy=FLAPPING) if flapping else decision
    if hold.winner is None:
        return still_held(of.rules, seen, hold.policy)
    return resolve(of.rules, seen, Ruling(hold.winner, hold.database, hold.marketo))


def _flaps(of: SyncField, pair: Pair, seen: Seen, decision: Decision) -> bool:
    planned = seen.marketo if decision.action is Action.PULL else seen.sent
    steps = pair.history.get(of.name, ())
    since = pair.released.get(of.name)
    return flaps(steps, comparable(of.rules.data_type, planned), since=since)


def _edit(of: SyncField, pair: Pair, base: FieldBase | None, seen: Seen) -> Edit | None:
    """The database's change of a field, dated in the first cycle that sees it."""
    if base is not None and seen.database == base.database:
        return None
    known = pair.edits.get(of.name)
    if known is not None and known.value == seen.database:
        return known
    ours = pair.written_at is not None and pair.changed_at == pair.written_at
    return Edit(seen.database, None if ours else pair.changed_at)


def pulls(judged: Sequence[Judged]) -> dict[str, Json]:
    """The columns that take Marketo's values."""
    return {
        each.field.column.name: each.field.to_database(each.seen.marketo)
        for each in judged
        if each.decision.action is Action.PULL
    }


def is_pushed(judged: Sequence[Judged]) -> bool:
    """Whether anything of the row is to be sent."""
    return any(each.decision.action is Action.PUSH for each in judged)
