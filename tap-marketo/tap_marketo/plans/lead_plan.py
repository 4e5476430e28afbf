"""What a run reads of leads: all of them, those changed by bulk extract, or the change feed.

Pure: a decision from what the bookmark and the settings say. Knows nothing of calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from tap_marketo.state.lead_bookmark import By

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tap_marketo.plans.recheck import Recheck

FRESH: Final = timedelta(hours=24)  # how old a bookmark `auto` follows up by the change feed


class Method(StrEnum):
    """The setting `leads_method`."""

    AUTO = "auto"
    BULK = "bulk"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known before the first call for leads; `reached` is None before the first read.

    `first_lead` may cost a call, so it is asked only where all leads are to be read.
    """

    now: datetime
    first_lead: Callable[[], datetime]
    reached: datetime | None
    rechecked_at: datetime | None
    forgotten: bool
    fields_came: bool
    method: Method
    recheck: Recheck


@dataclass(frozen=True, slots=True)
class Plan:
    """By which date leads are exported from `start` on; by none: changes from `start` on.

    `otherwise` is what to do instead where the subscription cannot export by that date;
    `rechecks` says that the last hours are read again, though by the change feed.
    """

    by: By | None
    start: datetime
    otherwise: Plan | None = None
    rechecks: bool = False


def plan(situation: Situation) -> Plan:
    """The first rule that applies: all leads, those changed by bulk, the change feed."""
    if situation.reached is None or situation.fields_came:
        return Plan(By.CREATED, situation.first_lead())
    reached = situation.reached
    again = situation.recheck.due_since(situation.rechecked_at, reached=reached, now=situation.now)
    start = min(reached, again or reached)
    changes = Plan(None, start, rechecks=again is not None)
    if situation.forgotten:
        return Plan(By.UPDATED, start, Plan(By.CREATED, situation.first_lead()))
    if situation.method is Method.BULK:
        return Plan(By.UPDATED, start)
    late = situation.method is Method.AUTO and situation.now - reached > FRESH
    return Plan(By.UPDATED, start, changes) if again or late else changes
