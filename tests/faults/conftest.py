"""Taps and quiet runs for all fault tests, and the table of faults that were survived."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.faults.fast_taps import FastTap, fast_taps
from tests.faults.scenarios import SCENARIOS, Quiet, quiet_run

if TYPE_CHECKING:
    from collections.abc import Iterator

TAPS = 16
Survived = dict[tuple[str, str], tuple[int, int]]
SURVIVED = pytest.StashKey[Survived]()


@pytest.fixture(scope="session")
def taps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[FastTap]]:
    """Taps with a simulator each."""
    with fast_taps(tmp_path_factory.mktemp("taps"), TAPS) as started:
        yield started


@pytest.fixture(scope="session")
def quiets(taps: list[FastTap]) -> list[Quiet]:
    """The runs without faults."""
    return [quiet_run(taps[0], scenario) for scenario in SCENARIOS]


@pytest.fixture(scope="session")
def survived(pytestconfig: pytest.Config) -> Survived:
    """Runs that ended well and runs in all, by kind of fault and scenario."""
    return pytestconfig.stash.setdefault(SURVIVED, {})


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print a row for each kind of fault and a column for each scenario."""
    counted = config.stash.get(SURVIVED, {})
    scenarios = list(dict.fromkeys(scenario for _, scenario in counted))
    table: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for (kind, scenario), (well, runs) in counted.items():
        table[kind][scenario] = f"{well} of {runs}"
    if table:
        terminalreporter.section("faults survived, runs by call that was struck")
        terminalreporter.line(row("", scenarios))
        for kind, cells in table.items():
            terminalreporter.line(row(kind, [cells.get(each, "") for each in scenarios]))


def row(head: str, cells: list[str]) -> str:
    return f"{head:<24}" + "".join(f"{cell:>20}" for cell in cells)
