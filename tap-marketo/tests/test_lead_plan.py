"""What a run reads of leads: a pure function."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tap_marketo.plans.lead_plan import Method, Situation, plan
from tap_marketo.plans.recheck import Recheck

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
DAILY = Recheck(every=timedelta(hours=24), window=timedelta(hours=48))


def situation(hours: float) -> Situation:
    """A run that long after the one before, which was a recheck."""
    before = NOW - timedelta(hours=hours)
    return Situation(
        now=NOW,
        first_lead=lambda: before,
        reached=before,
        rechecked_at=before,
        forgotten=False,
        fields_came=False,
        method=Method.AUTO,
        recheck=DAILY,
    )


@pytest.mark.parametrize(("hours", "back"), [(24, 48), (49, 73), (72, 96)])
def test_change_feed_that_goes_as_far_back_is_a_recheck_after_any_pause(hours, back):
    otherwise = plan(situation(hours)).otherwise
    assert otherwise is not None
    assert otherwise.rechecks
    assert otherwise.start == NOW - timedelta(hours=back)


def test_run_of_the_same_day_is_none():
    decided = plan(situation(23))
    assert (decided.by, decided.rechecks) == (None, False)


@pytest.mark.parametrize(("hours", "back"), [(1, 49), (30, 78)])
def test_rechecks_that_are_turned_on_again_begin_as_if_they_had_been_on(hours, back):
    long_off = replace(situation(hours), rechecked_at=NOW - timedelta(days=200))
    assert plan(long_off).start == NOW - timedelta(hours=back)


def test_one_run_without_a_recheck_moves_none():
    noon = replace(situation(12), rechecked_at=NOW - timedelta(hours=24))
    assert plan(noon).start == NOW - timedelta(hours=48)
