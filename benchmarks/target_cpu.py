"""Claim: CPU per record of target-marketo over the least script that sends the same lines.

By record: what a run of many costs beyond one of few, so that no start counts. The target also
looks every row up and keeps a ledger; that script does not. So a first load is also compared with
the least script that leaves the same behind, in Marketo and in a ledger. What is between the two
scripts is the price of the contract, and it alone passes what is promised of the first one; what is
above the second one is ours. What counts is the process itself: all of a ledger in SQLite, and not
the server of one in Postgres.

A narrow table has eight columns, a usual one 26.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.child import BenchmarkError, side_by_side
from benchmarks.ratios import Ratio
from benchmarks.target import THIN, WIDE, empty, empty_marketo, least, target, write_input
from demo import postgres as databases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from benchmarks.child import Cost, Program
    from benchmarks.target import Table
    from demo.postgres import Address
    from demo.simulator import Simulator

    Runs = dict[str, Callable[[], Cost]]

MANY: Final = 60_000
MANY_WIDE: Final = 30_000
FEW: Final = 900
ROUNDS: Final = 3
PROMISED: Final = 3
MICROSECONDS: Final = 1_000_000
LEDGERS: Final = ("SQLite", "Postgres")
FIRST: Final = "first load"
AGAIN: Final = "nothing changed"
FLOOR: Final = "floor"
FULL_FLOOR: Final = "full floor"
USUAL: Final = "26 columns, "
FLOORS: Final = {FLOOR: "post_leads", FULL_FLOOR: "keep_leads"}


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
        runs: Runs = {}
        for size in (MANY, FEW):
            runs |= _runs(simulator, folder, THIN, size, ledgers(folder / f"{size}.db", database))
        for size in (MANY_WIDE, FEW):
            file = folder / f"wide {size}.db"
            runs |= _runs(
                simulator, folder, WIDE, size, {"SQLite": ledgers(file, database)["SQLite"]}
            )
        costs = side_by_side(ROUNDS, **runs)
    thin, wide = _By(costs, "thin", MANY), _By(costs, "wide", MANY_WIDE)
    return [
        *(
            thin.ratio(f"{what}, ledger in {ledger}", f"{what} {ledger}", at_most=PROMISED)
            for what in (FIRST, AGAIN)
            for ledger in LEDGERS
        ),
        *(
            table.ratio(f"{what}{FIRST}", f"{FIRST} SQLite", floor=FULL_FLOOR, at_most=PROMISED)
            for what, table in (("", thin), (USUAL, wide))
        ),
        *(wide.ratio(f"{USUAL}{what}", f"{what} SQLite") for what in (FIRST, AGAIN)),
        thin.ratio("the full floor itself", FULL_FLOOR),
    ]


def _runs(
    simulator: Simulator,
    folder: Path,
    table: Table,
    size: int,
    ledgers: Mapping[str, tuple[str, Callable[[], None]]],
) -> Runs:
    """The floors and the target over so many rows of a table, by what `_By` asks for."""
    name = "thin" if table is THIN else "wide"
    source = write_input(folder / f"{name} {size}.singer", table.rows(size), table)
    runs: Runs = {}
    for floor, script in FLOORS.items():
        program = least(simulator, folder / f"{script} {name} {size}", source, script, table)
        runs[f"{name} {floor} {size}"] = partial(_from_nothing, simulator, program)
    for ledger, (url, forget) in ledgers.items():
        program = target(simulator, folder / f"{name} {ledger} {size}", source, url, table)
        load = Load(simulator, program, size, forget)
        runs[f"{name} {FIRST} {ledger} {size}"] = load.first
        runs[f"{name} {AGAIN} {ledger} {size}"] = load.again
    return runs


@dataclass(frozen=True)
class _By:
    """Costs by record of one table."""

    costs: Mapping[str, Cost]
    table: str
    many: int

    def ratio(
        self, what: str, run: str, *, floor: str = FLOOR, at_most: float | None = None
    ) -> Ratio:
        """A run of the target beside a floor."""
        ours, base = self._microseconds(run), self._microseconds(floor)
        return Ratio(f"CPU a record, {what}", ours, base, "us", floor, at_most)

    def _microseconds(self, run: str) -> float:
        many, few = (
            self.costs[f"{self.table} {run} {size}"].cpu_seconds for size in (self.many, FEW)
        )
        return (many - few) * MICROSECONDS / (self.many - FEW)


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


def _from_nothing(simulator: Simulator, program: Program) -> Cost:
    empty(simulator)
    return program.run()
