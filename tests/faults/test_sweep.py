"""A fault at every call of a run: the rows are those of a run without faults.

Taps run side by side, because they wait for real (after a 606, Marketo's 20 seconds), each against
a simulator of its own with the same seed. The first is struck at calls 1, 17, 33, the second
at 2, 18, 34, and so on.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from demo import simulator as simulators
from tests.tap_runs import Rows, TapRunner, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TAPS = 16
NOW = "2026-11-24T10:00:00Z"
PLENTY = 100_000  # calls in 20 seconds: the runs against one simulator never wait for each other
FIRST_WITH_CODES = 2  # the call before it gets a token, and is refused without a code
START = "2026-11-01T00:00:00Z"  # one window of leads: a run of few calls with every kind of them
FAULTS = {
    "reset": {"kind": "reset"},
    "cut body": {"kind": "cut_body"},
    "602": {"kind": "code", "code": "602"},
    "606": {"kind": "code", "code": "606"},
}


@pytest.fixture(scope="module")
def taps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[TapRunner]]:
    """Taps with a simulator each; all simulators hold the same."""
    with ExitStack() as started:

        def tap(folder: Path) -> TapRunner:
            running = simulators.running(folder / "log", "--profile", "small", "--now", NOW)
            simulator = started.enter_context(running)
            simulator.post("/settings", calls_per_20s=PLENTY)
            return TapRunner(simulator, folder)

        yield [tap(tmp_path_factory.mktemp("sweep")) for _ in range(TAPS)]


@pytest.fixture(scope="module")
def quiet(taps: list[TapRunner]) -> tuple[Rows, int]:
    """The rows of a run without faults, and how many calls it makes."""
    run = taps[0](start_date=START)
    assert run.status == 0, run.last_line
    return rows(run.messages), len(taps[0].simulator.get("/calls")["calls"])


@pytest.mark.parametrize("name", FAULTS)
def test_faults_change_no_row(name: str, taps: list[TapRunner], quiet: tuple[Rows, int]) -> None:
    expected, calls = quiet

    def outcome(tap: TapRunner, first: int) -> str | None:
        struck_at = range(first, calls + 1, TAPS)
        set_faults(tap, [FAULTS[name] | {"call": call} for call in struck_at])
        run = tap(start_date=START)
        return run.last_line if run.status else difference(rows(run.messages), expected)

    with ThreadPoolExecutor(TAPS) as pool:
        outcomes = list(pool.map(outcome, taps, range(1, TAPS + 1)))
    assert outcomes == [None] * TAPS
    assert set(range(FIRST_WITH_CODES, calls + 1)) <= {call for tap in taps for call in struck(tap)}


def set_faults(tap: TapRunner, faults: list[dict[str, object]]) -> None:
    tap.simulator.delete("/faults")
    tap.simulator.delete("/calls")
    for fault in faults:
        tap.simulator.post("/faults", **fault)


def struck(tap: TapRunner) -> list[int]:
    """The calls that went wrong."""
    return [call for fault in tap.simulator.get("/faults")["faults"] for call in fault["struck"]]


def difference(found: Rows, expected: Rows) -> str | None:
    """The streams whose rows differ; None if there are none."""
    streams = sorted(found.keys() | expected.keys())
    other = [stream for stream in streams if found.get(stream) != expected.get(stream)]
    return f"other rows in {other}" if other else None
