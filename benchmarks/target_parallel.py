"""Claim: with 200 ms of latency, target-marketo keeps its five connections busy.

Compared with a script that does nothing but make the same calls over five connections: what five
connections carry on this machine, at this moment, of this simulator. The simulator's log tells when
each call came, so that neither the start of a program counts nor its end.
"""

from __future__ import annotations

from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Final

from benchmarks.child import BenchmarkError
from benchmarks.marketo import calls, floor
from benchmarks.ratios import Ratio
from benchmarks.target import contacts, empty, empty_marketo, target, write_input

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.child import Program
    from demo.simulator import Simulator

LATENCY_SECONDS: Final = 0.2
CONNECTIONS: Final = 5
ROWS: Final = 9_000
RECORDS_PER_CALL: Final = 300
ROUNDS: Final = 3
PROMISED: Final = 0.9
LOAD: Final = "first load"
UPDATE: Final = "updates"
LEADS: Final = "/rest/v1/leads.json"


def measure(folder: Path) -> list[Ratio]:
    """A first load, with its look-ups, and a run in which every row has changed."""
    with empty_marketo(folder) as simulator:
        contacts_of = Contacts(simulator, folder / "contacts")
        rounds = [
            {
                LOAD: contacts_of.load(),
                UPDATE: contacts_of.update(),
                f"floor {UPDATE}": contacts_of.floor("update"),
                f"floor {LOAD}": contacts_of.floor("load", anew=True),
            }
            for _ in range(ROUNDS)
        ]
    speed = {name: median(each[name] for each in rounds) for name in rounds[0]}
    return [
        Ratio(
            f"use of {CONNECTIONS} connections, {what}",
            speed[what],
            speed[f"floor {what}"],
            "calls/s",
            at_least=PROMISED,
        )
        for what in (LOAD, UPDATE)
    ]


class Contacts:
    """Some contacts, and the runs that send them to a Marketo at a distance, in calls a second."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self._simulator = simulator
        self._folder = folder
        self._source = folder / "input"
        url = f"sqlite:///{folder / 'ledger.db'}"
        self._target = target(
            simulator, folder, self._source, url, max_concurrent_calls=CONNECTIONS
        )

    def load(self) -> float:
        """All of them into an empty Marketo."""
        for file in self._folder.glob("ledger.db*"):
            file.unlink()
        write_input(self._source, contacts(ROWS))
        return self._speed(self._target, calls_by_batch=3, anew=True)

    def update(self) -> float:
        """All of them again, after that, with another plan."""
        write_input(self._source, contacts(ROWS, plan="another"))
        return self._speed(self._target, calls_by_batch=1)

    def floor(self, kind: str, *, anew: bool = False) -> float:
        """The same calls by a script; updates come first, while the leads are there."""
        options = (kind, str(ROWS), str(CONNECTIONS))
        program = floor("five_connections", self._simulator, self._folder / kind, *options)
        return self._speed(program, calls_by_batch=3 if kind == "load" else 1, anew=anew)

    def _speed(self, program: Program, *, calls_by_batch: int, anew: bool = False) -> float:
        """How many calls came back in a second, between the first call and the last one."""
        if anew:
            empty(self._simulator, clock="running", latency_seconds=LATENCY_SECONDS)
        self._simulator.delete("/calls")
        program.run()
        made = [datetime.fromisoformat(call["at"]) for call in calls(self._simulator, LEADS)]
        if len(made) != calls_by_batch * ROWS // RECORDS_PER_CALL:
            raise BenchmarkError(f"{len(made)} calls were made; see {program.log}")
        return (len(made) - CONNECTIONS) / (made[-1] - made[0]).total_seconds()
