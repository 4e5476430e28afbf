"""The three-way merge of one field: each side against its own base. Pure; knows no SQL.

Two tables decide: `OUTCOMES`, by what has changed and which way the field goes, and `POLICIES`
where both sides changed. A first link is the same merge over a base that it chooses first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from marketo_client.codecs import Scalar, normalise, text

from marketo_sync.ledger.records import FieldBase
from marketo_sync.mapping import Conflict, Direction, FirstLink
from marketo_sync.reconcile.merge.policies import POLICIES, UNKNOWN, Side, Times

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Value = Scalar | None

BOOLEAN: Final = "boolean"
EMAIL: Final = "email"
FIRST_LINK: Final = "first_link"
RESOLVED: Final = "resolved"


class Action(StrEnum):
    """What a merge asks for; the first word of a rule."""

    NOTHING = "nothing"
    PULL = "pull"
    PUSH = "push"
    AGREE = "agree"
    HOLD = "hold"
    DRIFT = "drift"
    CONFLICT = "conflict"  # the policy decides between pull, push and hold


@dataclass(frozen=True, slots=True)
class Rules:
    """What the mapping and Marketo's types say of a field."""

    data_type: str
    direction: Direction = Direction.BOTH
    conflict: Conflict | None = Conflict.REVIEW
    first_link: FirstLink = FirstLink.REVIEW


@dataclass(frozen=True, slots=True)
class Seen:
    """What both sides show of a field now.

    `database` is the column's value, normalised; `sent` is what Marketo would be given of it;
    `marketo` is what Marketo shows. `fitted` gives the column's form of a value of Marketo's: its
    scale, its length.
    """

    database: Value
    sent: Value
    marketo: Value
    fitted: Callable[[Value], Value] = lambda value: value


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done with a field and by which rule.

    `base` is what to keep until then, None where that stays as it is. `policy` and `winner` tell
    of a conflict; without a winner the field is held.
    """

    action: Action
    rule: str
    base: FieldBase | None = None
    policy: str | None = None
    winner: Side | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person has decided on a conflict, and the values that both sides showed then."""

    winner: Side
    database: Value
    marketo: Value


NOTHING: Final = Decision(Action.NOTHING, Action.NOTHING)

OUTCOMES: Final[Mapping[Direction, Mapping[tuple[bool, bool], Action]]] = MappingProxyType(
    {  # by (Marketo changed, the database changed)
        Direction.BOTH: {
            (False, False): Action.NOTHING,
            (True, False): Action.PULL,
            (False, True): Action.PUSH,
            (True, True): Action.CONFLICT,
        },
        Direction.TO_MARKETO: {
            (False, False): Action.NOTHING,
            (True, False): Action.DRIFT,
            (False, True): Action.PUSH,
            (True, True): Action.PUSH,
        },
        Direction.TO_DATABASE: {
            (False, False): Action.NOTHING,
            (True, False): Action.PULL,
            (False, True): Action.DRIFT,
            (True, True): Action.PULL,
        },
    }
)


def merge(rules: Rules, base: FieldBase | None, seen: Seen, times: Times = UNKNOWN) -> Decision:
    """What becomes of a field; `base` is None where both sides meet for the first time."""
    if base is not None:
        return _merge(rules, base, seen, times)
    if _meets(rules, seen):
        return Decision(Action.AGREE, _rule(Action.AGREE, FIRST_LINK), _as_seen(seen))
    chosen = FIRST_BASES[rules.direction](rules, seen)
    if chosen is None:
        return Decision(Action.HOLD, Action.HOLD, policy=FIRST_LINK)
    return _because(_merge(rules, chosen, seen, times), FIRST_LINK, chosen)


def resolve(rules: Rules, seen: Seen, ruling: Ruling) -> Decision:
    """The merge after a person has decided; held on where the losing side has moved since."""
    if agree(rules, seen):
        return Decision(Action.AGREE, _rule(Action.AGREE, RESOLVED), _as_seen(seen))
    if ruling.winner is Side.MARKETO and seen.database == ruling.database:
        return _won_by(ruling.winner, RESOLVED, _both_as_database(seen))
    of_marketo = (comparable(rules.data_type, value) for value in (seen.marketo, ruling.marketo))
    if ruling.winner is Side.DATABASE and len(set(of_marketo)) == 1:
        return _won_by(ruling.winner, RESOLVED, _both_as_marketo(seen))
    return Decision(Action.HOLD, Action.HOLD, policy=Conflict.REVIEW)


def still_held(rules: Rules, seen: Seen, policy: str) -> Decision:
    """The merge of a field that waits for a person: both sides may have come to agree meanwhile."""
    if agree(rules, seen):
        return Decision(Action.AGREE, Action.AGREE, _as_seen(seen))
    return Decision(Action.HOLD, Action.HOLD, policy=policy)


def agree(rules: Rules, seen: Seen) -> bool:
    """Whether both sides show the same, in Marketo's terms or as far as the column can hold it."""
    of_marketo = comparable(rules.data_type, seen.marketo)
    if of_marketo == comparable(rules.data_type, seen.sent):
        return True
    if of_marketo is False and seen.sent is None:
        return True  # Marketo's `false` may be its null
    return seen.marketo is not None and seen.fitted(seen.marketo) == seen.database


def _meets(rules: Rules, seen: Seen) -> bool:
    """Whether two sides that have never met agree: of e-mail addresses, whatever their case."""
    if agree(rules, seen):
        return True
    both = [str(value).strip().lower() for value in (seen.sent, seen.marketo)]
    return rules.data_type.lower() == EMAIL and both[0] == both[1]


def marketo_changed(rules: Rules, base: FieldBase, seen: Seen) -> bool:
    """Whether Marketo shows something else than its base."""
    now, then = (comparable(rules.data_type, value) for value in (seen.marketo, base.marketo))
    if rules.data_type.lower() == BOOLEAN:
        return bool(now) != bool(then)  # Marketo shows no null there
    return now != then


def comparable(data_type: str, value: Value) -> Value:
    """A value of Marketo's as it is compared; one that does not fit its type is text."""
    try:
        return normalise(data_type, value)
    except ValueError:
        return text(value)


def _merge(rules: Rules, base: FieldBase, seen: Seen, times: Times) -> Decision:
    changed = (marketo_changed(rules, base, seen), seen.database != base.database)
    if any(changed) and agree(rules, seen):
        return Decision(Action.AGREE, Action.AGREE, _as_seen(seen))
    action = OUTCOMES[rules.direction][changed]
    if action is Action.CONFLICT:
        return _by_policy(rules.conflict or Conflict.REVIEW, base, seen, times)
    return Decision(action, action)


def _by_policy(policy: Conflict, base: FieldBase, seen: Seen, times: Times) -> Decision:
    winner = POLICIES[policy](times)
    if winner is None:
        return Decision(Action.HOLD, Action.HOLD, policy=policy)
    # What Marketo shows has lost to the database: it is no news again.
    kept = base if winner is Side.MARKETO else replace(base, marketo=seen.marketo)
    return _won_by(winner, policy, kept)


def _won_by(winner: Side, policy: str, base: FieldBase) -> Decision:
    action = Action.PULL if winner is Side.MARKETO else Action.PUSH
    return Decision(action, _rule(action, policy), base, policy, winner)


def _because(decision: Decision, why: str, base: FieldBase) -> Decision:
    """The decision with a reason, keeping the base that led to it."""
    action = Action.AGREE if decision.action is Action.NOTHING else decision.action
    return replace(decision, action=action, rule=_rule(action, why), base=decision.base or base)


def _rule(action: Action, why: str) -> str:
    return f"{action}: {why}"


def _as_seen(seen: Seen) -> FieldBase:
    return FieldBase(seen.database, seen.marketo)


def _both_as_marketo(seen: Seen) -> FieldBase:
    """As if the database had shown Marketo's value: only the database has changed."""
    return FieldBase(None if seen.marketo is None else seen.fitted(seen.marketo), seen.marketo)


def _both_as_database(seen: Seen) -> FieldBase:
    """As if Marketo had shown the database's value: only Marketo has changed."""
    return FieldBase(seen.database, seen.sent)


def _meet(rules: Rules, seen: Seen) -> FieldBase | None:
    """Both ways: a blank takes the other side's value, else the policy says."""
    if seen.database is None:
        return _both_as_database(seen)
    if seen.marketo is None:
        return _both_as_marketo(seen)
    return {
        FirstLink.REVIEW: None,
        FirstLink.MARKETO: _both_as_database(seen),
        FirstLink.DATABASE: _both_as_marketo(seen),
    }[rules.first_link]


def _to_marketo(_rules: Rules, seen: Seen) -> FieldBase:
    """The database is the source; a blank of it clears nothing in Marketo."""
    return _as_seen(seen) if seen.database is None else _both_as_marketo(seen)


def _to_database(_rules: Rules, seen: Seen) -> FieldBase:
    """Marketo is the source; a blank of it clears nothing in the database."""
    return _as_seen(seen) if seen.marketo is None else _both_as_database(seen)


FIRST_BASES: Final[Mapping[Direction, Callable[[Rules, Seen], FieldBase | None]]] = (
    MappingProxyType(
        {
            Direction.BOTH: _meet,
            Direction.TO_MARKETO: _to_marketo,
            Direction.TO_DATABASE: _to_database,
        }
    )
)
