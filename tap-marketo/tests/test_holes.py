"""A pause that is longer than Marketo remembers: a run tells what is missing, and goes on."""

from __future__ import annotations

import pytest

HOUR = 3_600
DAY = 24 * HOUR
RECENT = "2026-10-25"  # one window of history
OPENED, CLICKED = 10, 11  # kept for 25 months
VISITED, LINKED = 1, 3  # kept for 90 days


@pytest.fixture
def paused(tap):
    """A run, one row of each of those types an hour later, and a run after a pause."""

    def paused(*streams, days, **settings):
        state = tap(*streams, start_date=RECENT).state
        tap.simulator.post("/clock", advance_seconds=HOUR)
        types = (OPENED, CLICKED, VISITED, LINKED)
        tap.simulator.post(
            "/activities", input=[{"leadId": 1, "activityTypeId": each} for each in types]
        )
        tap.simulator.post("/clock", advance_seconds=days * DAY)
        run = tap(*streams, start_date=RECENT, state=state, **settings)
        assert run.status == 0, run.last_line
        return run

    return paused


def told(run):
    """The lines of the summary that tell of holes."""
    return [line.strip() for line in run.stderr.splitlines() if line.startswith("  hole in ")]


@pytest.mark.parametrize("method", ["rest", "bulk"])
def test_activities_tell_which_rows_are_forgotten(paused, method):
    run = paused("activities", days=100, activities_method=method)
    [hole] = told(run)
    assert hole.startswith("hole in activities: from 2026-11-24 10:00 to 2026-12-05 11:0")
    kinds = hole.partition("(")[2].rstrip(")").split(", ")
    assert {"Visit Webpage", "Click Link", "Change Data Value"} <= set(kinds)
    assert not {"Open Email", "New Lead", "Merge Leads"} & set(kinds)
    assert f"activities: Marketo has forgotten some rows {hole.partition(': ')[2]}" in run.stderr
    assert "run more often than every 89 days" in run.stderr
    assert {row["activityTypeId"] for row in run.records("activities")} == {OPENED, CLICKED}


def test_streams_of_types_tell_each_of_its_own_type(paused):
    run = paused("activity_click_link", "activity_open_email", "merged_leads", days=100)
    [hole] = told(run)
    assert hole.startswith("hole in activity_click_link: from 2026-11-24 10:00 to 2026-12-05")
    assert hole.endswith(" (Click Link)")
    assert run.records("activity_click_link") == []
    assert len(run.records("activity_open_email")) == 1


def test_other_types_are_forgotten_after_two_years_and_new_leads_never(paused):
    kept_shortest, kept_longer, merges = told(paused("activities", "merged_leads", days=770))
    assert "Visit Webpage" in kept_shortest
    assert kept_longer.startswith("hole in activities: from 2026-11-24 10:00 to 2026-12-07 ")
    assert "Open Email" in kept_longer
    assert "New Lead" not in kept_shortest + kept_longer
    assert merges.endswith(" (Merge Leads)")


def test_shorter_pause_has_no_hole(paused):
    run = paused("activities", "lead_changes", days=85)
    assert told(run) == []
    assert "forgotten" not in run.stderr
    assert {VISITED, LINKED} <= {row["activityTypeId"] for row in run.records("activities")}


def test_hole_is_told_once(tap, paused):
    run = paused("activities", days=100)
    assert told(tap("activities", state=run.state)) == []


def test_changes_are_forgotten_and_new_leads_are_not(paused):
    [hole] = told(paused("lead_changes", "new_leads", days=100))
    assert hole.startswith("hole in lead_changes: from 2026-11-24 10:00 to 2026-12-05")
    assert hole.endswith(" (Change Data Value)")


@pytest.mark.parametrize(
    ("more", "what_to_do"),
    [((), "select `lead_ids`"), (("lead_ids",), "leads that `lead_ids` lacks are gone")],
)
def test_deletions_are_forgotten_sooner(paused, more, what_to_do):
    run = paused("deleted_leads", *more, days=20)
    [hole] = told(run)
    assert hole.startswith("hole in deleted_leads: from 2026-11-24 10:00 to 2026-12-01")
    assert hole.endswith(" (Delete Lead)")
    assert what_to_do in run.stderr
