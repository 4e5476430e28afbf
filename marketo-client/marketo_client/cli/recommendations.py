"""Settings that fit an instance: pure functions of what the checks found."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketo_client.records.activities import TYPES_PER_CALL

if TYPE_CHECKING:
    from marketo_client.cli.findings import Facts

USUAL_QUOTA: Final = 50_000  # calls a day; Marketo docs: API limits
LARGEST_BUDGET: Final = 40_000
ROUND_TO: Final = 1_000
CALLS_WHEN_IDLE: Final = 7_500  # a day; Marketo docs: Marketo Integration Best Practices
MINUTES_A_DAY: Final = 24 * 60
INTERVALS: Final = (5, 10, 15, 30, 60, 120, 240, 480)
CALLS_BESIDE_ACTIVITIES: Final = 14  # of a run without news: discovery, start, two other feeds
CALLS_PER_PACK: Final = 2  # of activity types: a paging token and a page


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A setting, its value, and why."""

    setting: str
    value: str | int
    why: str


def recommended(facts: Facts) -> tuple[Recommendation, ...]:
    """The settings that depend on the instance, if it could be asked; else defaults are good."""
    if facts.others_busiest_day is None:
        return ()
    return (_leads_method(facts), _activities_method(), _max_daily_calls(facts), _interval(facts))


def _leads_method(facts: Facts) -> Recommendation:
    why = "the change feed, and bulk after a pause"
    if facts.updated_at_exports is False:
        why = "the change feed, as leads cannot be exported by updatedAt (1035); asks again monthly"
    return Recommendation("leads_method", "auto", why)


def _activities_method() -> Recommendation:
    return Recommendation("activities_method", "auto", "bulk for over 24 hours, then page by page")


def _max_daily_calls(facts: Facts) -> Recommendation:
    others = facts.others_busiest_day or 0
    free = (USUAL_QUOTA - others) // ROUND_TO * ROUND_TO
    value = max(min(LARGEST_BUDGET, free), ROUND_TO)
    why = f"{USUAL_QUOTA:,} a day in most subscriptions; others used up to {others:,} of them"
    return Recommendation("max_daily_calls", value, why)


def _interval(facts: Facts) -> Recommendation:
    packs = math.ceil((facts.activity_types or 0) / TYPES_PER_CALL)
    calls = CALLS_BESIDE_ACTIVITIES + CALLS_PER_PACK * packs
    minutes = next(
        (each for each in INTERVALS if MINUTES_A_DAY // each * calls <= CALLS_WHEN_IDLE),
        INTERVALS[-1],
    )
    why = f"about {calls} calls a run, {MINUTES_A_DAY // minutes * calls:,} a day without news"
    return Recommendation("minutes between runs", minutes, why)
