"""Faults at the calls of the target's runs: Marketo holds what it holds after a run without faults.

No lead, company or record of a custom object is lost or doubled, and ledger and Marketo agree, with
ledgers in SQLite and in Postgres. The sample strikes one call of each run with every second kind of
fault, the sweep every call with every kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.faults.activation_strikes import STRIKES, outcome
from tests.faults.fast_targets import by_ledger
from tests.faults.forks import side_by_side

if TYPE_CHECKING:
    from tests.faults.activations import Quiet
    from tests.faults.fast_targets import FastTarget


@dataclass(frozen=True)
class Case:
    """A run to be struck at one call by one kind of fault."""

    quiet: Quiet
    kind: str
    call: int

    def __str__(self) -> str:
        return f"{self.quiet.activation.name}, {self.kind} at call {self.call}"


def test_faults_lose_and_double_no_record(
    targets: list[FastTarget], quiet_activations: list[Quiet]
) -> None:
    cases = [
        Case(quiet, kind, 1 + (number * 3 + turn) % quiet.calls)
        for turn, quiet in enumerate(quiet_activations)
        for number, kind in list(enumerate(STRIKES))[turn % 2 :: 2]
    ]
    assert troubles(targets, cases) == {}


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", STRIKES)
def test_fault_at_any_call_loses_and_doubles_no_record(
    kind: str, targets: list[FastTarget], quiet_activations: list[Quiet]
) -> None:
    cases = [
        Case(quiet, kind, call) for quiet in quiet_activations for call in range(1, quiet.calls + 1)
    ]
    for of_one_ledger in by_ledger(targets):
        assert troubles(of_one_ledger, cases) == {}


def troubles(targets: list[FastTarget], cases: list[Case]) -> dict[str, str]:
    """What went otherwise than without a fault, by case."""

    def told(target: FastTarget, case: Case) -> str | None:
        text = outcome(target, case.kind, case.quiet, case.call)
        return text and f"{target.ledger.kind}: {text}"

    outcomes = zip(cases, side_by_side(targets, cases, told), strict=True)
    return {str(case): text for case, text in outcomes if text}
