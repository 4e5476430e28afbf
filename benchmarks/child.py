"""A program as a child process, and what it cost the machine.

Knows nothing of what is measured. This process has to stay small: Linux counts its memory into
the peak of a child that it starts.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

PEAK_UNIT_BYTES: Final = 1 if sys.platform == "darwin" else 1024  # getrusage(2), ru_maxrss


class BenchmarkError(Exception):
    """A program that is measured has failed, or did something else than was to be measured."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took: CPU of user and system together, the most memory at a time, wall time."""

    cpu_seconds: float
    peak_bytes: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Program:
    """A command; its output goes to files of its own in `folder`, which is also where it runs."""

    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str] | None = None
    stdin: Path | None = None

    @property
    def output(self) -> Path:
        """What the last run wrote to stdout."""
        return self.folder / "stdout"

    @property
    def log(self) -> Path:
        """What the last run wrote to stderr."""
        return self.folder / "stderr"

    def run(self) -> Cost:
        """One run. Raises BenchmarkError where it fails."""
        self.folder.mkdir(parents=True, exist_ok=True)
        source = self.stdin or os.devnull
        with open(source, "rb") as stdin, self.output.open("wb") as out, self.log.open("wb") as log:  # noqa: PTH123 - also the null device
            began = time.monotonic()
            process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=None if self.environment is None else dict(self.environment),
                stdin=stdin,
                stdout=out,
                stderr=log,
            )
            _, status, used = os.wait4(process.pid, 0)
            seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            last_line = self.log.read_text(errors="replace").rstrip().rpartition("\n")[2]
            raise BenchmarkError(f"{self.command[0]}: {last_line}")
        return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss * PEAK_UNIT_BYTES, seconds)


def own_peak_bytes() -> int:
    """The most memory of this process: what a child needs less than is not seen."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * PEAK_UNIT_BYTES


def side_by_side(rounds: int, **runs: Callable[[], Cost]) -> dict[str, Cost]:
    """The median cost of each, run in turns, so that a busy machine is busy for all of them."""
    costs: dict[str, list[Cost]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            costs[name].append(run())
    return {name: _median(of_one) for name, of_one in costs.items()}


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        median(cost.cpu_seconds for cost in costs),
        median(cost.peak_bytes for cost in costs),
        median(cost.seconds for cost in costs),
    )
