"""The runs that faults strike: a first one, and one after things have happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.tap_runs import Rows, rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from demo.simulator import Simulator
    from tests.faults.fast_taps import FastTap
    from tests.tap_runs import TapRun

START = "2026-11-01T00:00:00Z"  # one window of leads: a run of few calls with every kind of them
HOUR = 3_600
MORE_STREAMS = ("lead_ids", "activity_visit_webpage")  # beside those that are selected by default
IMPATIENT = {"start_date": START, "request_timeout_seconds": 3, "tombstones": True}

BY_REST = {"leads_method": "changes", "activities_method": "rest"}
JOINED = {"activity_lead_fields": ["email", "leadScore"]}
IN_BULK = {"leads_method": "bulk", "activities_method": "bulk"}


@dataclass(frozen=True)
class Scenario:
    """Which run it is; `follows` a first one and a busy hour."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    follows: bool = False


@dataclass(frozen=True)
class Quiet:
    """A scenario's run without faults: what it starts from, writes and asks."""

    scenario: Scenario
    state: dict[str, Any] | None
    messages: list[dict[str, Any]]
    paths: list[str]

    @property
    def rows(self) -> Rows:
        """What a target holds after it."""
        return rows(self.messages)

    def settings(self) -> dict[str, Any]:
        """The tap's settings."""
        return {**IMPATIENT, **self.scenario.settings}


SCENARIOS = (
    Scenario("first run, bulk", {"activities_method": "bulk"}),
    Scenario("first run, REST", {"activities_method": "rest", **JOINED}),
    Scenario("next run, REST", BY_REST, follows=True),
    Scenario("next run, bulk", IN_BULK | JOINED, follows=True),
)


def prepare(tap: FastTap, scenario: Scenario) -> None:
    """The simulator as it is when the scenario's run begins."""
    tap.reset()
    tap.simulator.post("/settings", updated_at_filter=True)
    if scenario.follows:
        busy_hour(tap.simulator)


def busy_hour(simulator: Simulator) -> None:
    """Leads come, change, merge and go."""
    simulator.post("/clock", advance_seconds=HOUR // 2)
    simulator.post("/leads", input=[{"email": f"new.{number}@example.com"} for number in range(3)])
    for lead_id in (1, 2, 3):
        simulator.post(f"/leads/{lead_id}", country="Portugal", planCode="P9")
    simulator.post("/leads/merge", winner=4, losers=[5])
    simulator.delete("/leads/6")
    simulator.post("/activities", input=[{"leadId": 1, "activityTypeId": 1}])
    simulator.post("/clock", advance_seconds=HOUR // 2)


def quiet_run(tap: FastTap, scenario: Scenario) -> Quiet:
    """The run without faults. Its state is that of a first run before the busy hour."""
    state = None
    if scenario.follows:
        prepare(tap, SCENARIOS[0])
        state = tap(**IMPATIENT).state
    prepare(tap, scenario)
    tap.strike()
    run = tap(state=state, **IMPATIENT, **scenario.settings)
    assert run.status == 0, run.last_line
    paths = [call["path"] for call in tap.simulator.get("/calls")["calls"]]
    return Quiet(scenario, state, run.messages, paths)


def trouble(
    quiet: Quiet, runs: list[TapRun], paid_twice: list[str], *, files_are_bad: bool = False
) -> str | None:
    """What runs did otherwise than the quiet one, the last of which should have completed it."""
    if runs[-1].status:
        return runs[-1].last_line
    if paid_twice and not files_are_bad:
        return f"exported twice: {paid_twice}"
    return difference(rows(*(run.messages for run in runs)), quiet.rows)


def difference(found: Rows, expected: Rows) -> str | None:
    """The streams whose rows differ; None if there are none."""
    streams = sorted(found.keys() | expected.keys())
    other = [stream for stream in streams if found.get(stream) != expected.get(stream)]
    return f"other rows in {other}" if other else None
