"""Claim: calls of tap-marketo over the fewest that Marketo's API allows.

The floor is what the rows need: a page for each 300 of a group of types, a look-up for each 300
leads, a paging token for each feed, and the descriptions. By bulk it is a job for each window.
"""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from benchmarks.marketo import Tap, calls, last_state, records, simulated
from benchmarks.ratios import Ratio

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.child import Program
    from demo.simulator import Simulator

ROWS_PER_PAGE: Final = 300
DESCRIPTIONS: Final = 3  # Describe, Describe2, activity types
LEADS: Final = 21_000
EVENTS_PER_LEAD: Final = 3.0  # with the row of its creation, some 100,000 activities
CHANGED: Final = 10_000
SINCE: Final = "2026-09-01T00:00:00Z"
HOUR: Final = 3_600
IDENTITY: Final = "/oauth/token"  # free of quota
MOST: Final = 1.02


def measure(folder: Path) -> list[Ratio]:
    """Activities by REST, changed leads, and jobs of a bulk read."""
    with simulated(folder, leads=LEADS, events_per_lead=EVENTS_PER_LEAD) as simulator:
        return [
            _activities(simulator, folder / "activities"),
            _jobs(simulator, folder / "jobs"),
            _changed_leads(simulator, folder / "leads"),
        ]


def _activities(simulator: Simulator, folder: Path) -> Ratio:
    tap = Tap(simulator, folder, start_date=SINCE, activities_method="rest")
    program = tap.program("activities")
    made = _calls_of(simulator, program)
    rows = Counter(str(row["activityTypeId"]) for row in records(program, "activities"))
    groups = {call["query"]["activityTypeIds"][0] for call in calls(simulator, "/activities.json")}
    pages = [_pages(sum(rows[kind] for kind in group.split(","))) for group in groups]
    floor = sum(pages) + len(groups) + DESCRIPTIONS
    return Ratio(f"calls, {rows.total():,} activities by REST", made, floor, "calls", at_most=MOST)


def _jobs(simulator: Simulator, folder: Path) -> Ratio:
    tap = Tap(simulator, folder, start_date=SINCE, activities_method="bulk")
    _calls_of(simulator, tap.program("activities", "activity_open_email", "activity_visit_webpage"))
    made = calls(simulator, "/export/create.json")
    windows = {_window(call) for call in made}
    what = "jobs, activities of all types by bulk extract"
    return Ratio(what, len(made), len(windows), "jobs", base_is="windows", at_most=1)


def _changed_leads(simulator: Simulator, folder: Path) -> Ratio:
    tap = Tap(simulator, folder, start_date=SINCE, leads_method="changes")
    first = tap.program("leads")
    first.run()
    simulator.post("/clock", advance_seconds=HOUR)
    for lead in [lead["id"] for lead in simulator.get("/leads")["leads"]][:CHANGED]:
        simulator.post(f"/leads/{lead}", country="Portugal")
    program = tap.program("leads", state=last_state(first))
    made = _calls_of(simulator, program)
    feeds = [
        sum(call["records"] for call in calls(simulator, feed))
        for feed in ("/leadchanges.json", "/activities.json")  # of the latter merges
    ]
    floor = sum(_pages(rows) + 1 for rows in feeds) + _pages(CHANGED) + DESCRIPTIONS
    return Ratio(f"calls, {CHANGED:,} changed leads", made, floor, "calls", at_most=MOST)


def _calls_of(simulator: Simulator, program: Program) -> int:
    """How many calls a run makes that count against the quota."""
    simulator.delete("/calls")
    program.run()
    return len(calls(simulator, "")) - len(calls(simulator, IDENTITY))


def _pages(rows: int) -> int:
    return max(1, ceil(rows / ROWS_PER_PAGE))


def _window(call: dict[str, Any]) -> str:
    start: str = call["body"]["filter"]["createdAt"]["startAt"]
    return start
