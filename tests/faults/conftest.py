"""Taps and quiet runs for all fault tests, and the table of faults that were survived."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults import activations, survival, three_tables
from tests.faults.drift import Reader
from tests.faults.fast_taps import FastTap, fast_taps
from tests.faults.fast_targets import FastTarget, fast_targets
from tests.faults.scenarios import MORE_STREAMS, SCENARIOS, Quiet, quiet_run
from tests.faults.survival import SURVIVED
from tests.rewriting_proxy import proxy_before

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from demo.postgres import Address

    Tell = Callable[[str, Sequence[Quiet], Sequence[str | None]], None]

TAPS = 6
TARGETS = 6  # half of them with a ledger in Postgres


@pytest.fixture(scope="session")
def taps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[FastTap]]:
    """Taps with a simulator each."""
    with fast_taps(tmp_path_factory.mktemp("taps"), TAPS, more=MORE_STREAMS) as started:
        yield started


@pytest.fixture(scope="session")
def quiets(taps: list[FastTap]) -> list[Quiet]:
    """The runs without faults."""
    return [quiet_run(taps[0], scenario) for scenario in SCENARIOS]


@pytest.fixture(scope="session")
def targets(
    tmp_path_factory: pytest.TempPathFactory, server: Address
) -> Iterator[list[FastTarget]]:
    """Targets with a simulator and a ledger each."""
    with fast_targets(tmp_path_factory.mktemp("targets"), TARGETS, server) as started:
        yield started


@pytest.fixture(scope="session")
def quiet_activations(targets: list[FastTarget]) -> list[activations.Quiet]:
    """The target's runs without faults."""
    runs = (*activations.ACTIVATIONS, *three_tables.ACTIVATIONS)
    return [activations.quiet_run(targets[0], each) for each in runs]


@pytest.fixture
def survived(record_property: Callable[[str, object], None]) -> Tell:
    """Puts runs of one kind into the table: their scenarios, and what went otherwise in them."""

    def tell(kind: str, quiets: Sequence[Quiet], troubles: Sequence[str | None]) -> None:
        for scenario in dict.fromkeys(quiet.scenario.name for quiet in quiets):
            of_it = [
                trouble is None
                for quiet, trouble in zip(quiets, troubles, strict=True)
                if quiet.scenario.name == scenario
            ]
            record_property(SURVIVED, [kind, scenario, sum(of_it), len(of_it)])

    return tell


@pytest.fixture
def read(taps: list[FastTap]) -> Iterator[Reader]:
    """Reads chosen streams of a Marketo that a test changes."""
    tap, known = taps[0], taps[0].catalog
    assert known
    tap.reset()
    tap.strike()
    with proxy_before(tap.simulator.endpoint) as proxy:
        yield Reader(tap, proxy, known)
    tap.catalog = known


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, and write it down when it is whole."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
    ]
    told = [pair for report in reports for pair in report.user_properties]
    found = survival.table(survival.cells(told))
    if len(found) == 1:
        return
    terminalreporter.section("faults survived, of runs that were struck")
    for line in survival.in_columns(found):
        terminalreporter.line(line)
    if survival.is_whole(found):
        survival.PAGE.write_text(survival.as_page(found))
        terminalreporter.line(f"written to {survival.PAGE}")
