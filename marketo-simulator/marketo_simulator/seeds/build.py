"""From a profile and a seed to an instance full of history, which ends a day before its clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from marketo_simulator.causes import Cause
from marketo_simulator.instance import Instance
from marketo_simulator.repeatable import numbers
from marketo_simulator.seeds.companies import add_companies, rename_company
from marketo_simulator.seeds.custom_objects import add_custom_objects
from marketo_simulator.seeds.events import EVENTS, Event
from marketo_simulator.seeds.people import HARD_TEXTS, person
from marketo_simulator.seeds.profiles import PROFILES, Profile
from marketo_simulator.seeds.schema import add_schema, add_smart_list
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from random import Random

    from marketo_simulator.clock import Clock

QUIET_BEFORE_NOW: Final = timedelta(days=1)
BIRTH_BEFORE_FIRST_LEAD: Final = timedelta(days=10)
RECENT_SECONDS: Final = 10 * 86_400
"""Deletes and merges fall into this span at the end: Marketo forgets deletes after 14 days."""
LONGEST_EVENT_SECONDS: Final = 120
SECOND_EARLY_EVERY: Final = 10
"""Each such new lead has an `updatedAt` one second before its `createdAt`, as was seen."""
ON_A_LIST_EVERY: Final = 6
"""Each such new lead is on the first list, the one after it on the second."""
SOURCES: Final = (Cause("Web form fillout"), Cause("List import"), Cause("New lead"), Cause())

_KINDS: Final = [kind for kind, _ in EVENTS]
_WEIGHTS: Final = list(accumulate(weight for _, weight in EVENTS))

Step = tuple[int, int, Callable[..., None], tuple[object, ...]]
"""When, its place within that second, what happens, and to whom; slim: there may be millions."""


@dataclass(frozen=True, slots=True)
class Span:
    """The history, in epoch seconds."""

    start: int
    end: int


def build_instance(
    name: str,
    *,
    seed: int,
    clock: Clock,
    leads: int | None = None,
    events_per_lead: float | None = None,
) -> Instance:
    """An instance as that profile has it; `leads` and `events_per_lead` replace its numbers."""
    profile = _sized(PROFILES[name], leads, events_per_lead)
    end = clock.now().replace(microsecond=0) - QUIET_BEFORE_NOW
    start = end - timedelta(days=profile.days)
    instance = Instance(profile.settings, seed, clock, start - BIRTH_BEFORE_FIRST_LEAD)
    add_schema(instance)
    if profile.leads:
        add_companies(instance)
    random = numbers(seed, "history")
    span = Span(int(start.timestamp()), int(end.timestamp()))
    for second, _, happen, whom in sorted(_steps(profile, random, span), key=_order):
        happen(instance, random, stamp(datetime.fromtimestamp(second, UTC)), *whom)
    add_smart_list(instance)
    if profile.leads:
        add_custom_objects(instance)
    instance.open_feeds()
    return instance


def _sized(profile: Profile, leads: int | None, events_per_lead: float | None) -> Profile:
    if events_per_lead is not None:
        profile = replace(profile, events_per_lead=events_per_lead)
    if leads is None:
        return profile
    return replace(profile, leads=leads, burst=min(profile.burst, leads // 2))


def _order(step: Step) -> tuple[int, int]:
    return step[:2]


def _steps(profile: Profile, random: Random, span: Span) -> list[Step]:
    births = _births(profile, random, span)
    steps: list[Step] = []
    for number, second in enumerate(births, start=1):
        steps.append((second, 0, _birth, (number,)))
        for _ in range(_how_many(profile, random)):
            when = random.randrange(second, max(span.end - LONGEST_EVENT_SECONDS, second + 1))
            event = random.choices(_KINDS, cum_weights=_WEIGHTS)[0]
            steps.append((when, number, _event, (number, event)))
    renamed: Step = (span.end - RECENT_SECONDS // 2, 0, rename_company, ())
    return [*steps, renamed, *_endings(profile, random, span)]


def _births(profile: Profile, random: Random, span: Span) -> list[int]:
    scattered = profile.leads - profile.burst
    births = [random.randrange(span.start, span.end) for _ in range(scattered)]
    together = random.randrange(span.start, span.end)
    return sorted([*births, *[together] * profile.burst])


def _how_many(profile: Profile, random: Random) -> int:
    return round(random.random() * 2 * profile.events_per_lead)


def _birth(instance: Instance, random: Random, at: str, number: int) -> None:
    lead = instance.leads.create(person(random, number), cause=random.choice(SOURCES), at=at)
    if number % SECOND_EARLY_EVERY == 0:
        early = datetime.fromisoformat(at) - timedelta(seconds=1)
        lead.values = {**lead.values, "updatedAt": stamp(early)}
    for place, made in enumerate(instance.lists.all()):
        if number % ON_A_LIST_EVERY == place:
            instance.lists.join(made.id, lead.id, at=at)


def _event(instance: Instance, random: Random, at: str, lead_id: int, event: Event) -> None:
    lead = instance.leads.get(lead_id)
    if lead is not None:
        event(instance, random, lead, at)


def _endings(profile: Profile, random: Random, span: Span) -> list[Step]:
    wanted = profile.deletes + 2 * profile.merges
    first = min(len(HARD_TEXTS), profile.leads // 2) + 1  # the hardest leads stay
    candidates = range(first, profile.leads + 1)
    ids = random.sample(candidates, min(wanted, len(candidates)))
    deleted, merged = ids[: profile.deletes], ids[profile.deletes :]
    moments = [random.randrange(span.end - RECENT_SECONDS, span.end) for _ in ids]
    steps: list[Step] = [
        (moment, lead_id, _delete, (lead_id,))
        for moment, lead_id in zip(moments, deleted, strict=False)
    ]
    pairs = zip(merged[::2], merged[1::2], strict=False)
    return steps + [
        (moment, winner, _merge, (winner, loser))
        for moment, (winner, loser) in zip(reversed(moments), pairs, strict=False)
    ]


def _delete(instance: Instance, _random: Random, at: str, lead_id: int) -> None:
    if instance.leads.get(lead_id) is not None:
        instance.leads.delete(lead_id, at=at)


def _merge(instance: Instance, _random: Random, at: str, winner: int, loser: int) -> None:
    if instance.leads.get(winner) is not None and instance.leads.get(loser) is not None:
        instance.leads.merge(winner, [loser], at=at)
