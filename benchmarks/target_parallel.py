"""Claim: with 200 ms of latency, target-marketo keeps its five connections busy.

Compared with a script that does nothing but make the same calls over five connections: what five
connections carry on this machine, at this moment, of this simulator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.child import side_by_side
from benchmarks.marketo import floor
from benchmarks.ratios import Ratio
from benchmarks.target import contacts, empty, empty_marketo, target, write_input

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.child import Cost
    from demo.simulator import Simulator

LATENCY_SECONDS: Final = 0.2
CONNECTIONS: Final = 5
MANY: Final = 12_000
FEW: Final = 3_000
ROUNDS: Final = 2
PROMISED: Final = 0.9
LOAD: Final = "first load"
UPDATE: Final = "updates"


def measure(folder: Path) -> list[Ratio]:
    """A first load, with its look-ups, and a run in which every row has changed."""
    with empty_marketo(folder) as simulator:
        runs: dict[str, Callable[[], Cost]] = {}
        for size in (MANY, FEW):
            contacts_of = Contacts(simulator, folder / str(size), size)
            runs[f"{LOAD} {size}"] = contacts_of.load
            runs[f"{UPDATE} {size}"] = contacts_of.update
            runs[f"floor {UPDATE} {size}"] = contacts_of.floor("update")
            runs[f"floor {LOAD} {size}"] = contacts_of.floor("load")
        costs = side_by_side(ROUNDS, **runs)
    seconds = {name: cost.seconds for name, cost in costs.items()}
    return [_ratio(what, seconds) for what in (LOAD, UPDATE)]


class Contacts:
    """Some contacts, and the runs that send them to a Marketo at a distance."""

    def __init__(self, simulator: Simulator, folder: Path, size: int) -> None:
        self._simulator = simulator
        self._folder = folder
        self._size = size
        self._source = folder / "input"
        url = f"sqlite:///{folder / 'ledger.db'}"
        self._target = target(
            simulator, folder, self._source, url, max_concurrent_calls=CONNECTIONS
        )

    def load(self) -> Cost:
        """All of them into an empty Marketo."""
        for file in self._folder.glob("ledger.db*"):
            file.unlink()
        empty(self._simulator, latency_seconds=LATENCY_SECONDS)
        write_input(self._source, contacts(self._size))
        return self._target.run()

    def update(self) -> Cost:
        """All of them again, after that, with another plan."""
        write_input(self._source, contacts(self._size, plan="another"))
        return self._target.run()

    def floor(self, kind: str) -> Callable[[], Cost]:
        """The same calls by a script; updates come first, while the leads are there."""
        options = (kind, str(self._size), str(CONNECTIONS))
        program = floor("five_connections", self._simulator, self._folder / kind, *options)

        def run() -> Cost:
            if kind == "load":
                empty(self._simulator, latency_seconds=LATENCY_SECONDS)
            return program.run()

        return run


def _ratio(what: str, seconds: dict[str, float]) -> Ratio:
    ours, base = (
        (MANY - FEW) / (seconds[f"{name}{what} {MANY}"] - seconds[f"{name}{what} {FEW}"])
        for name in ("", "floor ")
    )
    return Ratio(
        f"use of {CONNECTIONS} connections, {what}", ours, base, "records/s", at_least=PROMISED
    )
