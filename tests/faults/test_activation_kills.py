"""Runs of the target that are ended from outside: the next one ends as if nothing had happened.

SIGKILL and SIGTERM in the middle of any call, whether Marketo does the work or not, and SIGKILL at
any moment; with ledgers in SQLite and in Postgres.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from random import Random
from signal import SIGKILL, SIGTERM, Signals
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.activation_strikes import resumed
from tests.faults.fast_targets import by_ledger
from tests.faults.forks import side_by_side

if TYPE_CHECKING:
    from tests.faults.activations import Quiet
    from tests.faults.fast_targets import FastTarget

ENDS = {SIGKILL: -SIGKILL, SIGTERM: 128 + SIGTERM}
DRAWN_OUT: dict[str, dict[str, Any]] = {
    "the call is never carried out": {"kind": "timeout", "seconds": 4},
    "the call has been carried out": {"kind": "slow_body", "seconds": 1},
    "the call is carried out later": {"kind": "late_work", "seconds": 0.7},
}
MOMENTS = 120
LATEST_SECONDS = 1.5
SAMPLED_CALLS = 9  # of the calls, one in so many
SAMPLED_MOMENTS = 10


@dataclass(frozen=True)
class Case:
    """A run that ends in a call, or after some seconds."""

    quiet: Quiet
    call: int = 0
    seconds: float = 0.0


def in_calls(quiets: list[Quiet]) -> list[Case]:
    return [Case(quiet, call) for quiet in quiets for call in range(1, quiet.calls + 1)]


def at_moments(quiets: list[Quiet]) -> list[Case]:
    random = Random(7)  # noqa: S311 - no secret
    return [
        Case(quiets[number % len(quiets)], seconds=random.uniform(0, LATEST_SECONDS))
        for number in range(MOMENTS)
    ]


def ended_in_call(
    target: FastTarget, case: Case, number: Signals, fault: dict[str, Any]
) -> str | None:
    activation = case.quiet.activation
    activation.prepare(target)
    run = target.ended_in_call(
        number, {**fault, "call": case.call}, activation.messages, activation.streams
    )
    if run.status not in {ENDS[number], 0}:
        return f"exit status {run.status}: {run.last_line}"
    told = resumed(target, case.quiet)
    time.sleep(fault.get("seconds", 0))  # what comes late is not to come to the next case
    return told


def killed(target: FastTarget, case: Case) -> str | None:
    activation = case.quiet.activation
    activation.prepare(target)
    target.strike()
    target.ended_after(SIGKILL, case.seconds, activation.messages, activation.streams)
    return resumed(target, case.quiet)


def test_run_ended_in_a_call_is_completed_by_the_next(
    targets: list[FastTarget], quiet_activations: list[Quiet]
) -> None:
    ways = [(number, fault) for fault in DRAWN_OUT.values() for number in ENDS]
    cases = [
        (case, *ways[index % len(ways)])
        for index, case in enumerate(in_calls(quiet_activations)[::SAMPLED_CALLS])
    ]
    told = side_by_side(targets, cases, lambda target, case: ended_in_call(target, *case))
    assert set(told) == {None}


def test_run_killed_at_some_moment_is_completed_by_the_next(
    targets: list[FastTarget], quiet_activations: list[Quiet]
) -> None:
    cases = at_moments(quiet_activations)[::SAMPLED_MOMENTS]
    assert set(side_by_side(targets, cases, killed)) == {None}


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", ENDS)
@pytest.mark.parametrize("way", DRAWN_OUT)
def test_run_ended_in_any_call_is_completed_by_the_next(
    number: Signals, way: str, targets: list[FastTarget], quiet_activations: list[Quiet]
) -> None:
    def told(target: FastTarget, case: Case) -> str | None:
        return ended_in_call(target, case, number, DRAWN_OUT[way])

    for of_one_ledger in by_ledger(targets):
        assert set(side_by_side(of_one_ledger, in_calls(quiet_activations), told)) == {None}


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_run_killed_at_any_moment_is_completed_by_the_next(
    targets: list[FastTarget], quiet_activations: list[Quiet]
) -> None:
    for of_one_ledger in by_ledger(targets):
        cases = at_moments(quiet_activations)
        assert set(side_by_side(of_one_ledger, cases, killed)) == {None}
