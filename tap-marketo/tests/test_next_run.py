"""Runs after the first: only what changed, and nothing lost where a run stopped."""

from __future__ import annotations

import pytest

from demo import simulator as simulators
from tests.tap_runs import TapRunner, rows

HOUR = 3_600
NOW = "2026-11-24T10:00:00Z"
RECENT = "2026-10-25"  # one window of history


def test_second_run_brings_only_what_changed(tap):
    first = tap()
    tap.simulator.post("/clock", advance_seconds=HOUR)
    [new] = tap.simulator.post("/leads", input=[{"email": "new@example.com"}])["ids"]
    changed = first.records("leads")[0]["id"]
    tap.simulator.post(f"/leads/{changed}", firstName="Renamed")
    tap.simulator.post("/clock", advance_seconds=HOUR)
    second = tap(state=first.state)
    assert {lead["id"] for lead in second.records("leads")} == {new, changed}
    assert {row["leadId"] for row in second.records("new_leads")} == {new}
    change = [row for row in second.records("lead_changes") if row["fieldName"] == "firstName"]
    assert [(row["leadId"], row["newValue"]) for row in change] == [(changed, "Renamed")]
    assert {row["activityTypeId"] for row in second.records("activities")} == {12, 13}
    assert len(tap.calls("/create.json")) == 3  # those of the history


def test_quiet_second_run_reads_each_feed_once(tap):
    state = tap().state
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.post("/settings", empty_page_every=0, scan_rows=5000)
    tap.simulator.delete("/calls")
    run = tap(state=state)
    assert {m["stream"] for m in run.messages if m["type"] == "RECORD"} == {
        "activity_types",
        "lead_fields",
    }
    assert len(tap.calls("/activities.json")) == 3  # 29 types, ten to a call
    assert len(tap.calls("/leadchanges.json")) == 1
    assert len(tap.calls("/deletedleads.json")) == 1
    assert tap.calls("/leads.json") == tap.calls("/folders.json") == []


def test_each_read_begins_a_little_before_the_last_one_ended(tap):
    state = tap("activities", lookback_seconds=0).state
    reached = state["bookmarks"]["activities"]["replication_key_value"]
    assert reached.startswith("2026-11-24T10:00")
    tap.simulator.delete("/calls")
    tap("activities", state=state, lookback_seconds=600)
    since = {call["query"]["sinceDatetime"] for call in tap.calls("/pagingtoken.json")}
    [begin] = since
    assert begin == reached.replace("T10:00", "T09:50")


def test_row_that_marketo_writes_late_comes_with_the_next_run(tap):
    state = tap("activities").state
    late = {"leadId": 1, "activityTypeId": 3, "activityDate": "2026-11-24T09:58:00Z"}
    [guid] = tap.simulator.post("/activities", input=[late])["ids"]
    run = tap("activities", state=state)
    assert guid in {row["marketoGUID"] for row in run.records("activities")}


def test_activity_type_selected_later_is_read_from_the_start(tap):
    first = tap("activities", activity_types=["Open Email"], start_date="2026-10-01")
    second = tap(
        "activities",
        state=first.state,
        activity_types=["Open Email", "Click Email"],
        start_date="2026-10-01",
    )
    truth = tap.simulator.get("/activities?typeId=11")["activities"]
    wanted = {row["marketoGUID"] for row in truth if row["activityDate"] >= "2026-10-01"}
    assert {row["marketoGUID"] for row in second.records("activities")} == wanted
    assert wanted


def test_stream_of_a_type_selected_later_is_read_from_the_start(tap):
    first = tap("activities")
    second = tap("activities", "activity_open_email", state=first.state)
    assert second.records("activity_open_email")
    assert second.records("activities") == []


def test_stream_selected_in_the_middle_of_a_read_gets_all_of_it(tap):
    tap.simulator.post("/settings", page_size=10)
    tap.fault("code", code="610", path="*/activities.json", call=10)
    broken = tap("activities")
    assert broken.status == 1
    whole = tap("activities", "activity_open_email", state=broken.state)
    truth = tap.simulator.get("/activities?typeId=10")["activities"]
    opened = {row["marketoGUID"] for row in whole.records("activity_open_email")}
    assert opened == {row["marketoGUID"] for row in truth}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What a run without trouble leaves in a target."""
    folder = tmp_path_factory.mktemp("whole")
    with simulators.running(folder / "log", "--profile", "small", "--now", NOW) as simulator:
        return set_of(TapRunner(simulator, folder)().messages)


@pytest.mark.parametrize("call", range(6, 40, 6))
def test_run_that_stops_anywhere_is_completed_by_the_next(tap, whole, call):
    tap.simulator.post("/settings", page_size=20)
    tap.simulator.delete("/calls")
    tap.fault("code", code="607", call=call)
    broken = tap()
    assert broken.status == 1
    assert "607" in broken.last_line
    assert "Traceback" not in broken.stderr
    rest = tap(state=broken.state)
    assert rest.status == 0
    assert set_of(broken.messages, rest.messages) == whole


def test_pack_goes_on_behind_the_last_page_that_was_written(tap):
    tap.simulator.post("/settings", page_size=10)
    tap.simulator.delete("/calls")
    tap.fault("code", code="610", path="*/activities.json", call=11)
    broken = tap("activities")
    [reading] = broken.state["bookmarks"]["activities"]["reading"]
    tap.simulator.delete("/calls")
    rest = tap("activities", state=broken.state)
    queries = [call["query"] for call in tap.calls("/activities.json")]
    of_packs = [query for query in queries if query["activityTypeIds"] != "12"]
    assert of_packs[0]["nextPageToken"] == reading["token"]
    written = [row["marketoGUID"] for run in (broken, rest) for row in run.records("activities")]
    assert len(written) == len(set(written))
    assert "reading" not in rest.state["bookmarks"]["activities"]


def test_pack_that_was_resumed_keeps_the_end_it_was_begun_with(tap):
    tap.simulator.post("/settings", page_size=10)
    tap.fault("code", code="610", path="*/activities.json", call=8)
    types = ["New Lead", "Visit Webpage"]
    broken = tap("activities", activity_types=types, start_date="2026-01-01")
    [reading] = broken.state["bookmarks"]["activities"]["reading"]
    tap.simulator.post("/clock", advance_seconds=HOUR)
    rest = tap("activities", state=broken.state, activity_types=types, start_date="2026-01-01")
    assert rest.state["bookmarks"]["activities"]["replication_key_value"] == reading["until"]


def test_refused_paging_token_is_made_again_from_its_moment(tap):
    tap.simulator.post("/settings", page_size=10)
    tap.fault("code", code="610", path="*/activities.json", call=11)
    broken = tap("activities")
    [reading] = broken.state["bookmarks"]["activities"]["reading"]
    tap.fault("expired_paging_tokens")
    tap.simulator.delete("/calls")
    rest = tap("activities", state=broken.state, lookback_seconds=0)
    assert rest.status == 0
    assert "does not take the paging token any more" in rest.stderr
    since = [call["query"]["sinceDatetime"] for call in tap.calls("/pagingtoken.json")]
    assert reading["datetime"] in since
    assert set_of(broken.messages, rest.messages) == set_of(tap("activities").messages)


def test_history_goes_on_with_its_window_and_job(tap):
    tap.fault("code", code="610", path="*/file.json", call=1, times=1)
    broken = tap("leads", start_date=RECENT)
    assert broken.status == 1
    job = broken.state["bookmarks"]["leads"]["history"]["job"]
    tap.simulator.delete("/calls")
    rest = tap("leads", start_date=RECENT, state=broken.state)
    assert rest.status == 0
    assert tap.calls("/status.json")[0]["path"].split("/")[-2] == job["id"]
    assert tap.calls("/create.json") == []
    assert len(rest.records("leads")) == len(recent_leads(tap))


def test_history_goes_on_in_the_middle_of_a_file(tap):
    tap.fault("code", code="610", path="*/file.json")
    state = tap("leads", start_date=RECENT).state
    state["bookmarks"]["leads"]["history"]["job"]["rows_out"] = 4
    rest = tap("leads", start_date=RECENT, state=state)
    assert len(rest.records("leads")) == len(recent_leads(tap)) - 4


def test_job_that_is_gone_is_made_again(tap):
    tap.fault("code", code="610", path="*/file.json")
    state = tap("leads", start_date=RECENT).state
    job = state["bookmarks"]["leads"]["history"]["job"]
    state["bookmarks"]["leads"]["history"]["job"] = job | {"id": "no-such-job", "rows_out": 4}
    rest = tap("leads", start_date=RECENT, state=state)
    assert rest.status == 0
    assert len(rest.records("leads")) == len(recent_leads(tap))


def test_job_of_other_fields_is_not_used(tap):
    tap.fault("code", code="610", path="*/file.json")
    state = tap("leads", start_date=RECENT).state
    rest = tap("leads", start_date=RECENT, state=state, without={"leads": {"lastName"}})
    assert rest.status == 0
    assert len(rest.records("leads")) == len(recent_leads(tap))
    assert "lastName" not in rest.schema("leads")


@pytest.mark.parametrize("fault", ["corrupt_file", "short_file", "missing_file", "failed_job"])
def test_bad_file_is_made_once_more(tap, fault):
    times = 1 if fault in {"missing_file", "failed_job"} else 2
    tap.fault(fault, times=times)
    run = tap("leads", start_date=RECENT)
    assert run.status == 0
    leads = [lead["id"] for lead in run.records("leads")]
    assert sorted(leads) == sorted(recent_leads(tap))
    assert len(tap.calls("/create.json")) == 2


def test_lead_that_changes_during_the_history_is_read_again(tap):
    tap.fault("code", code="610", path="*/file.json")
    broken = tap("leads", start_date=RECENT)
    lead = recent_leads(tap)[0]
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.post(f"/leads/{lead}", firstName="Meanwhile")
    rest = tap("leads", start_date=RECENT, state=broken.state)
    assert rows(rest.messages)["leads"][(lead,)]["firstName"] == "Meanwhile"


def test_changed_leads_are_read_three_hundred_a_call(tap):
    state = tap("leads", start_date=RECENT).state
    tap.simulator.post("/clock", advance_seconds=HOUR)
    emails = [{"email": f"n{number}@example.com"} for number in range(650)]
    new = tap.simulator.post("/leads", input=emails)["ids"]
    tap.simulator.post(f"/leads/{new[0]}", firstName="Twice")
    tap.simulator.delete("/calls")
    run = tap("leads", start_date=RECENT, state=state)
    assert len(tap.calls("/leads.json")) == 3
    assert {lead["id"] for lead in run.records("leads")} >= set(new)


def test_queue_of_changed_leads_survives_a_stop(tap):
    state = tap("leads", start_date=RECENT).state
    tap.simulator.post("/clock", advance_seconds=HOUR)
    new = tap.simulator.post("/leads", input=[{"email": f"q{n}@example.com"} for n in range(30)])
    tap.simulator.post("/settings", page_size=10)
    tap.fault("code", code="610", path="*/leads.json", times=1)
    broken = tap("leads", start_date=RECENT, state=state)
    assert broken.status == 1
    assert broken.state["bookmarks"]["leads"]["queue"]
    rest = tap("leads", start_date=RECENT, state=broken.state)
    assert {lead["id"] for lead in rest.records("leads")} >= set(new["ids"])
    assert "queue" not in rest.state["bookmarks"]["leads"]


def test_field_that_is_hidden_leaves_the_schema_and_the_run_goes_on(tap):
    state = tap("leads", start_date=RECENT).state
    tap.simulator.post("/fields/title", hidden=True)
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.post("/leads", input=[{"email": "after@example.com"}])
    run = tap("leads", start_date=RECENT, state=state)
    assert run.status == 0
    assert "title" not in run.schema("leads")
    assert "title is gone from Marketo" in run.stderr
    assert run.records("leads")


@pytest.mark.parametrize(("stream", "method"), [("leads", "rest"), ("activity_click_link", "bulk")])
def test_each_window_begins_with_the_second_that_ended_the_one_before(tap, stream, method):
    tap(stream, start_date="2026-09-01T00:00:00Z", activities_method=method)
    windows = [call["body"] for call in tap.calls("/create.json")]
    spans = [window["filter"]["createdAt"] for window in windows]
    starts = ["2026-09-01T00:00:00Z", "2026-10-01T23:59:59Z", "2026-11-01T23:59:58Z"]
    assert [span["startAt"] for span in spans] == starts
    assert [span["endAt"] for span in spans[:2]] == starts[1:]
    assert spans[2]["endAt"].startswith("2026-11-24T10:0")


def test_bookmark_of_leads_that_is_a_little_ahead_of_marketo_goes_back(tap):
    tap.simulator.post("/settings", updated_at_filter=True)
    ahead = {"bookmarks": {"leads": {"changes_until": "2026-11-24T10:09:00Z"}}}
    run = tap("leads", state=ahead, leads_method="bulk")
    assert run.status == 0, run.last_line
    assert run.state["bookmarks"]["leads"]["changes_until"].startswith("2026-11-24T10:0")


def recent_leads(tap):
    """The ids that a history from RECENT on has."""
    leads = tap.simulator.get("/leads")["leads"]
    return [lead["id"] for lead in leads if lead["createdAt"] >= RECENT]


def set_of(*runs):
    """What a target holds after these runs, without what differs from run to run."""
    held = rows(*runs)
    return {stream: set(records) for stream, records in held.items()}
