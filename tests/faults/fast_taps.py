"""Taps of the fault tests: many at once, each with a simulator that holds the same as the others.

The simulators' clocks stand still, so that two runs with the same answers write the same rows.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from demo import simulator as simulators
from tests.faults.forks import MOMENT_SECONDS, Running, server_of, started
from tests.faults.leaks import leaks
from tests.tap_runs import TapRun, TapRunner, messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from demo.simulator import Simulator

NOW = "2026-11-24T10:00:00Z"
PLENTY = 100_000  # calls in 20 seconds: the runs against one simulator never wait for each other
SILENCE_SECONDS = 6
NARROW_BYTES = 4_096


class FastTap(TapRunner):
    """A tap that starts without importing anything."""

    catalog: dict[str, Any] | None = None

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

    def discovered(self) -> dict[str, Any]:
        """The catalog of what there is."""
        with self.started(None, {}, "--discover") as running:
            assert running.wait() == 0
        catalog: dict[str, Any] = json.loads((self.folder / "stdout").read_text())
        return catalog

    def signalled_in_call(
        self, number: signal.Signals, call: int, state: dict[str, Any] | None, **settings: Any
    ) -> TapRun:
        """A run that gets a signal while Marketo is silent on that call."""
        self.strike({"kind": "timeout", "seconds": SILENCE_SECONDS, "call": call})
        with self.started(state, settings) as running:
            while not self.struck() and not running.is_over:
                time.sleep(MOMENT_SECONDS)
            running.send(number)
            return self.outcome(running.wait())

    def killed_behind(self, lines: int, state: dict[str, Any] | None, **settings: Any) -> TapRun:
        """A run that gets SIGKILL when that many lines of it were read through a narrow pipe."""
        with self.piped(state, settings) as (running, output):
            written = list(islice(output, lines))
            running.send(signal.SIGKILL)
            written += list(output)
            status = running.wait()
        return self.searched(status, written)

    @contextmanager
    def piped(
        self, state: dict[str, Any] | None, settings: dict[str, Any]
    ) -> Iterator[tuple[Running, IO[str]]]:
        """A run while it goes on, and the narrow pipe that its output goes into."""
        pipe = self.folder / "stdout"
        pipe.unlink(missing_ok=True)
        os.mkfifo(pipe)
        try:
            with self.started(state, settings) as running, pipe.open(newline="\n") as output:
                fcntl.fcntl(output, fcntl.F_SETPIPE_SZ, NARROW_BYTES)
                yield running, output
        finally:
            pipe.unlink()

    def outcome(self, status: int) -> TapRun:
        """What the run that has just ended left behind."""
        with (self.folder / "stdout").open(newline="\n") as file:
            return self.searched(status, file)

    def searched(self, status: int, lines: Iterable[str]) -> TapRun:
        """The run that has just ended; nothing secret is in its log or STATE, and no file is left.

        Who is killed cannot tidy up, so that there may be nothing to tidy.
        """
        stderr = (self.folder / "stderr").read_text()
        run = TapRun(status, whole(lines), stderr)
        states = [message for message in run.messages if message["type"] == "STATE"]
        found = leaks(self.simulator, {"log": stderr, "state": repr(states)}, self.temporary)
        assert found == []
        assert list(self.temporary.iterdir()) == []
        return run

    @contextmanager
    def started(
        self, state: dict[str, Any] | None, settings: dict[str, Any], *options: str
    ) -> Iterator[Running]:
        """A run while it goes on; its output goes into files."""
        if self.catalog is not None:
            options = (*options, "--catalog", self._file("catalog.json", self.catalog))
        order = {
            "arguments": [*self.command(state, settings)[1:], *options],
            "folder": str(self.folder),
            "temporary": str(self.temporary),
            "stdout": str(self.folder / "stdout"),
            "stderr": str(self.folder / "stderr"),
        }
        with started(self.server, order) as running:
            yield running

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

    def paid_twice(self) -> list[str]:
        """What was exported more than once since the reset.

        Lists of ids do not count: they are a table that every run reads whole.
        """
        jobs = self.simulator.get("/exports")["exports"]
        paid = [job["asked"] for job in jobs if "queuedAt" in job]
        texts = Counter(json.dumps(each) for each in paid if each["fields"] != ["id"])
        return [text for text, count in texts.items() if count > 1]

    def struck(self) -> list[int]:
        """The calls that went wrong."""
        return [
            call for fault in self.simulator.get("/faults")["faults"] for call in fault["struck"]
        ]


def whole(lines: Iterable[str]) -> list[dict[str, Any]]:
    """The messages of the lines that were written to their end."""
    return messages(line for line in lines if line.endswith("\n"))


def select(catalog: dict[str, Any], names: Iterable[str]) -> None:
    """Select these streams of a catalog too."""
    for entry in catalog["streams"]:
        if entry["tap_stream_id"] in names:
            [root] = [each["metadata"] for each in entry["metadata"] if not each["breadcrumb"]]
            root["selected"] = True


@contextmanager
def fast_taps(folder: Path, count: int, *, more: Iterable[str] = ()) -> Iterator[list[FastTap]]:
    """That many taps with a simulator each; `more` are streams that nobody gets unasked."""
    with ExitStack() as stack:
        server = stack.enter_context(server_of("tests.faults.tap_server"))

        def tap(number: int) -> FastTap:
            home = folder / f"{number}"
            home.mkdir()
            options = ("--profile", "small", "--now", NOW, "--clock", "stopped")
            simulator = stack.enter_context(simulators.running(home / "log", *options))
            return FastTap(simulator, home, server)

        with ThreadPoolExecutor() as pool:
            taps = list(pool.map(tap, range(count)))
        catalog = taps[0].discovered()
        select(catalog, more)
        for each in taps:
            each.catalog = catalog
        yield taps
