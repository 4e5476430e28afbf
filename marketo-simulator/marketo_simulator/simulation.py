"""The instance that is being simulated now, and how it starts again.

Knows no HTTP. A reset gives a test a fresh instance without a new process.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from marketo_simulator.clock import Clock
from marketo_simulator.seeds.build import build_instance

if TYPE_CHECKING:
    from marketo_simulator.instance import Instance


class Pace(StrEnum):
    """Whether simulated time goes on by itself."""

    RUNNING = "running"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Start:
    """What an instance starts from; `now` None means real time."""

    profile: str = "demo"
    seed: int = 7
    leads: int | None = None
    events_per_lead: float | None = None
    now: datetime | None = None
    clock: Pace = Pace.RUNNING


class Simulation:
    """Holds the one instance that all calls go to."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self.instance = _build(start)
        gc.freeze()  # a long history is millions of objects that the collector need never visit

    def reset(self, **changes: object) -> Instance:
        """A fresh instance, as at the start but for the changes.

        Raises:
            TypeError: a change that `Start` does not know.
            KeyError: an unknown profile.
        """
        self.instance.exports.close()
        self.instance = _build(replace(self._start, **changes))  # type: ignore[arg-type]  # checked by replace
        return self.instance


def _build(start: Start) -> Instance:
    clock = Clock(start.now or datetime.now(UTC))
    if start.clock is Pace.STOPPED:
        clock.stop()
    gc.disable()
    try:
        return build_instance(
            start.profile,
            seed=start.seed,
            clock=clock,
            leads=start.leads,
            events_per_lead=start.events_per_lead,
        )
    finally:
        gc.enable()
