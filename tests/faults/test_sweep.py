"""One fault at every call of a run: each time the rows are those of a run without faults.

Runs wait for real (after a 606, Marketo's 20 seconds), so several go on at once, each against a
simulator of its own with the same seed.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest

from demo import simulator as simulators
from tests.tap_runs import Rows, TapRunner, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT_ONCE = 8
FAULTS = {
    "reset": {"kind": "reset"},
    "cut_body": {"kind": "cut_body"},
    "602": {"kind": "code", "code": "602"},
    "606": {"kind": "code", "code": "606"},
}


@pytest.fixture(scope="module")
def runners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[TapRunner]]:
    """Taps with a simulator each; all simulators hold the same."""
    with ExitStack() as started:

        def runner(folder: Path) -> TapRunner:
            running = simulators.running(folder / "log", "--profile", "small", "--now", NOW)
            return TapRunner(started.enter_context(running), folder)

        yield [runner(tmp_path_factory.mktemp("sweep")) for _ in range(AT_ONCE)]


NOW = "2026-11-24T10:00:00Z"


@pytest.fixture(scope="module")
def quiet_rows(runners: list[TapRunner]) -> Rows:
    return rows(runners[0]().messages)


@pytest.fixture(scope="module")
def calls(runners: list[TapRunner], quiet_rows: Rows) -> int:
    """How many calls a run without faults makes."""
    assert quiet_rows
    return len(runners[0].simulator.get("/calls")["calls"])


@pytest.mark.parametrize("name", FAULTS)
def test_fault_at_any_call_changes_no_row(
    name: str, runners: list[TapRunner], quiet_rows: Rows, calls: int
) -> None:
    free: SimpleQueue[TapRunner] = SimpleQueue()
    for runner in runners:
        free.put(runner)

    def outcome(call: int) -> str | None:
        runner = free.get()
        try:
            return difference(runner, FAULTS[name] | {"call": call, "times": 1}, quiet_rows)
        finally:
            free.put(runner)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = dict(enumerate(pool.map(outcome, range(1, calls + 1)), start=1))
    assert {call: told for call, told in outcomes.items() if told} == {}


def difference(runner: TapRunner, fault: dict[str, Any], expected: Rows) -> str | None:
    """What a run with that fault did otherwise than the quiet one; None if nothing."""
    runner.simulator.delete("/faults")
    runner.simulator.delete("/calls")
    runner.simulator.post("/faults", **fault)
    run = runner()
    if run.status:
        return run.last_line
    found = rows(run.messages)
    return None if found == expected else f"other rows in {differing(found, expected)}"


def differing(found: Rows, expected: Rows) -> list[str]:
    streams = sorted(found.keys() | expected.keys())
    return [stream for stream in streams if found.get(stream) != expected.get(stream)]
