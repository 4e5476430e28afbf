"""Faults at the calls of a run: the rows are those of a run without faults.

Taps run side by side, because they wait for real (after a 606, Marketo's 20 seconds). The sample
strikes two calls of a run with every kind of fault; the sweep every call with every kind, a run
each.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

from tests.faults.fast_taps import FastTap, fast_taps
from tests.faults.scenarios import SCENARIOS, Quiet, quiet_run
from tests.faults.strikes import STRIKES, outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.conftest import Survived

TAPS = 24
STEP = 17  # calls from the first struck to the second


@dataclass(frozen=True)
class Case:
    """A run to be struck by one kind of fault."""

    quiet: Quiet
    kind: str
    calls: list[int]

    @property
    def cell(self) -> tuple[str, str]:
        """Its place in the table."""
        return self.kind, self.quiet.scenario.name


@pytest.fixture(scope="module")
def taps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[FastTap]]:
    with fast_taps(tmp_path_factory.mktemp("sweep"), TAPS) as started:
        yield started


@pytest.fixture(scope="module")
def quiets(taps: list[FastTap]) -> list[Quiet]:
    return [quiet_run(taps[0], scenario) for scenario in SCENARIOS]


def test_faults_change_no_row(taps: list[FastTap], quiets: list[Quiet]) -> None:
    cases = [
        Case(quiet, kind, places[number % len(places) :: STEP][:2])
        for quiet in quiets
        for number, (kind, strike) in enumerate(STRIKES.items())
        if (places := strike.places(quiet.paths))
    ]
    assert troubles(taps, cases) == {}


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_fault_at_any_call_changes_no_row(
    taps: list[FastTap], quiets: list[Quiet], survived: Survived
) -> None:
    cases = [
        Case(quiet, kind, [place])
        for quiet in quiets
        for kind, strike in STRIKES.items()
        for place in strike.places(quiet.paths)
    ]
    bad = troubles(taps, cases)
    lost = Counter(kind for kind, _ in bad)
    for cell, runs in Counter(case.cell for case in cases).items():
        survived[cell] = (runs - lost[cell], runs)
    assert bad == {}


def troubles(taps: list[FastTap], cases: list[Case]) -> dict[tuple[tuple[str, str], str], str]:
    """What went otherwise than without a fault, by cell of the table and calls."""
    free: SimpleQueue[FastTap] = SimpleQueue()
    for tap in taps:
        free.put(tap)

    def told(case: Case) -> str | None:
        tap = free.get()
        try:
            return outcome(tap, STRIKES[case.kind], case.quiet, case.calls)
        finally:
            free.put(tap)

    with ThreadPoolExecutor(len(taps)) as pool:
        outcomes = zip(cases, pool.map(told, cases), strict=True)
        return {(case.cell, str(case.calls)): text for case, text in outcomes if text}
