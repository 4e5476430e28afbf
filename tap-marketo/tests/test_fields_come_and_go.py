"""Lead fields that are hidden and shown again, or deselected and selected again."""

from __future__ import annotations

import pytest

HOUR = 3_600
RECENT = "2026-10-25"  # one window of history
WITHOUT_TITLE = {"without": {"leads": {"title"}}}


@pytest.fixture
def run(tap):
    """A run of leads an hour after the one before; the calls of the last one alone are kept."""

    def run(state=None, **settings):
        tap.simulator.post("/clock", advance_seconds=HOUR)
        tap.simulator.delete("/calls")
        done = tap("leads", start_date=RECENT, state=state, **settings)
        assert done.status == 0, done.last_line
        return done

    return run


def jobs(tap):
    """The filters of the export jobs of the last run."""
    return [next(iter(call["body"]["filter"])) for call in tap.calls("/create.json")]


def hide(tap, *, hidden=True):
    tap.simulator.post("/fields/title", hidden=hidden)


@pytest.mark.parametrize("was_read", [True, False])
def test_field_that_is_shown_again_is_read_for_all_leads_once(tap, run, was_read):
    state = run().state if was_read else None
    lead = tap.simulator.get("/leads")["leads"][-1]["id"]
    tap.simulator.post(f"/leads/{lead}?rows=no", title="Countess")
    hide(tap)
    hidden = run(state)
    fields = hidden.state["bookmarks"]["leads"]["fields_read"]
    assert ("title" in fields, "email" in fields) == (False, True)
    hide(tap, hidden=False)
    shown = run(hidden.state)
    assert jobs(tap) == ["createdAt"]
    assert "title: selected now, or shown in Marketo again, reading all leads again" in shown.stderr
    assert {row["id"]: row["title"] for row in shown.records("leads")}[lead] == "Countess"
    run(shown.state)
    assert jobs(tap) == []


def test_field_that_is_shown_again_is_not_read_where_that_is_turned_off(tap, run):
    state = run().state
    hide(tap)
    state = run(state).state
    hide(tap, hidden=False)
    state = run(state, backfill_new_fields=False).state
    assert jobs(tap) == []
    run(state)
    assert jobs(tap) == []


def test_field_that_was_deselected_counts_when_it_is_selected_again(tap, run):
    state = run(run().state, **WITHOUT_TITLE).state
    assert jobs(tap) == []
    run(state)
    assert jobs(tap) == ["createdAt"]


def test_state_that_never_told_which_fields_were_read_starts_no_history(tap, run):
    state = run().state
    del state["bookmarks"]["leads"]["fields_read"]
    state = run(state).state
    assert jobs(tap) == []
    assert "title" in state["bookmarks"]["leads"]["fields_read"]


def test_history_of_a_field_that_stops_is_gone_on_with(tap, run):
    state = run().state
    hide(tap)
    state = run(state).state
    hide(tap, hidden=False)
    tap.simulator.delete("/calls")
    tap.fault("code", code="610", path="*/file.json")
    broken = tap("leads", start_date=RECENT, state=state)
    assert broken.status == 1
    assert jobs(tap) == ["createdAt"]
    rest = run(broken.state)
    assert jobs(tap) == []
    assert all("title" in row for row in rest.records("leads"))


def test_describe_that_fails_makes_no_field_one_that_was_hidden(tap, run):
    state = run().state
    tap.simulator.delete("/calls")
    tap.fault("code", code="603", path="*/leads/describe.json")
    broken = tap("leads", start_date=RECENT, state=state)
    assert broken.status == 1
    assert broken.messages == []
    run(state)
    assert jobs(tap) == []


def test_field_that_was_hidden_when_the_catalog_was_made_passes_for_new(tap, run):
    lead = tap.simulator.get("/leads")["leads"][-1]["id"]
    tap.simulator.post(f"/leads/{lead}?rows=no", title="Countess")
    hide(tap)
    without = tap.discover()
    state = run(catalog=without).state
    hide(tap, hidden=False)
    shown = run(state)
    assert jobs(tap) == []
    assert shown.records("leads") == []
    again = {row["id"]: row["title"] for row in run().records("leads")}
    assert again[lead] == "Countess"


def test_changes_of_a_hidden_field_are_in_activities_alone(tap):
    def run(*, days, state):
        tap.simulator.post("/clock", advance_seconds=days * 24 * HOUR)
        return tap("lead_changes", "activities", start_date=RECENT, state=state)

    state = run(days=0, state=None).state
    hide(tap)
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.post("/leads/1", title="Margravine")
    hidden = run(days=3, state=state)
    hide(tap, hidden=False)
    tap.simulator.post("/leads/2", title="Duchess")
    shown = run(days=1, state=hidden.state)
    assert hidden.records("lead_changes") == []
    assert {row["leadId"] for row in shown.records("lead_changes")} == {2}
    assert 1 in {row["leadId"] for row in hidden.records("activities")}
