"""Drift is normal: what appears, goes or is renamed changes the next message, not the outcome."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.drift import START, records, schemas

if TYPE_CHECKING:
    from tests.faults.drift import Reader
    from tests.tap_runs import TapRun

WEBINAR = "activity_attended_webinar_part_1"
CLICKS = "activity_click_link"


def bookmarks(run: TapRun) -> dict[str, Any]:
    assert run.state
    found: dict[str, Any] = run.state["bookmarks"]
    return found


def types(run: TapRun, stream: str = "activities") -> set[int]:
    return {row["activityTypeId"] for row in records(run, stream)}


# Fields of leads


@pytest.mark.parametrize("code", ["1003", "1006"])
@pytest.mark.parametrize("method", ["first", "changes", "bulk", "list", "program"])
def test_field_hidden_between_describe_and_reading_is_left_out(
    read: Reader, method: str, code: str
) -> None:
    read.tap.simulator.post("/settings", updated_at_filter=True)
    state, settings = None, {}
    if method in {"changes", "bulk"}:
        state = read("leads", state=state).state
        read.an_hour_later(title="Countess")
        settings = {"leads_method": method}
    if method == "list":
        made = read.tap.simulator.post("/lists", name="Chosen")
        read.tap.simulator.post(f"/lists/{made['id']}", add=[1, 2])
        settings = {"leads_filter": {"static_list": made["id"]}}
    if method == "program":
        read.tap.simulator.post("/programs/7", name="Webinar", add=[1, 2])
        settings = {"leads_filter": {"program": 7}}
    read.once("/leads/describe2.json", lambda: read.hide_field("title"))
    read.proxy.change_all = lambda document, _query: recoded(document, code)
    run = read("leads", state=state, **settings)
    assert run.status == 0, run.last_line
    assert "title: hidden in Marketo, left out from here on" in run.stderr
    assert "drift in leads: title is gone from Marketo" in run.stderr
    met_before_any_schema = method in {"bulk", "list", "program"}
    assert ("title" in schemas(run, "leads")[0]) is not met_before_any_schema
    assert "title" not in schemas(run, "leads")[-1]
    assert records(run, "leads")
    assert not any("title" in row for row in records(run, "leads"))


@pytest.mark.parametrize("method", ["first", "changes"])
def test_field_hidden_in_the_middle_is_read_for_all_leads_when_it_is_shown_again(
    read: Reader, method: str
) -> None:
    state = None
    if method == "changes":
        state = read("leads").state
        read.an_hour_later(title="Countess")
    read.once("/leads/describe2.json", lambda: read.hide_field("title"))
    hidden = read("leads", state=state)
    assert "title: hidden in Marketo, left out from here on" in hidden.stderr
    read.tap.simulator.post("/fields/title", hidden=False)
    shown = read("leads", state=hidden.state)
    assert len(records(shown, "leads")) >= len(records(hidden, "leads"))
    assert all("title" in row for row in records(shown, "leads"))
    assert "reading all leads again" in shown.stderr
    assert "reading all leads again" not in read("leads", state=shown.state).stderr


def recoded(document: dict[str, Any], code: str) -> None:
    """The refusal of an unknown field under another code."""
    for error in document.get("errors") or ():
        error["code"] = code if error["code"] == "1006" else error["code"]


def test_field_hidden_for_changes_alone_is_not_asked_for_any_more(read: Reader) -> None:
    read.once("/leads/describe2.json", lambda: read.hide_field("title"))
    run = read("lead_changes")
    assert run.status == 0, run.last_line
    assert records(run, "lead_changes")


def test_field_that_is_new_comes_without_a_catalog_and_is_told_with_one(read: Reader) -> None:
    read.tap.simulator.post("/fields", name="shoeSize", displayName="Size", dataType="integer")
    lead = read.an_hour_later(shoeSize=44)[0]
    told = read("leads")
    assert "drift in leads: shoeSize is not in the catalog" in told.stderr
    assert "shoeSize" not in schemas(told, "leads")[0]
    read.tap.catalog = None
    run = read.tap(start_date=START)
    assert schemas(run, "leads")[0]["shoeSize"]["type"] == ["null", "integer"]
    assert {row["shoeSize"] for row in records(run, "leads") if row["id"] == lead} == {44}


# Activity types and their attributes


def changed_attributes(read: Reader, type_name: str, **types: str | None) -> None:
    """Marketo describes attributes of a type so: another data type, a new one, none for gone."""

    def change(document: dict[str, Any], _query: dict[str, str]) -> None:
        [row] = [row for row in document["result"] if row["name"] == type_name]
        kept = {each["name"]: each for each in row["attributes"]}
        kept |= {name: {"name": name, "dataType": kind} for name, kind in types.items()}
        row["attributes"] = [each for each in kept.values() if each["dataType"]]

    read.proxy.changes["/activities/types.json"] = change


def test_attribute_of_another_type_changes_the_schema_and_no_outcome(read: Reader) -> None:
    first = read(WEBINAR)
    assert schemas(first, WEBINAR)[0]["minutes"]["type"] == ["null", "integer"]
    changed_attributes(read, "Attended Webinar: Part 1", Minutes="string")
    run = read(WEBINAR)
    assert run.status == 0, run.last_line
    assert schemas(run, WEBINAR)[0]["minutes"]["type"] == ["null", "string"]
    minutes = {type(row["minutes"]) for row in records(run, WEBINAR)}
    assert str in minutes <= {str, type(None)}


def test_attribute_that_does_not_fit_its_new_type_is_null_and_counted(read: Reader) -> None:
    changed_attributes(read, "Click Link", **{"Query Parameters": "integer"})
    run = read("activities", CLICKS)
    assert run.status == 0, run.last_line
    assert {row["query_parameters"] for row in records(run, CLICKS)} == {None}
    assert f"values that did not fit {CLICKS}.query_parameters, now null: " in run.stderr
    assert any(row["attributes"].get("Query Parameters") for row in records(run, "activities"))


def test_attribute_that_is_new_or_gone_is_told(read: Reader) -> None:
    changed_attributes(read, "Click Link", **{"Query Parameters": None, "Colour": "string"})
    run = read(CLICKS)
    assert run.status == 0, run.last_line
    assert "query_parameters" not in schemas(run, CLICKS)[0]
    assert "query_parameters is gone from Marketo" in run.stderr
    assert "colour is not in the catalog" in run.stderr
    assert not any("query_parameters" in row for row in records(run, CLICKS))


def test_attributes_may_come_under_their_api_names(read: Reader) -> None:
    plain = read(CLICKS)

    def described(document: dict[str, Any], _query: dict[str, str]) -> None:
        for row in document["result"]:
            for each in row["attributes"]:
                each["apiName"] = each["name"].replace(" ", "_").lower()

    def given(document: dict[str, Any], _query: dict[str, str]) -> None:
        for row in document["result"]:
            for each in row["attributes"]:
                each["apiName"] = each.pop("name").replace(" ", "_").lower()

    read.proxy.changes["/activities/types.json"] = described
    read.proxy.changes["/activities.json"] = given
    run = read(CLICKS)
    assert records(run, CLICKS) == records(plain, CLICKS)
    assert any(row["query_parameters"] for row in records(run, CLICKS))


def test_type_that_is_new_is_read_from_the_start_and_the_others_go_on(read: Reader) -> None:
    first = read("activities", start_date=START)
    new = {"id": 100_099, "name": "Waved", "attributes": [{"name": "Hands", "dataType": "integer"}]}
    read.tap.simulator.post("/activity_types", **new)
    old = {"leadId": 1, "activityTypeId": 100_099, "activityDate": "2026-11-01T00:00:00Z"}
    read.tap.simulator.post("/activities", input=[old])
    run = read("activities", state=first.state)
    assert run.status == 0, run.last_line
    assert types(run) == {100_099}
    names = {entry["tap_stream_id"] for entry in read.tap.discovered()["streams"]}
    assert "activity_waved" in names


@pytest.mark.parametrize("method", ["rest", "bulk"])
def test_type_that_is_gone_between_runs_is_told_and_the_others_come(
    read: Reader, method: str
) -> None:
    first = read("activities", CLICKS)
    assert 3 in types(first)
    read.hide_type(3)
    read.an_hour_later()
    run = read("activities", CLICKS, state=first.state, activities_method=method)
    assert run.status == 0, run.last_line
    assert types(run) >= {12}
    assert f"drift in {CLICKS}: the stream is gone from Marketo" in run.stderr
    assert "3" in bookmarks(run)["activities"]["types"]


@pytest.mark.parametrize("method", ["rest", "bulk"])
def test_type_that_goes_during_a_run_is_told_and_the_others_come(read: Reader, method: str) -> None:
    whole = read("activities", CLICKS, activities_method=method)
    read.once("/activities/types.json", lambda: read.hide_type(3))
    run = read("activities", CLICKS, activities_method=method)
    assert run.status == 0, run.last_line
    assert types(run) == types(whole) - {3}
    assert "drift in activities: Click Link is gone from Marketo" in run.stderr
    assert "3" not in bookmarks(run)["activities"]["types"]
    read.tap.simulator.post("/activity_types/3", hidden=False)
    read.proxy.changes.clear()
    back = read("activities", CLICKS, state=run.state, activities_method=method)
    assert types(back) == {3}


@pytest.mark.parametrize("method", ["rest", "bulk"])
def test_last_type_of_all_may_go_during_a_run(read: Reader, method: str) -> None:
    read.once("/activities/types.json", lambda: read.hide_type(3))
    run = read(CLICKS, activities_method=method)
    assert run.status == 0, run.last_line
    assert records(run, CLICKS) == []


def test_renamed_type_keeps_its_stream_where_a_catalog_is_given(read: Reader) -> None:
    read.tap.simulator.post("/activity_types/3", name="Followed A Link")
    run = read(CLICKS)
    assert run.status == 0, run.last_line
    assert records(run, CLICKS)
    assert "drift" not in run.stderr


# Paging tokens


@pytest.mark.parametrize(
    ("code", "text"),
    [("1003", "Invalid paging token"), ("1003", "no such place"), ("1001", "wrong"), ("1003", "")],
)
@pytest.mark.parametrize("path", ["/activities.json", "/leadchanges.json", "/deletedleads.json"])
def test_token_refused_in_the_middle_is_made_again_whatever_the_words(
    read: Reader, path: str, code: str, text: str
) -> None:
    streams = ("activities", "lead_changes", "deleted_leads")
    whole = read(*streams)
    asked: list[str] = []

    def refuse_the_second(document: dict[str, Any], query: dict[str, str]) -> None:
        asked.append(query["nextPageToken"])
        if len(asked) == 2:
            document.clear()
            errors = [{"code": code, "message": text}]
            document.update(requestId="1#19ab", success=False, errors=errors)

    read.tap.simulator.post("/settings", page_size=5, empty_page_every=2)
    read.proxy.changes[path] = refuse_the_second
    run = read(*streams, lookback_seconds=0)
    assert run.status == 0, run.last_line
    assert "does not take the paging token any more" in run.stderr
    for stream in streams:
        held = {row["marketoGUID"] for row in records(run, stream)}
        assert held == {row["marketoGUID"] for row in records(whole, stream)}


def test_token_in_the_state_that_marketo_never_made_is_made_again(read: Reader) -> None:
    read.tap.strike({"kind": "code", "code": "609", "path": "*/activities.json", "call": 9})
    broken = read("activities")
    assert broken.status == 1
    assert broken.state
    state = deepcopy(broken.state)
    [reading] = state["bookmarks"]["activities"]["reading"]
    reading["token"] = "OF-ANOTHER-INSTANCE"
    read.tap.strike()
    rest = read("activities", state=state)
    assert rest.status == 0, rest.last_line
    held = {row["marketoGUID"] for run in (broken, rest) for row in records(run, "activities")}
    assert held == {row["marketoGUID"] for row in records(read("activities"), "activities")}
