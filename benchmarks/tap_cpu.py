"""Claim: CPU per record of tap-marketo over the least script that writes the same lines.

By record: what a run of many costs beyond one of hardly any, so that no start counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.child import BenchmarkError, side_by_side
from benchmarks.marketo import Tap, count, floor, simulated
from benchmarks.ratios import Ratio

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.child import Program
    from demo.simulator import Simulator

    Since = Callable[[str], Program]  # a program that reads from that moment on

LEADS: Final = 100_000
MANY: Final = "2026-10-25T10:00:00Z"  # a window of bulk extract: half of the leads
FEW: Final = "2026-11-23T09:00:00Z"
UNTIL: Final = "2026-11-24T10:00:00Z"
FIELDS: Final = 60
HARD_TEXT: Final = {"lastName", "freeText", "plan_code", "title"}  # bare CR, which `csv` refuses
ROUNDS: Final = 5
DELETE_LEAD: Final = 37  # not among activities
MICROSECONDS: Final = 1_000_000


def measure(folder: Path) -> list[Ratio]:
    """Leads by bulk extract, and activities by REST."""
    with simulated(folder, leads=LEADS) as simulator:
        leads = bulk_leads(simulator, folder)
        activities = rest_activities(simulator, folder)
        return [
            _ratio("CPU a record, leads of 60 columns by bulk extract", "leads", leads, 1.6),
            _ratio("CPU a record, activities by REST", "activities", activities, 2),
        ]


def bulk_leads(simulator: Simulator, folder: Path) -> tuple[Since, Since]:
    """The tap and its floor; both read the same 60 fields."""
    tap = Tap(simulator, folder / "leads")
    names = tap.columns("leads")
    fields = [name for name in names if name not in HARD_TEXT][:FIELDS]

    def ours(since: str) -> Program:
        of_fields = Tap(simulator, folder / f"leads {since}", start_date=since)
        return of_fields.program("leads", without={"leads": {*names} - {*fields}})

    def least(since: str) -> Program:
        return floor("bulk_leads", simulator, folder / f"floor {since}", since, UNTIL, *fields)

    return ours, least


def rest_activities(simulator: Simulator, folder: Path) -> tuple[Since, Since]:
    """The tap and its floor; both read all types."""
    listed = simulator.get("/activity_types")["activity_types"]
    types = [str(each["id"]) for each in listed if each["id"] != DELETE_LEAD]

    def ours(since: str) -> Program:
        tap = Tap(
            simulator, folder / f"activities {since}", start_date=since, activities_method="rest"
        )
        return tap.program("activities")

    def least(since: str) -> Program:
        return floor("rest_activities", simulator, folder / f"floor {since}", since, *types)

    return ours, least


def _ratio(what: str, stream: str, programs: tuple[Since, Since], promised: float) -> Ratio:
    tap, least = programs
    runs = {"tap": tap(MANY), "tap few": tap(FEW), "floor": least(MANY), "floor few": least(FEW)}
    costs = side_by_side(ROUNDS, **{name: program.run for name, program in runs.items()})
    many, few = count(runs["tap"], stream), count(runs["tap few"], stream)
    if (many, few) != (count(runs["floor"], stream), count(runs["floor few"], stream)):
        raise BenchmarkError(f"{stream}: the tap and its floor wrote another number of records")
    ours, base = (
        (costs[name].cpu_seconds - costs[f"{name} few"].cpu_seconds) * MICROSECONDS / (many - few)
        for name in ("tap", "floor")
    )
    return Ratio(what, ours, base, "us", at_most=promised)
