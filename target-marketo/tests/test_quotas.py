"""A day's calls: stop in good time behind what is settled, or wait for the next day."""

from __future__ import annotations

import re
import signal
import time
from typing import TYPE_CHECKING

from target_runs import a_contact, lines, singer

if TYPE_CHECKING:
    from target_runs import TargetRun, TargetRunner

ROWS = 1_200
OTHER = "other@example.com"
A_DAY = 86_400
LOOKS = 5  # at the end each of the parallel calls looks for itself what is left
READS = 3 + 2 * ROWS // 300  # usage and two describes; two look-ups for each batch
BEFORE_MIDNIGHT = "2026-11-25T05:59:50Z"  # US Central is six hours behind


def contacts() -> list[dict]:
    return [a_contact(n) for n in range(1, ROWS + 1)]


def assert_stopped_behind_what_is_settled(run_target: TargetRunner, run: TargetRun) -> int:
    """Marketo's leads, the ledger and STATE tell the same; gives the number of leads."""
    assert run.status == 1, run.stderr
    keys = {key for (key,) in run_target.leads("contactKey")}
    assert {row["record_key"] for row in run_target.ledger("records")} == keys
    assert len(run_target.leads("id")) == len(keys)
    assert run.states == sorted(run.states)
    assert all({str(n) for n in range(1, state + 1)} <= keys for state in run.states)
    return len(keys)


def assert_goes_on(run_target: TargetRunner, done: int) -> None:
    run_target.simulator.post("/clock", advance_seconds=A_DAY)
    run = run_target(singer(contacts()))
    assert run.counts == {"taken": ROWS, "created": ROWS - done, "unchanged": done}
    assert [key for (key,) in run_target.leads("contactKey")] == sorted(
        str(n) for n in range(1, ROWS + 1)
    )


def test_own_budget_stops_in_good_time_and_the_next_day_goes_on(run_on_both: TargetRunner):
    budget = READS + 3
    run = run_on_both(singer(contacts(), state_every=100), max_daily_calls=budget)
    done = assert_stopped_behind_what_is_settled(run_on_both, run)
    assert 0 < done < ROWS
    assert "`max_daily_calls`" in run.last_line
    assert "run again after 2026-11-25 06:00 UTC" in run.last_line
    used = re.search(rf"calls today, of all applications: (\d+) of {budget}\b", run.stderr)
    assert used
    assert budget <= int(used[1]) <= budget + LOOKS
    assert_goes_on(run_on_both, done)


def test_calls_of_other_applications_stop_the_target_too(run_target: TargetRunner):
    run_target.simulator.post("/usage", userId=OTHER, calls=40_000)
    run = run_target(singer(contacts()))
    assert run.status == 1
    assert "other applications" in run.last_line
    assert run_target.calls() == []


def test_a_day_that_ends_between_parallel_calls_loses_and_doubles_nothing(
    run_target: TargetRunner,
):
    left = READS + 2
    run_target.simulator.post("/usage", userId=OTHER, calls=50_000 - left)
    run_target.simulator.post("/settings", latency_seconds=0.1)
    run = run_target(
        singer(contacts(), state_every=100), max_daily_calls=100_000, max_concurrent_calls=2
    )
    done = assert_stopped_behind_what_is_settled(run_target, run)
    assert 0 < done < ROWS
    assert "607" in run.last_line
    assert "midnight US Central time" in run.last_line
    assert_goes_on(run_target, done)


def test_who_waits_goes_on_after_midnight_central(run_target: TargetRunner):
    run_target.simulator.post("/clock", now=BEFORE_MIDNIGHT)
    run_target.simulator.post("/usage", userId=OTHER, calls=50_000 - READS - 2)
    run = run_target(singer(contacts()), max_daily_calls=100_000, on_quota="wait")
    assert run.status == 0, run.stderr
    assert "607" in run.stderr
    assert "midnight US Central time" in run.stderr
    assert run.counts == {"taken": ROWS, "created": ROWS}
    assert run.states == [ROWS]
    assert len(run_target.leads("id")) == ROWS


def test_a_signal_ends_the_wait_for_the_next_day(run_target: TargetRunner):
    run_target.simulator.post("/usage", userId=OTHER, calls=50_000 - READS - 2)
    with run_target.start(max_daily_calls=100_000, on_quota="wait") as process:
        process.stdin.write(lines(singer(contacts(), state_every=300)[:-1]))
        process.stdin.flush()
        said = ""
        while "waiting until" not in said:
            said = process.stderr.readline()
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, stderr
    assert time.monotonic() - began < 60
    assert len(run_target.ledger("records")) == len(run_target.leads("id"))


def test_a_signal_ends_a_wait_before_the_first_row(run_target: TargetRunner):
    run_target.simulator.post("/usage", userId=OTHER, calls=50_000)
    with run_target.start(max_daily_calls=100_000, on_quota="wait") as process:
        process.stdin.write(lines(singer(contacts())[:1]))
        process.stdin.flush()
        said = ""
        while "waiting until" not in said:
            said = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, stderr
