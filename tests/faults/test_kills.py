"""Runs that are ended from outside: with the one that goes on, their rows are those of one run.

SIGKILL behind any line, SIGKILL, SIGTERM and SIGINT in the middle of any call.
"""

from __future__ import annotations

from random import Random
from signal import SIGINT, SIGKILL, SIGTERM, Signals
from typing import TYPE_CHECKING

import pytest

from tests.faults.forks import side_by_side
from tests.faults.scenarios import Quiet, prepare, trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.conftest import Tell
    from tests.faults.fast_taps import FastTap
    from tests.tap_runs import TapRun

ENDS = {SIGKILL: -SIGKILL, SIGTERM: 128 + SIGTERM, SIGINT: 128 + SIGINT}
RANDOM_POINTS = 50
SAMPLED_LINES = 19  # of the STATEs and random points, one in so many
SAMPLED_CALLS = 23
Case = tuple[Quiet, int]


def points(quiet: Quiet) -> list[int]:
    """Numbers of lines: every STATE's, and some at random."""
    states = [
        line for line, message in enumerate(quiet.messages, start=1) if message["type"] == "STATE"
    ]
    lines = range(1, len(quiet.messages))
    return states + Random(7).sample(lines, min(RANDOM_POINTS, len(lines)))  # noqa: S311 - no secret


def lines_of(quiets: list[Quiet], step: int = 1) -> list[Case]:
    return [(quiet, line) for quiet in quiets for line in points(quiet)[::step]]


def calls_of(quiets: list[Quiet], step: int = 1) -> list[Case]:
    return [(quiet, call) for quiet in quiets for call in range(1, len(quiet.paths) + 1)[::step]]


def killed(tap: FastTap, case: Case) -> str | None:
    quiet, lines = case
    prepare(tap, quiet.scenario)
    return resumed(tap, quiet, tap.killed_behind(lines, quiet.state, **quiet.settings()))


def signalled(number: Signals) -> Callable[[FastTap, Case], str | None]:
    def run(tap: FastTap, case: Case) -> str | None:
        quiet, call = case
        prepare(tap, quiet.scenario)
        stopped = tap.signalled_in_call(number, call, quiet.state, **quiet.settings())
        if stopped.status != ENDS[number]:
            return f"exit status {stopped.status}: {stopped.last_line}"
        return resumed(tap, quiet, stopped)

    return run


def resumed(tap: FastTap, quiet: Quiet, stopped: TapRun) -> str | None:
    """What the run and the one that goes on do otherwise than the quiet one."""
    tap.strike()
    rest = tap(state=stopped.state or quiet.state, **quiet.settings())
    return trouble(quiet, [stopped, rest], tap.paid_twice())


def test_killed_run_is_completed_by_the_next(taps: list[FastTap], quiets: list[Quiet]) -> None:
    cases = lines_of(quiets, SAMPLED_LINES)
    assert set(side_by_side(taps, cases, killed)) == {None}


@pytest.mark.parametrize("number", ENDS)
def test_run_that_is_stopped_in_a_call_is_completed_by_the_next(
    number: Signals, taps: list[FastTap], quiets: list[Quiet]
) -> None:
    cases = calls_of(quiets, SAMPLED_CALLS)
    assert set(side_by_side(taps, cases, signalled(number))) == {None}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_run_killed_at_any_state_is_completed_by_the_next(
    taps: list[FastTap], quiets: list[Quiet], survived: Tell
) -> None:
    cases = lines_of(quiets)
    found = side_by_side(taps, cases, killed)
    survived("SIGKILL behind a line", [quiet for quiet, _ in cases], found)
    assert set(found) == {None}


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", ENDS)
def test_run_stopped_in_any_call_is_completed_by_the_next(
    number: Signals, taps: list[FastTap], quiets: list[Quiet], survived: Tell
) -> None:
    cases = calls_of(quiets)
    found = side_by_side(taps, cases, signalled(number))
    survived(f"{number.name} in a call", [quiet for quiet, _ in cases], found)
    assert set(found) == {None}
