"""Faults at the calls of a run: the rows are those of a run without faults.

The sample strikes two calls of one run with every kind of fault; the sweep every call of every run
with every kind, a run each. Taps run side by side; their clock does not wait
(`tap_server.HurriedClock`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.faults.forks import side_by_side
from tests.faults.strikes import STRIKES, outcome

if TYPE_CHECKING:
    from tests.faults.conftest import Tell
    from tests.faults.fast_taps import FastTap
    from tests.faults.scenarios import Quiet

STEP = 17  # calls from the first struck to the second


@dataclass(frozen=True)
class Case:
    """A run to be struck by one kind of fault."""

    quiet: Quiet
    kind: str
    calls: list[int]

    @property
    def place(self) -> str:
        """What it is, for a reader of a failure."""
        paths = [self.quiet.paths[call - 1] for call in self.calls]
        return f"{self.kind}, {self.quiet.scenario.name}, {self.calls}: {', '.join(paths)}"


def test_every_kind_strikes_in_every_scenario(quiets: list[Quiet]) -> None:
    holes = [
        (kind, quiet.scenario.name)
        for kind, strike in STRIKES.items()
        for quiet in quiets
        if not strike.places(quiet.paths)
    ]
    assert holes == []


def test_faults_change_no_row(taps: list[FastTap], quiets: list[Quiet]) -> None:
    cases = []
    for number, (kind, strike) in enumerate(STRIKES.items()):
        quiet = quiets[number % len(quiets)]
        places = strike.places(quiet.paths)
        cases.append(Case(quiet, kind, places[number % len(places) :: STEP][:2]))
    assert troubles(cases, struck(taps, cases)) == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", STRIKES)
def test_fault_at_any_call_changes_no_row(
    kind: str, taps: list[FastTap], quiets: list[Quiet], survived: Tell
) -> None:
    cases = [
        Case(quiet, kind, [place])
        for quiet in quiets
        for place in STRIKES[kind].places(quiet.paths)
    ]
    found = struck(taps, cases)
    survived(kind, [case.quiet for case in cases], found)
    assert troubles(cases, found) == []


def struck(taps: list[FastTap], cases: list[Case]) -> list[str | None]:
    """What each run did otherwise than a quiet one."""

    def told(tap: FastTap, case: Case) -> str | None:
        return outcome(tap, STRIKES[case.kind], case.quiet, case.calls)

    return side_by_side(taps, cases, told)


def troubles(cases: list[Case], found: list[str | None]) -> list[str]:
    """The cases that went wrong, in words."""
    return [f"{case.place}: {text}" for case, text in zip(cases, found, strict=True) if text]
