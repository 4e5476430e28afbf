"""A first run against a small Marketo: what comes, in what form, for how many calls."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.tap_runs import rows


def test_every_stream_brings_what_marketo_holds(tap):
    run = tap()
    assert run.status == 0
    truth = tap.simulator.get("/activities")["activities"]
    held = rows(run.messages)
    by_type = Counter(row["activityTypeId"] for row in truth)
    assert held["leads"].keys() == {(lead["id"],) for lead in tap.simulator.get("/leads")["leads"]}
    assert held["activities"].keys() == {
        (row["marketoGUID"],) for row in truth if row["activityTypeId"] != 37
    }
    assert len(held["new_leads"]) == by_type[12]
    assert {guid for guid, _field in held["lead_changes"]} == {
        row["marketoGUID"] for row in truth if row["activityTypeId"] == 13
    }
    assert len(held["deleted_leads"]) == by_type[37]


def test_leads_are_as_marketo_holds_them(tap):
    run = tap("leads")
    for lead in run.records("leads"):
        truth = tap.simulator.get(f"/leads/{lead['id']}")
        for name in ("email", "firstName", "lastName", "company", "leadScore", "createdAt"):
            value = truth.get(name)
            value = value.replace("\0", "") if isinstance(value, str) else value
            assert lead[name] == (None if value == "null" else value)  # a bulk file's word


def test_every_record_has_the_columns_of_its_schema_and_state_comes_last(tap):
    run = tap()
    columns = {}
    for message in run.messages:
        if message["type"] == "SCHEMA":
            columns[message["stream"]] = message["schema"]["properties"].keys()
        if message["type"] == "RECORD":
            assert message["record"].keys() == columns[message["stream"]]
    assert run.messages[-1]["type"] == "STATE"


def test_time_extracted_is_marketos_time(tap):
    run = tap()
    times = {m["time_extracted"][:10] for m in run.messages if m["type"] == "RECORD"}
    assert times == {"2026-11-24"}


def test_one_feed_is_read_once_whatever_streams_want_it(tap):
    types = [e["tap_stream_id"] for e in tap.discover()["streams"]]
    by_type = [name for name in types if name.startswith("activity_") and name != "activity_types"]
    tap.simulator.delete("/calls")
    tap("activities")
    alone = len(tap.calls("/activities.json"))
    tap.simulator.delete("/calls")
    run = tap("activities", "merged_leads", *by_type)
    assert len(tap.calls("/activities.json")) == alone
    assert len(run.records("activities")) == sum(len(run.records(name)) for name in by_type)


def test_changes_feed_serves_three_streams_in_one_read(tap):
    tap("lead_changes", "new_leads", "leads")
    feed = tap.calls("/leadchanges.json")
    tokens = [call["query"]["nextPageToken"] for call in feed]
    assert len(tokens) == len(set(tokens))
    assert len(tap.calls("/pagingtoken.json")) == 3  # the others for merges and the first lead


def test_types_are_packed_by_ten(tap):
    run = tap("activities", start_date="2026-01-01")
    assert run.status == 0
    packs = {call["query"]["activityTypeIds"] for call in tap.calls("/activities.json")}
    wanted = [type_id for pack in packs for type_id in pack.split(",")]
    described = tap.simulator.get("/activity_types")["activity_types"]
    assert sorted(wanted, key=int) == sorted(
        {str(kind["id"]) for kind in described} - {"37"}, key=int
    )
    assert sorted(len(pack.split(",")) for pack in packs)[1:] == [10] * (len(packs) - 1)


def test_types_that_no_selected_stream_wants_are_not_asked_for(tap):
    run = tap("activity_click_link", "activity_visit_webpage", start_date="2026-01-01")
    assert run.status == 0
    asked = {call["query"]["activityTypeIds"] for call in tap.calls("/activities.json")}
    assert asked == {"1,3"}
    assert run.records("activity_visit_webpage")
    assert not run.records("activities")


def test_setting_narrows_activities_and_nothing_else(tap):
    run = tap("activities", "new_leads", "lead_changes", activity_types=["Click Link", 1])
    assert {row["activityTypeId"] for row in run.records("activities")} == {1, 3}
    assert run.records("new_leads")
    assert run.records("lead_changes")


def test_deselected_fields_are_not_asked_for(tap):
    names = {"email", "firstName"}
    catalog = tap.discover()
    [entry] = [e for e in catalog["streams"] if e["tap_stream_id"] == "leads"]
    others = entry["schema"]["properties"].keys() - names
    run = tap("leads", catalog=catalog, without={"leads": others})
    assert run.schema("leads").keys() == {"id"} | names
    assert all(lead.keys() == {"id"} | names for lead in run.records("leads"))
    assert run.records("leads")
    asked = {call["query"]["fields"] for call in tap.calls("/leadchanges.json")}
    assert {frozenset(fields.split(",")) for fields in asked} == {frozenset({"id"} | names)}


def test_empty_pages_do_not_end_a_feed(tap):
    tap.simulator.post("/settings", empty_page_every=2, page_size=7)
    run = tap("activities")
    truth = tap.simulator.get("/activities")["activities"]
    assert len(run.records("activities")) == sum(row["activityTypeId"] != 37 for row in truth)
    assert any(call["records"] == 0 for call in tap.calls("/activities.json"))


def test_empty_marketo_gives_schemas_and_bookmarks(empty_tap):
    run = empty_tap()
    assert run.status == 0
    counted = Counter(m["stream"] for m in run.messages if m["type"] == "RECORD")
    assert counted.keys() == {"activity_types", "lead_fields"}
    moments = {"changes_until", "merges_until", "deletes_until", "rechecked_at"}
    assert run.state["bookmarks"]["leads"].keys() == {*moments, "fields_read"}


def test_attributes_become_typed_columns(tap):
    run = tap("activity_visit_webpage_100002", "activity_attended_webinar_part_1")
    visit = run.records("activity_visit_webpage_100002")[0]
    assert "seconds" in visit
    assert "seconds_2" in visit
    assert run.schema("activity_visit_webpage_100002")["seconds"]["type"] == ["null", "integer"]
    webinar = run.records("activity_attended_webinar_part_1")[0]
    assert isinstance(webinar["minutes"], int | None)
    assert isinstance(webinar["asked_a_question"], bool | None)


def test_value_that_does_not_fit_is_null_kept_and_counted(tap):
    lead = tap.simulator.get("/leads")["leads"][0]["id"]
    odd = {"leadId": lead, "activityTypeId": 3, "attributes": {"Webpage ID": "page one"}}
    tap.simulator.post("/activities", input=[odd])
    run = tap("activities", "activity_click_link")
    typed = run.records("activity_click_link")
    kept = [row["attributes"] for row in run.records("activities")]
    assert any(row["webpage_id"] is None for row in typed)
    assert any(attributes.get("Webpage ID") == "page one" for attributes in kept)
    assert "did not fit activity_click_link.webpage_id" in run.stderr
    assert "page one" not in run.stderr


def test_no_nul_is_left_in_the_attributes(tap):
    lead = tap.simulator.get("/leads")["leads"][0]["id"]
    odd = {"leadId": lead, "activityTypeId": 46, "attributes": {"Description": "nul\0byte"}}
    tap.simulator.post("/activities", input=[odd])
    kept = [row["attributes"].get("Description") for row in tap("activities").records("activities")]
    assert "nulbyte" in kept


def test_nul_reaches_no_message(tap):
    lead = tap.simulator.get("/leads")["leads"][0]["id"]
    odd = {"leadId": lead, "activityTypeId": 3, "attributes": {"Referrer URL": "a\0b"}}
    tap.simulator.post("/activities", input=[odd])
    run = tap("activities", "activity_click_link", "activity_types")
    assert "\\u0000" not in json.dumps(run.messages)
    assert "ab" in {row["referrer_url"] for row in run.records("activity_click_link")}


def test_merge_gives_a_row_for_each_loser(tap):
    ids = tap.simulator.post("/leads", input=[{"email": f"m{n}@example.com"} for n in range(3)])
    winner, *losers = ids["ids"]
    tap.simulator.post("/leads/merge", winner=winner, losers=losers)
    run = tap("merged_leads")
    merged = [row for row in run.records("merged_leads") if row["winningLeadId"] == winner]
    assert {row["losingLeadId"] for row in merged} == set(losers)
    assert all(row["activityDate"].startswith("2026-11-24T10:") for row in merged)


def test_full_tables_end_with_activate_version(tap):
    run = tap("activity_types", "lead_fields")
    for stream in ("activity_types", "lead_fields"):
        own = [m for m in run.messages if m.get("stream") == stream]
        assert own[-1]["type"] == "ACTIVATE_VERSION"
        assert {m["version"] for m in own if m["type"] == "RECORD"} == {own[-1]["version"]}
    fields = {row["name"]: row for row in run.records("lead_fields")}
    assert fields["company"]["isCompanyField"] is True
    assert fields["email"]["isCompanyField"] is False
    assert fields["externalCompanyId"]["isCompanyField"] is False


def test_company_fields_are_unknown_without_that_permission(tap):
    tap.simulator.post("/permissions", denied=["Read-Only Company"])
    run = tap("lead_fields")
    assert run.status == 0
    assert {row["isCompanyField"] for row in run.records("lead_fields")} == {None}


def test_history_begins_in_2007_where_folders_cannot_be_read(tap):
    tap.simulator.post("/permissions", denied=["Read-Only Assets"])
    run = tap("new_leads")
    assert run.status == 0
    assert "Read-Only Assets" in run.stderr
    [token] = tap.calls("/pagingtoken.json")
    assert token["query"]["sinceDatetime"] == "2007-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "start", ["2026-11-01", "2026-11-01T00:00:00Z", "2026-11-01T01:00:00+01:00"]
)
def test_start_date_bounds_leads_and_feeds(tap, start):
    run = tap("leads", "activities", start_date=start)
    leads = run.records("leads")
    assert leads
    since = {call["query"]["sinceDatetime"] for call in tap.calls("/pagingtoken.json")}
    assert "2026-11-01T00:00:00Z" in since
    assert min(row["activityDate"] for row in run.records("activities")) >= "2026-11-01T00:00:00Z"


def test_summary_comes_last_and_counts(tap):
    run = tap("activity_types", "new_leads")
    summary = run.stderr[run.stderr.index("summary: ") :]
    assert f"rows of new_leads: {len(run.records('new_leads'))}" in summary
    assert "calls of /rest/v1/activities/leadchanges.json: " in summary
    assert "retries: 0" in summary
