"""A day's calls and export bytes: stop in good time and go on the next day, or wait for it."""

from __future__ import annotations

import pytest

from demo import simulator as simulators
from tests.tap_runs import TapRunner, rows

CORE = ("leads", "activities", "lead_changes", "deleted_leads")
BEFORE_MIDNIGHT = "2026-11-25T05:59:45Z"  # US Central is six hours behind; time for a slow start


def stored(*runs):
    return rows(*(run.messages for run in runs))


def test_own_call_budget_stops_in_good_time_and_the_next_day_goes_on(tap):
    whole = tap(*CORE)
    calls = tap.simulator.get("/calls")["calls"]
    budget = sum(not call["path"].endswith("/token") for call in calls) + 12
    stopped = tap(*CORE, max_daily_calls=budget)
    assert stopped.status == 1
    assert "`max_daily_calls`" in stopped.last_line
    assert "run again after 2026-11-25 06:00 UTC" in stopped.last_line
    assert f" of {budget}" in stopped.stderr
    tap.simulator.post("/clock", advance_seconds=86_400)
    rest = tap(*CORE, state=stopped.state)
    assert rest.status == 0
    assert stored(stopped, rest) == stored(whole)


def test_calls_of_other_applications_stop_the_tap_too(tap):
    tap.simulator.post("/usage", userId="other@example.com", calls=40_000)
    run = tap("activities")
    assert run.status == 1
    assert "other applications" in run.last_line
    assert len(tap.calls(".json")) <= 2


def test_own_export_budget_stops_before_the_next_file_and_no_file_is_paid_twice(tap):
    whole = tap("leads")
    before = len(tap.calls("/file.json"))
    tap.simulator.post("/clock", advance_seconds=86_400)
    tap.simulator.post("/settings", daily_export_mb=0)
    stopped = tap("leads")
    assert stopped.status == 1
    assert "1029" in stopped.last_line
    assert "midnight" in stopped.last_line
    tap.simulator.post("/settings", daily_export_mb=500)
    rest = tap("leads", state=stopped.state)
    assert stored(stopped, rest) == stored(whole)
    assert len(tap.calls("/file.json")) == 2 * before
    assert len(tap.calls("/create.json")) == 2 * before


@pytest.mark.parametrize(
    "use", [{"calls": 49_990}, {"exportBytes": 500_000_000}], ids=["607", "1029"]
)
def test_who_waits_goes_on_after_midnight_central(tmp_path, use):
    options = ("--profile", "small", "--now", BEFORE_MIDNIGHT)
    with simulators.running(tmp_path / "simulator.log", *options) as simulator:
        simulator.post("/usage", userId="other@example.com", **use)
        run = TapRunner(simulator, tmp_path)(on_quota="wait", max_daily_calls=100_000)
    assert run.status == 0
    assert "midnight US Central time" in run.stderr
