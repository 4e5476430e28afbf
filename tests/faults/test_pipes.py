"""The program that reads the tap is slow, stops, or ends: whole lines, and STATE behind them."""

from __future__ import annotations

import array
import fcntl
import termios
import time
from itertools import islice
from signal import SIGINT, SIGTERM, Signals
from typing import IO, TYPE_CHECKING

import pytest

from tests.faults.forks import MOMENT_SECONDS
from tests.faults.scenarios import Quiet, prepare
from tests.faults.test_kills import resumed

if TYPE_CHECKING:
    from tests.faults.fast_taps import FastTap

SIGNALS = (SIGTERM, SIGINT)
READ_FIRST = (0, 1, 40)  # lines


def wait_until_nothing_more_fits(output: IO[str]) -> None:
    """Return once the tap has written, and writes no more."""
    before, waiting = 0, array.array("i", [-1])
    while before != waiting[0]:
        before = waiting[0]
        time.sleep(10 * MOMENT_SECONDS)
        fcntl.ioctl(output, termios.FIONREAD, waiting)
        before = before if waiting[0] else -1  # nothing yet


@pytest.fixture
def quiet(quiets: list[Quiet]) -> Quiet:
    """A first run: it writes more than a pipe holds."""
    return quiets[0]


@pytest.fixture
def tap(taps: list[FastTap], quiet: Quiet) -> FastTap:
    prepare(taps[0], quiet.scenario)
    taps[0].strike()
    return taps[0]


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_at_a_full_pipe_ends_the_run_behind_a_whole_line(
    tap: FastTap, quiet: Quiet, number: Signals
) -> None:
    with tap.piped(None, quiet.settings()) as (running, output):
        wait_until_nothing_more_fits(output)
        running.send(number)
        written = list(output)
        run = tap.searched(running.wait(), written)
    assert run.status == 128 + number
    assert f"stopped by {number.name}" in run.last_line
    assert all(line.endswith("\n") for line in written)
    assert run.messages[-1]["type"] == "STATE"
    assert len(run.messages) < len(quiet.messages)
    assert resumed(tap, quiet, run) is None


@pytest.mark.parametrize("number", SIGNALS)
def test_second_signal_ends_a_run_that_nobody_reads(
    tap: FastTap, quiet: Quiet, number: Signals
) -> None:
    with tap.piped(None, quiet.settings()) as (running, output):
        wait_until_nothing_more_fits(output)
        running.send(number)
        time.sleep(10 * MOMENT_SECONDS)
        running.send(number)
        run = tap.searched(running.wait(), list(output))
    assert run.status == 128 + number
    assert "Traceback" not in run.stderr
    assert resumed(tap, quiet, run) is None


@pytest.mark.parametrize("lines", READ_FIRST)
def test_closed_pipe_ends_the_run_with_a_sentence(tap: FastTap, quiet: Quiet, lines: int) -> None:
    with tap.piped(None, quiet.settings()) as (running, output):
        read = list(islice(output, lines))
        output.close()
        run = tap.searched(running.wait(), read)
    assert run.status == 1
    assert "the program that reads the output has ended" in run.last_line
    assert "summary: " in run.stderr
    assert "An unhandled error" not in run.stderr
    assert "Traceback" not in run.stderr
    assert "BrokenPipe" not in run.stderr
    assert resumed(tap, quiet, run) is None


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_at_a_closed_pipe_ends_the_run_once(
    tap: FastTap, quiet: Quiet, number: Signals
) -> None:
    with tap.piped(None, quiet.settings()) as (running, output):
        read = list(islice(output, 5))
        output.close()
        running.send(number)
        run = tap.searched(running.wait(), read)
    assert run.status in {1, 128 + number}
    assert "Traceback" not in run.stderr
    assert resumed(tap, quiet, run) is None
