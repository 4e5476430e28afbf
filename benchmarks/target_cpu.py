"""Claim: CPU per record of target-marketo over the least script that sends the same lines.

By record: what a run of many costs beyond one of few, so that no start counts. The target also
looks every row up, keeps a ledger and accounts for each row; the script does not. What counts is
the process itself: all of a ledger in SQLite, and not the server of one in Postgres.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.child import BenchmarkError, side_by_side
from benchmarks.ratios import Ratio
from benchmarks.target import contacts, empty, empty_marketo, least, target, write_input
from demo import postgres as databases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from benchmarks.child import Cost, Program
    from demo.postgres import Address
    from demo.simulator import Simulator

MANY: Final = 100_000
FEW: Final = 900
ROUNDS: Final = 3
PROMISED: Final = 3
MICROSECONDS: Final = 1_000_000
LEDGERS: Final = ("SQLite", "Postgres")
FIRST: Final = "first load"
AGAIN: Final = "nothing changed"


@dataclass(frozen=True)
class Load:
    """The same contacts sent with one ledger: a first time, and again."""

    simulator: Simulator
    program: Program
    size: int
    forget: Callable[[], None]

    def first(self) -> Cost:
        """Into an empty Marketo, with an empty ledger."""
        self.forget()
        empty(self.simulator)
        return self._run(f"{self.size} created")

    def again(self) -> Cost:
        """After that."""
        return self._run(f"{self.size} unchanged")

    def _run(self, outcome: str) -> Cost:
        cost = self.program.run()
        if outcome not in self.program.log.read_text():
            raise BenchmarkError(f"a run was to end with {outcome}; see {self.program.log}")
        return cost


def measure(folder: Path) -> list[Ratio]:
    """A first load and a run without changes, with a ledger in SQLite and in Postgres."""
    with empty_marketo(folder) as simulator, postgres() as database:
        runs: dict[str, Callable[[], Cost]] = {}
        for size in (MANY, FEW):
            source = write_input(folder / f"{size}.singer", contacts(size))
            runs[f"floor {size}"] = partial(_floor, simulator, folder / f"floor {size}", source)
            for ledger, (url, forget) in ledgers(folder / f"{size}.db", database).items():
                place = folder / f"{ledger} {size}"
                load = Load(simulator, target(simulator, place, source, url), size, forget)
                runs |= {
                    f"{FIRST} {ledger} {size}": load.first,
                    f"{AGAIN} {ledger} {size}": load.again,
                }
        costs = side_by_side(ROUNDS, **runs)
    floor = _by_record(costs, "floor")
    return [
        Ratio(
            f"CPU a record, {what}, ledger in {ledger}",
            _by_record(costs, f"{what} {ledger}"),
            floor,
            "us",
            at_most=PROMISED,
        )
        for what in (FIRST, AGAIN)
        for ledger in LEDGERS
    ]


def ledgers(file: Path, database: Address) -> dict[str, tuple[str, Callable[[], None]]]:
    """By kind of database: the ledger's URL, and how to forget it."""

    def forget_file() -> None:
        for each in file.parent.glob(f"{file.name}*"):
            each.unlink()

    def forget_schema() -> None:
        database.execute("drop schema if exists marketo_sync cascade")

    urls = (f"sqlite:///{file}", database.url)
    return dict(zip(LEDGERS, zip(urls, (forget_file, forget_schema), strict=True), strict=True))


@contextmanager
def postgres() -> Iterator[Address]:
    """An empty database on the user's server or an embedded one."""
    own = databases.own_server(os.environ)
    home = databases.new_home()
    try:
        with databases.database(own or databases.start(home), f"bench_{os.getpid()}") as address:
            yield address
    finally:
        databases.stop(home)


def _floor(simulator: Simulator, folder: Path, source: Path) -> Cost:
    empty(simulator)
    return least(simulator, folder, source).run()


def _by_record(costs: Mapping[str, Cost], what: str) -> float:
    many, few = (costs[f"{what} {size}"].cpu_seconds for size in (MANY, FEW))
    return (many - few) * MICROSECONDS / (MANY - FEW)
