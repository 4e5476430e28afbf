"""Leads stay complete: merges, deletions, holes, fields that come and go, bulk reads of changes."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.tap_runs import rows

HOUR = 3_600
DAY = 24 * HOUR
RECENT = "2026-10-25"  # one window of history
SECOND_SCHEMA = {"id", "_sdc_deleted_at"}


def marks(run):
    """The marks on leads, by lead."""
    found = [m["record"] for m in run.messages if m["type"] == "RECORD" and m["stream"] == "leads"]
    return {row["id"]: row["_sdc_deleted_at"] for row in found if row.keys() == SECOND_SCHEMA}


def filters(tap):
    """The filters of all jobs that were made."""
    return [next(iter(call["body"]["filter"])) for call in tap.calls("/create.json")]


def people(tap, *names):
    """New leads."""
    emails = [{"email": f"{name}@example.com"} for name in names]
    return tap.simulator.post("/leads", input=emails)["ids"]


@pytest.mark.parametrize("streams", [("leads",), ("leads", "activities")])
def test_winner_of_a_merge_is_read_again(tap, streams):
    winner, loser = people(tap, "winner", "loser")
    state = tap(*streams, start_date=RECENT).state
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.post("/leads/merge", winner=winner, losers=[loser])
    tap.simulator.delete("/calls")
    run = tap(*streams, start_date=RECENT, state=state)
    assert {lead["id"] for lead in run.records("leads")} == {winner}
    asked = [call["query"]["activityTypeIds"].split(",") for call in tap.calls("/activities.json")]
    assert len([types for types in asked if "32" in types]) == 1


def test_winner_is_kept_in_state_until_it_is_read(tap):
    winner, loser = people(tap, "winner", "loser")
    state = tap("leads", "activities", start_date=RECENT).state
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.post("/leads/merge", winner=winner, losers=[loser])
    tap.fault("code", code="610", path="*/leads.json")
    broken = tap("leads", "activities", start_date=RECENT, state=state)
    assert broken.status == 1
    rest = tap("leads", "activities", start_date=RECENT, state=broken.state)
    assert winner in {lead["id"] for lead in rest.records("leads")}


@pytest.mark.parametrize("streams", [("leads",), ("leads", "deleted_leads", "activities")])
def test_leads_that_are_gone_are_marked_last(tap, streams):
    winner, loser, deleted = people(tap, "winner", "loser", "deleted")
    settings = {"start_date": RECENT, "tombstones": True}
    first = tap(*streams, **settings)
    assert marks(first) == {}
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.post("/leads/merge", winner=winner, losers=[loser])
    tap.simulator.delete(f"/leads/{deleted}")
    run = tap(*streams, state=first.state, **settings)
    assert run.status == 0, run.last_line
    assert marks(run).keys() == {loser, deleted}
    assert all(at.startswith("2026-11-24T11:0") for at in marks(run).values())
    schemas = [m for m in run.messages if (m["type"], m.get("stream")) == ("SCHEMA", "leads")]
    assert schemas[-1]["schema"]["properties"].keys() == SECOND_SCHEMA
    place = run.messages.index(schemas[-1])
    later = [m for m in run.messages[place:] if m["type"] == "RECORD" and m["stream"] == "leads"]
    assert all(m["record"].keys() == SECOND_SCHEMA for m in later)
    assert marks(tap(*streams, state=run.state, **settings)).keys() <= {loser, deleted}


def test_lead_that_marketo_still_shows_is_not_marked(tap):
    [back] = people(tap, "back")
    settings = {"start_date": RECENT, "tombstones": True}
    state = tap("leads", **settings).state
    tap.simulator.post("/activities", input=[{"leadId": back, "activityTypeId": 37}])
    assert marks(tap("leads", state=state, **settings)) == {}


def test_lead_that_came_and_went_between_two_runs_is_its_mark_alone(tap):
    settings = {"start_date": RECENT, "tombstones": True}
    state = tap("leads", **settings).state
    tap.simulator.post("/clock", advance_seconds=HOUR)
    [short] = people(tap, "short")
    tap.simulator.delete(f"/leads/{short}")
    run = tap("leads", state=state, **settings)
    assert [row.keys() for row in run.records("leads") if row["id"] == short] == [SECOND_SCHEMA]


def test_marks_turned_on_later_begin_with_the_merges_from_then_on(tap):
    winner, before, after = people(tap, "winner", "before", "after")
    state = tap("leads", start_date=RECENT).state
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.post("/leads/merge", winner=winner, losers=[before])
    tap.simulator.post("/clock", advance_seconds=HOUR)
    state = tap("leads", start_date=RECENT, state=state).state
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.post("/leads/merge", winner=winner, losers=[after])
    run = tap("leads", start_date=RECENT, state=state, tombstones=True)
    assert marks(run).keys() == {after}
    truth = tap.simulator.get("/leads")["leads"]
    held = {row["id"] for row in tap("lead_ids", state=run.state).records("lead_ids")}
    assert held == {lead["id"] for lead in truth}
    assert before not in held


def test_marks_follow_the_stream_map_of_leads(tap):
    [deleted] = people(tap, "deleted")
    maps = {
        "leads": {"__alias__": "people", "lead": "id", "id": None, "__key_properties__": ["lead"]}
    }
    settings = {"start_date": RECENT, "tombstones": True, "stream_maps": maps}
    state = tap("leads", **settings).state
    tap.simulator.delete(f"/leads/{deleted}")
    run = tap("leads", state=state, **settings)
    assert run.status == 0, run.last_line
    assert [row["lead"] for row in run.records("people") if "_sdc_deleted_at" in row] == [deleted]


@pytest.mark.parametrize(("there", "by"), [(True, "updatedAt"), (False, "createdAt")])
def test_pause_of_a_hundred_days_reads_leads_again(tap, there, by):
    state = tap("leads", start_date=RECENT).state
    tap.simulator.post("/clock", advance_seconds=100 * DAY)
    tap.simulator.post("/settings", updated_at_filter=there)
    tap.simulator.delete("/calls")
    run = tap("leads", start_date=RECENT, state=state)
    assert run.status == 0, run.last_line
    assert "Marketo has forgotten" in run.stderr
    assert filters(tap)[-1] == by
    assert "history" not in run.state["bookmarks"]["leads"]


def test_pause_of_twenty_days_asks_for_the_ids_of_leads(tap):
    state = tap("leads", "deleted_leads", start_date=RECENT).state
    tap.simulator.post("/clock", advance_seconds=20 * DAY)
    run = tap("leads", "deleted_leads", start_date=RECENT, state=state)
    assert "select `lead_ids`" in run.stderr
    assert "reading leads again" in run.stderr


def test_ids_of_leads_are_whole_under_one_version(tap):
    tap.fault("code", code="610", path="*/file.json", call=14)
    broken = tap("lead_ids")
    rest = tap("lead_ids", state=broken.state)
    assert rest.status == 0, rest.last_line
    held = rows(broken.messages, rest.messages)["lead_ids"]
    assert held.keys() == {(lead["id"],) for lead in tap.simulator.get("/leads")["leads"]}
    own = [m for m in broken.messages + rest.messages if m.get("stream") == "lead_ids"]
    assert own[-1]["type"] == "ACTIVATE_VERSION"
    assert {m["version"] for m in own if m["type"] == "RECORD"} == {own[-1]["version"]}


def test_field_selected_later_is_read_for_all_leads(tap):
    state = tap("leads", start_date=RECENT, without={"leads": {"title"}}).state
    tap.simulator.delete("/calls")
    run = tap("leads", start_date=RECENT, state=state)
    assert filters(tap) == ["createdAt"]
    assert "title" in run.schema("leads")
    tap.simulator.delete("/calls")
    tap("leads", start_date=RECENT, state=run.state)
    assert filters(tap) == []


def test_field_selected_later_is_not_read_where_that_is_turned_off(tap):
    state = tap("leads", start_date=RECENT, without={"leads": {"title"}}).state
    tap.simulator.delete("/calls")
    tap("leads", start_date=RECENT, state=state, backfill_new_fields=False)
    assert filters(tap) == []


def test_field_that_is_new_in_marketo_starts_no_history(tap):
    state = tap("leads", start_date=RECENT).state
    tap.simulator.post("/fields", name="shoeSize", displayName="Shoe size", dataType="integer")
    tap.simulator.delete("/calls")
    run = tap("leads", start_date=RECENT, state=state, catalog=tap.discover())
    assert run.status == 0, run.last_line
    assert "shoeSize" in run.schema("leads")
    assert filters(tap) == []


def test_bulk_follows_changes_by_updated_at(tap):
    tap.simulator.post("/settings", updated_at_filter=True)
    settings = {"start_date": RECENT, "leads_method": "bulk"}
    first = tap("leads", **settings)
    tap.simulator.post("/clock", advance_seconds=HOUR)
    lead = first.records("leads")[0]["id"]
    tap.simulator.post(f"/leads/{lead}", firstName="Renamed")
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.delete("/calls")
    run = tap("leads", state=first.state, **settings)
    assert [row["firstName"] for row in run.records("leads")] == ["Renamed"]
    assert filters(tap) == ["updatedAt"]
    assert tap.calls("/leads.json") == []


def test_bulk_without_that_filter_stops_before_anything_is_read(tap):
    run = tap("leads", "activities", start_date=RECENT, leads_method="bulk")
    assert run.status == 1
    assert "leads_method" in run.last_line
    assert not [m for m in run.messages if m["type"] == "RECORD"]


@pytest.mark.parametrize(("there", "last"), [(True, ["updatedAt"]), (False, ["updatedAt"])])
def test_auto_reads_changes_by_bulk_after_a_day(tap, there, last):
    settings = {"start_date": RECENT, "recheck_every_hours": 0}
    tap.simulator.post("/settings", updated_at_filter=there)
    first = tap("leads", **settings)
    lead = first.records("leads")[0]["id"]
    tap.simulator.post("/clock", advance_seconds=2 * DAY)
    tap.simulator.post(f"/leads/{lead}", firstName="Renamed")
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.delete("/calls")
    run = tap("leads", state=first.state, **settings)
    assert run.records("leads")[-1]["firstName"] == "Renamed"
    assert filters(tap) == last
    assert bool(tap.calls("/leads.json")) != there
    tap.simulator.delete("/calls")
    tap.simulator.post("/clock", advance_seconds=2 * DAY)
    tap("leads", state=run.state, **settings)
    assert filters(tap) == (["updatedAt"] if there else [])  # a refusal is remembered


def test_filter_that_was_missing_is_asked_for_again_after_a_month(tap):
    settings = {"start_date": RECENT, "recheck_every_hours": 0}
    state = tap("leads", **settings).state
    tap.simulator.post("/clock", advance_seconds=2 * DAY)
    state = tap("leads", state=state, **settings).state
    tap.simulator.post("/settings", updated_at_filter=True)
    asked = []
    for _ in range(2):
        tap.simulator.post("/clock", advance_seconds=16 * DAY)
        tap.simulator.delete("/calls")
        state = tap("leads", state=state, **settings).state
        asked.append(filters(tap))
    assert asked == [[], ["updatedAt"]]


def test_recheck_finds_a_change_that_no_activity_tells_of(tap):
    tap.simulator.post("/settings", updated_at_filter=True)
    first = tap("leads", start_date=RECENT)
    lead = first.records("leads")[0]["id"]
    tap.simulator.post("/clock", advance_seconds=10 * HOUR)
    tap.simulator.post(f"/leads/{lead}?rows=no", firstName="Unannounced")
    tap.simulator.post("/clock", advance_seconds=10 * HOUR)
    hourly = tap("leads", start_date=RECENT, state=first.state)
    assert hourly.records("leads") == []
    tap.simulator.delete("/calls")
    tap.simulator.post("/clock", advance_seconds=5 * HOUR)
    run = tap("leads", start_date=RECENT, state=hourly.state)
    assert [(row["id"], row["firstName"]) for row in run.records("leads")] == [
        (lead, "Unannounced")
    ]
    [job] = tap.calls("/create.json")
    assert job["body"]["filter"]["updatedAt"]["startAt"].startswith("2026-11-23T09:55:")
    assert run.state["bookmarks"]["leads"]["rechecked_at"].startswith("2026-11-25T11:")


def test_nothing_tells_of_a_change_without_an_activity_where_bulk_is_refused(tap):
    first = tap("leads", start_date=RECENT)
    lead = first.records("leads")[0]["id"]
    tap.simulator.post(f"/leads/{lead}?rows=no", firstName="Unannounced")
    tap.simulator.post("/clock", advance_seconds=25 * HOUR)
    daily = tap("leads", start_date=RECENT, state=first.state)
    assert daily.records("leads") == []
    tap.simulator.post(f"/leads/{lead}", lastName="Announced")
    tap.simulator.post("/clock", advance_seconds=HOUR)
    [row] = tap("leads", start_date=RECENT, state=daily.state).records("leads")
    assert (row["id"], row["firstName"]) == (lead, "Unannounced")


def test_recheck_reads_the_change_feed_again_where_bulk_is_refused(tap):
    first = tap("leads", start_date=RECENT)
    lead = first.records("leads")[0]["id"]
    tap.simulator.post("/clock", advance_seconds=20 * HOUR)
    hourly = tap("leads", start_date=RECENT, state=first.state)
    late = {"leadId": lead, "activityTypeId": 12, "activityDate": "2026-11-24T20:00:00Z"}
    tap.simulator.post("/activities", input=[late])
    tap.simulator.post("/clock", advance_seconds=5 * HOUR)
    run = tap("leads", start_date=RECENT, state=hourly.state)
    assert lead in {row["id"] for row in run.records("leads")}


@pytest.mark.parametrize("method", ["history", "changes"])
def test_field_hidden_in_the_middle_of_a_run_is_left_out(tap, method):
    state = None
    if method == "changes":
        state = tap("leads", start_date=RECENT).state
        tap.simulator.post("/clock", advance_seconds=HOUR)
        people(tap, "changed")
    tap.fault("slow_body", path="*/pagingtoken.json", seconds=4)
    tap.simulator.delete("/calls")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(tap, "leads", start_date=RECENT, state=state)
        while not tap.calls("/pagingtoken.json") and not running.done():
            time.sleep(0.05)
        tap.simulator.post("/fields/title", hidden=True)
        run = running.result()
    assert run.status == 0, run.last_line
    assert "title: hidden in Marketo" in run.stderr
    schemas = [m for m in run.messages if (m["type"], m.get("stream")) == ("SCHEMA", "leads")]
    assert "title" in schemas[0]["schema"]["properties"]
    assert "title" not in schemas[-1]["schema"]["properties"]
    assert run.records("leads")
    assert not any("title" in row for row in run.records("leads"))


def test_refusal_without_a_hidden_field_stands(tap):
    tap.fault("code", code="1006", path="*/create.json", message="Field 'title' not found")
    run = tap("leads", start_date=RECENT)
    assert run.status == 1
    assert "1006" in run.last_line


def test_state_of_singer_ios_tap_is_read(tap):
    foreign = {
        "bookmarks": {
            "leads": {"updatedAt": "2026-11-24T08:00:00Z"},
            "activities_open_email": {"activityDate": "2026-11-24T08:00:00Z"},
        }
    }
    tap.simulator.post("/clock", advance_seconds=HOUR)
    [new] = people(tap, "new")
    run = tap("leads", "activity_open_email", state=foreign)
    assert run.status == 0, run.last_line
    assert {lead["id"] for lead in run.records("leads")} >= {new}
    assert tap.calls("/create.json") == []
    since = {call["query"]["sinceDatetime"] for call in tap.calls("/pagingtoken.json")}
    assert since == {"2026-11-24T07:55:00Z"}


def test_age_of_marketo_is_asked_for_once_and_not_in_every_run(tap):
    state = tap("leads").state
    tap.simulator.delete("/calls")
    tap("leads", state=state)
    assert tap.calls("/folders.json") == []


def test_losers_of_a_pause_that_ends_in_bulk_files_are_marked(tap):
    winner, loser = people(tap, "winner", "loser")
    settings = {"start_date": RECENT, "tombstones": True}
    tap.simulator.post("/settings", updated_at_filter=True)
    state = tap("leads", **settings).state
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.post("/leads/merge", winner=winner, losers=[loser])
    tap.simulator.post("/clock", advance_seconds=2 * DAY)
    run = tap("leads", state=state, **settings)
    assert filters(tap)[-1] == "updatedAt"
    assert marks(run).keys() == {loser}


@pytest.mark.parametrize("days", [1, 4])
def test_recheck_finds_losers_and_deletions_that_were_written_late(tap, days):
    winner, loser, deleted = people(tap, "winner", "loser", "deleted")
    settings = {"start_date": RECENT, "tombstones": True}
    tap.simulator.post("/settings", updated_at_filter=True)
    state = tap("leads", **settings).state
    tap.simulator.post("/settings", late_percent=100, late_seconds=HOUR)
    tap.simulator.post("/leads/merge", winner=winner, losers=[loser])
    tap.simulator.delete(f"/leads/{deleted}")
    tap.simulator.post("/settings", late_percent=0)
    tap.simulator.post("/clock", advance_seconds=HOUR // 2)
    state = tap("leads", state=state, **settings).state
    tap.simulator.post("/clock", advance_seconds=days * DAY)
    assert marks(tap("leads", state=state, **settings)).keys() == {loser, deleted}
