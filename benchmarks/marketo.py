"""A simulated Marketo of any size, and tap-marketo as a program that reads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.child import Program
from demo import simulator as simulators
from tests.tap_runs import TapRunner, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.simulator import Simulator

ROOT: Final = Path(__file__).parents[1]
NOW: Final = "2026-11-24T10:00:00Z"
PLENTY: Final = 1_000_000  # calls in 20 seconds, calls and megabytes a day: no limit is met
FULL_PAGES: Final = {"empty_page_every": 0, "scan_rows": PLENTY}
WITHOUT_LIMITS: Final = {
    "max_calls_per_20s": PLENTY,
    "max_daily_calls": PLENTY,
    "max_daily_export_mb": PLENTY,
}


@contextmanager
def simulated(
    folder: Path,
    *,
    leads: int,
    events_per_lead: float = 1.5,
    clock: str = "stopped",
    **settings: Any,  # noqa: ANN401
) -> Iterator[Simulator]:
    """A Marketo with so many leads of 60 days, full pages, and limits that are out of the way."""
    size = ("--leads", str(leads), "--events-per-lead", str(events_per_lead))
    options = ("--profile", "small", *size, "--now", NOW, "--clock", clock)
    with simulators.running(folder / "simulator.log", *options) as simulator:
        limits = {"calls_per_20s": PLENTY, "daily_calls": PLENTY, "daily_export_mb": PLENTY}
        simulator.post("/settings", **{**FULL_PAGES, **limits, **settings})
        yield simulator


class Tap:
    """tap-marketo, reading some streams of one simulator."""

    def __init__(self, simulator: Simulator, folder: Path, **settings: Any) -> None:  # noqa: ANN401
        folder.mkdir(parents=True, exist_ok=True)
        self._runner = TapRunner(simulator, folder)
        self._settings = {**WITHOUT_LIMITS, **settings}

    def program(
        self,
        *streams: str,
        state: dict[str, Any] | None = None,
        without: dict[str, set[str]] | None = None,
    ) -> Program:
        """The command that reads these streams, all their columns but those in `without`."""
        catalog = self._runner.folder / "catalog.json"
        catalog.write_text(json.dumps(select(self.catalog(), streams, without or {})))
        command = [*self._command(state), "--catalog", str(catalog)]
        return Program(command, self._runner.folder, self._runner.environment)

    def columns(self, stream: str) -> list[str]:
        """All columns of a stream."""
        [entry] = [each for each in self.catalog()["streams"] if each["stream"] == stream]
        return list(entry["schema"]["properties"])

    def catalog(self) -> dict[str, Any]:
        """What discovery finds."""
        done = subprocess.run(
            [*self._command(None), "--discover"],
            capture_output=True,
            check=True,
            env=self._runner.environment,
        )
        catalog: dict[str, Any] = json.loads(done.stdout)
        return catalog

    def _command(self, state: dict[str, Any] | None) -> list[str]:
        return self._runner.command(state, self._settings)


def floor(name: str, simulator: Simulator, folder: Path, *arguments: str) -> Program:
    """One of `floors/`, with the credentials and its own arguments."""
    secrets = (simulator.endpoint, simulator.client_id, simulator.client_secret)
    command = [sys.executable, "-m", f"benchmarks.floors.{name}", *secrets, *arguments]
    return Program(command, folder, {**os.environ, "PYTHONPATH": str(ROOT)})


def records(program: Program, stream: str) -> Iterator[dict[str, Any]]:
    """The records of a stream that the last run wrote."""
    wanted = ("RECORD", stream)
    with program.output.open("rb") as lines:
        for line in lines:
            message = json.loads(line)
            if (message["type"], message.get("stream")) == wanted:
                yield message["record"]


def count(program: Program, stream: str) -> int:
    """How many records of a stream the last run wrote."""
    return sum(1 for _ in records(program, stream))


def calls(simulator: Simulator, *ends: str) -> list[dict[str, Any]]:
    """The calls that were made since the log was emptied, to addresses that end so."""
    log: list[dict[str, Any]] = simulator.get("/calls")["calls"]
    return [call for call in log if call["path"].endswith(ends)]


def last_state(program: Program) -> dict[str, Any]:
    """The last STATE that the last run wrote."""
    with program.output.open("rb") as lines:
        states = [line for line in lines if line.startswith(b'{"type":"STATE"')]
    state: dict[str, Any] = json.loads(states[-1])["value"]
    return state
