"""Taps of the fault tests: many at once, each with a simulator that holds the same as the others.

The simulators' clocks stand still, so that two runs with the same answers write the same rows.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from demo import simulator as simulators
from tests.faults.leaks import leaks
from tests.tap_runs import TapRun, TapRunner, messages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.simulator import Simulator

ROOT = Path(__file__).parents[2]
NOW = "2026-11-24T10:00:00Z"
PLENTY = 100_000  # calls in 20 seconds: the runs against one simulator never wait for each other
MOMENT_SECONDS = 0.02


@dataclass
class Running:
    """A run that goes on in a process of its own."""

    pid: int
    answers: IO[str]

    def wait(self) -> int:
        """Its exit status, or the negative number of the signal that ended it."""
        return int(self.answers.readline())

    def kill(self) -> None:
        """End it at once, wherever it is."""
        os.kill(self.pid, signal.SIGKILL)


class FastTap(TapRunner):
    """A tap that starts without importing anything."""

    def __init__(self, simulator: Simulator, folder: Path, server: Path) -> None:
        super().__init__(simulator, folder)
        self.server = server
        self.temporary = folder / "temporary"
        self.temporary.mkdir()

    def __call__(self, *, state: dict[str, Any] | None = None, **settings: Any) -> TapRun:
        """One run to its end, whatever that is; nothing secret may be left behind."""
        with self.started(state, settings) as running:
            status = running.wait()
        return self.outcome(status)

    def outcome(self, status: int) -> TapRun:
        """What the run that has just ended left behind."""
        stderr = (self.folder / "stderr").read_text()
        assert leaks(self.simulator, stderr, self.temporary) == []
        with (self.folder / "stdout").open(newline="\n") as file:
            lines = [line for line in file if line.endswith("\n")]
        return TapRun(status, messages(lines), stderr)

    @contextmanager
    def started(self, state: dict[str, Any] | None, settings: dict[str, Any]) -> Iterator[Running]:
        """A run while it goes on; its output goes into files."""
        order = {
            "arguments": self.command(state, settings)[1:],
            "folder": str(self.folder),
            "temporary": str(self.temporary),
            "stdout": str(self.folder / "stdout"),
            "stderr": str(self.folder / "stderr"),
        }
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.server))
            stream = connection.makefile("rw")
            stream.write(json.dumps(order) + "\n")
            stream.flush()
            yield Running(int(stream.readline()), stream)

    def reset(self) -> None:
        """The simulator as it was at the start."""
        self.simulator.post("/reset", profile="small", now=NOW, clock="stopped")
        self.simulator.post("/settings", calls_per_20s=PLENTY)

    def strike(self, *faults: dict[str, Any]) -> None:
        """These faults in place of all others; calls are counted from 1 again."""
        self.simulator.delete("/faults")
        self.simulator.delete("/calls")
        for fault in faults:
            self.simulator.post("/faults", **fault)

    def struck(self) -> list[int]:
        """The calls that went wrong."""
        return [
            call for fault in self.simulator.get("/faults")["faults"] for call in fault["struck"]
        ]


@contextmanager
def fast_taps(folder: Path, count: int) -> Iterator[list[FastTap]]:
    """That many taps with a simulator each."""
    with ExitStack() as stack:
        server = stack.enter_context(_tap_server())

        def tap(number: int) -> FastTap:
            home = folder / f"{number}"
            home.mkdir()
            options = ("--profile", "small", "--now", NOW, "--clock", "stopped")
            simulator = stack.enter_context(simulators.running(home / "log", *options))
            return FastTap(simulator, home, server)

        with ThreadPoolExecutor() as pool:
            yield list(pool.map(tap, range(count)))


@contextmanager
def _tap_server() -> Iterator[Path]:
    path = Path("/tmp") / f"taps-{secrets.token_hex(8)}"  # noqa: S108 - sockets need short paths
    command = [sys.executable, "-m", "tests.faults.tap_server", str(path)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            while not path.exists():
                assert process.poll() is None, "the server of taps did not start"
                time.sleep(MOMENT_SECONDS)
            yield path
        finally:
            process.terminate()
            path.unlink(missing_ok=True)
