"""A signal between any two lines of code: STATE is whole, and the next run completes the rows."""

from __future__ import annotations

from signal import SIGTERM
from typing import TYPE_CHECKING

import pytest

from tests.faults.forks import server_of, side_by_side
from tests.faults.scenarios import prepare
from tests.faults.test_kills import resumed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.conftest import Tell
    from tests.faults.fast_taps import FastTap
    from tests.faults.scenarios import Quiet
    from tests.tap_runs import TapRun

    Case = tuple[Quiet, int]

SAMPLED = 3  # lines of each scenario
STRUCK = 100


@pytest.fixture
def striking(taps: list[FastTap]) -> Iterator[list[FastTap]]:
    """The taps, which send themselves a signal."""
    usual = taps[0].server
    with server_of("tests.faults.striking_tap_server") as server:
        for tap in taps:
            tap.server = server
        yield taps
    for tap in taps:
        tap.server = usual


def run_struck_at(tap: FastTap, quiet: Quiet, line: int) -> TapRun:
    prepare(tap, quiet.scenario)
    tap.strike()
    (tap.folder / "line").write_text(str(line))
    return tap(state=quiet.state, **quiet.settings())


def lines_of(tap: FastTap, quiet: Quiet) -> int:
    assert run_struck_at(tap, quiet, 0).status == 0
    return int((tap.folder / "lines").read_text())


def struck(tap: FastTap, case: Case) -> str | None:
    quiet, line = case
    stopped = run_struck_at(tap, quiet, line)
    (tap.folder / "line").write_text("0")
    if stopped.status == -SIGTERM and not stopped.messages:
        return None  # before anything is asked, the tap leaves signals as they are
    if stopped.status != 128 + SIGTERM:
        return f"line {line}: exit status {stopped.status}: {stopped.last_line}"
    return resumed(tap, quiet, stopped)


def cases(taps: list[FastTap], quiets: list[Quiet], count: int) -> list[Case]:
    """Lines all over the runs, evenly."""
    every = side_by_side(taps, quiets, lines_of)
    return [
        (quiet, lines * number // (count + 1))
        for quiet, lines in zip(quiets, every, strict=True)
        for number in range(1, count + 1)
    ]


def test_signal_between_two_lines(striking: list[FastTap], quiets: list[Quiet]) -> None:
    found = side_by_side(striking, cases(striking, quiets, SAMPLED), struck)
    assert set(found) == {None}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_signal_between_many_lines(
    striking: list[FastTap], quiets: list[Quiet], survived: Tell
) -> None:
    struck_at = cases(striking, quiets, STRUCK)
    found = side_by_side(striking, struck_at, struck)
    survived("SIGTERM between two lines", [quiet for quiet, _ in struck_at], found)
    assert set(found) == {None}
