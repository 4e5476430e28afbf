"""The table of faults survived: a row for each kind, a column for each scenario.

Tests tell their cells as properties of their reports, so that it does not matter which process ran
them. Once all kinds have run, the table is also written to `PAGE`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faults.scenarios import SCENARIOS
from tests.faults.strikes import STRIKES

if TYPE_CHECKING:
    from collections.abc import Iterable

    Table = list[list[str]]

SURVIVED = "survived"
KILLS = (
    "SIGKILL behind a line",
    "SIGKILL in a call",
    "SIGTERM in a call",
    "SIGINT in a call",
    "SIGTERM between two lines",
)
KINDS = (*STRIKES, *KILLS)
PAGE = Path(__file__).parents[2] / "docs/reference/faults-survived.md"
HEAD = """<!-- Written by `make test-all`; do not edit. -->
# Faults that tap-marketo survives

Each run of tap-marketo in this table is struck by one fault at one call, or ended from outside. It
is survived when the rows are those of a run without faults, if need be after the run that goes on
with its state. Cells: runs survived, of runs in all; each strikes another call, line of output
or line of code. Streams: all core streams, with `tombstones` and `lead_ids`.

"""


@dataclass(frozen=True)
class Cell:
    """Runs of one kind of fault in one scenario."""

    kind: str
    scenario: str
    well: int
    runs: int

    @property
    def text(self) -> str:
        """As the table shows it."""
        return f"{self.well} of {self.runs}"


def cells(properties: Iterable[tuple[str, Any]]) -> list[Cell]:
    """The cells among the properties of reports."""
    return [Cell(*value) for name, value in properties if name == SURVIVED]


def table(found: list[Cell]) -> Table:
    """Head and rows; a cell that no run filled is empty."""
    texts: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for cell in found:
        texts[cell.kind][cell.scenario] = cell.text
    names = [scenario.name for scenario in SCENARIOS]
    rows = [[kind, *(texts[kind].get(name, "") for name in names)] for kind in KINDS if texts[kind]]
    return [["fault", *names], *rows]


def is_whole(found: Table) -> bool:
    """Whether all kinds have run."""
    return len(found) == len(KINDS) + 1


def in_columns(found: Table) -> list[str]:
    """The table as lines of a terminal."""
    return [f"{head:<26}" + "".join(f"{text:>18}" for text in texts) for head, *texts in found]


def as_page(found: Table) -> str:
    """The table as a page of the documentation."""
    head, *rows = ("| " + " | ".join(row) + " |" for row in found)
    rule = "|---" * len(found[0]) + "|"
    return HEAD + "\n".join([head, rule, *rows]) + "\n"
