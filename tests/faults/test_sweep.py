"""Faults at the calls of a run: the rows are those of a run without faults.

Taps run side by side, because they wait for real (after a 606, Marketo's 20 seconds). The sample
strikes two calls of a run with every kind of fault; the sweep every call with every kind, a run
each.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.faults.fast_taps import FastTap, side_by_side
from tests.faults.strikes import STRIKES, outcome

if TYPE_CHECKING:
    from tests.faults.conftest import Survived
    from tests.faults.scenarios import Quiet

SWEEP_ONLY = {"queue full"}  # it costs a minute of waiting
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


def test_faults_change_no_row(taps: list[FastTap], quiets: list[Quiet]) -> None:
    cases = [
        Case(quiet, kind, places[number % len(places) :: STEP][:2])
        for quiet in quiets
        for number, (kind, strike) in enumerate(STRIKES.items())
        if kind not in SWEEP_ONLY and (places := strike.places(quiet.paths))
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

    def told(tap: FastTap, case: Case) -> str | None:
        return outcome(tap, STRIKES[case.kind], case.quiet, case.calls)

    outcomes = zip(cases, side_by_side(taps, cases, told), strict=True)
    return {(case.cell, str(case.calls)): text for case, text in outcomes if text}
