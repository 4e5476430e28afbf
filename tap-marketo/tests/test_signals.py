"""A signal ends a run behind a whole line and a STATE that covers what is out."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.tap_runs import messages, rows


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_a_run_that_the_next_one_completes(tap, number):
    tap.simulator.post("/settings", latency_seconds=0.05, page_size=10)
    with subprocess.Popen(
        tap.command(None, {"max_calls_per_20s": 100_000}),
        cwd=tap.folder,
        env=tap.environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        first = [process.stdout.readline() for _ in range(40)]
        process.send_signal(number)
        rest, stderr = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert f"stopped by {number.name}" in stderr.rstrip().rpartition("\n")[2]
    assert "Traceback" not in stderr
    written = messages(first + rest.splitlines())
    assert written[-1]["type"] == "STATE"
    tap.simulator.post("/settings", latency_seconds=0.0)
    completed = tap(state=written[-1]["value"])
    held = rows(written, completed.messages)
    truth = tap.simulator.get("/activities")["activities"]
    assert len(held["activities"]) == sum(row["activityTypeId"] != 37 for row in truth)
    assert len(held["leads"]) == len(tap.simulator.get("/leads")["leads"])
