"""The table of faults that were survived, printed after the sweep."""

from __future__ import annotations

from collections import defaultdict

import pytest

Survived = dict[tuple[str, str], tuple[int, int]]
SURVIVED = pytest.StashKey[Survived]()


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
