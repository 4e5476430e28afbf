"""Claim: tap-marketo needs as much memory for ten times as many rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.child import BenchmarkError, own_peak_bytes
from benchmarks.marketo import Tap, count, simulated
from benchmarks.ratios import Ratio

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.child import Program
    from demo.simulator import Simulator

MANY_LEADS: Final = 500_000
LEADS: Final = 100_000
EVENTS_PER_LEAD: Final = 3.0  # with the row of its creation, some 500,000 activities
ALL: Final = "2026-09-01T00:00:00Z"
A_TENTH: Final = "2026-11-17T22:00:00Z"  # a tenth of the 60 days that leads are created in
A_TENTH_OF_ACTIVITIES: Final = "2026-11-21T12:00:00Z"  # they are denser at the end
LEAD_FIELDS: Final = ["email", "leadScore", "country"]
BYTES_PER_MB: Final = 1_000_000
MOST: Final = 1.2


def measure(folder: Path) -> list[Ratio]:
    """Leads by bulk extract, activities by REST, and these with the fields of their leads."""
    with simulated(folder, leads=MANY_LEADS, events_per_lead=0) as simulator:
        leads = _ratio(simulator, folder / "leads", "leads", since=A_TENTH)
    with simulated(folder, leads=LEADS, events_per_lead=EVENTS_PER_LEAD) as simulator:
        return [leads, *(_activities(simulator, folder, fields) for fields in ([], LEAD_FIELDS))]


def _activities(simulator: Simulator, folder: Path, fields: list[str]) -> Ratio:
    return _ratio(
        simulator,
        folder / f"activities {len(fields)}",
        "activities",
        since=A_TENTH_OF_ACTIVITIES,
        activities_method="rest",
        activity_lead_fields=fields,
    )


def _ratio(
    simulator: Simulator, folder: Path, stream: str, *, since: str, **settings: object
) -> Ratio:
    def program(start: str) -> Program:
        return Tap(simulator, folder / start, start_date=start, **settings).program(stream)

    few, many = program(since), program(ALL)
    base, ours = (each.run().peak_bytes / BYTES_PER_MB for each in (few, many))
    if base <= own_peak_bytes() / BYTES_PER_MB:
        raise BenchmarkError("this process is larger than the tap, so that its peak is not seen")
    joined = " with lead fields" if settings.get("activity_lead_fields") else ""
    what = f"peak memory, {count(many, stream):,} {stream}{joined}"
    return Ratio(what, ours, base, "MB", base_is=f"{count(few, stream):,}", at_most=MOST)
