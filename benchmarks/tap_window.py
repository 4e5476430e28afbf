"""Claim: activities use what the rate limit allows, whatever the latency.

The limit is Marketo's own, 100 calls in 20 seconds. What is used is counted by the simulator, in
whole windows from the first page on.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from benchmarks.marketo import Tap, calls, simulated
from benchmarks.ratios import Ratio

if TYPE_CHECKING:
    from pathlib import Path

    from demo.simulator import Simulator

LEADS: Final = 21_000
EVENTS_PER_LEAD: Final = 3.0  # with the row of its creation, some 400 pages of activities
ALL: Final = "2026-09-01T00:00:00Z"
FOUR_DAYS: Final = "2026-11-20T00:00:00Z"  # some 75 pages, which take a second each then
WINDOW: Final = timedelta(seconds=20)
CALLS_PER_WINDOW: Final = 100
LEAST: Final = 0.95


def measure(folder: Path) -> list[Ratio]:
    """With a tenth of a second of latency, as promised, and with a whole one."""
    with simulated(
        folder, leads=LEADS, events_per_lead=EVENTS_PER_LEAD, clock="running"
    ) as simulator:
        return [
            _ratio(simulator, folder / "tenth", latency=0.1, since=ALL, least=LEAST),
            _ratio(simulator, folder / "second", latency=1.0, since=FOUR_DAYS, least=None),
        ]


def _ratio(
    simulator: Simulator, folder: Path, *, latency: float, since: str, least: float | None
) -> Ratio:
    simulator.post("/settings", latency_seconds=latency)
    simulator.delete("/calls")
    limits = {"max_calls_per_20s": CALLS_PER_WINDOW, "max_concurrent_calls": 10}
    tap = Tap(simulator, folder, start_date=since, activities_method="rest", **limits)
    program = tap.program("activities")
    simulator.delete("/calls")
    program.run()
    made = [datetime.fromisoformat(call["at"]) for call in calls(simulator, "/activities.json")]
    windows = (made[-1] - made[0]) // WINDOW
    within = sum(at < made[0] + windows * WINDOW for at in made)
    return Ratio(
        f"calls in {windows} windows, {latency:g} s of latency",
        within,
        windows * CALLS_PER_WINDOW,
        "calls",
        base_is="allowed",
        at_least=least,
    )
