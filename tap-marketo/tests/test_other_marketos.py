"""Replies that differ from the usual ones: nothing is lost in silence, and nothing ends in a crash.

A proxy before the simulator changes what Marketo answers.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.rewriting_proxy import Proxy, each_row, proxy_before

if TYPE_CHECKING:
    from collections.abc import Iterator

FEED = "/activities.json"
CHANGES = "/leadchanges.json"
DELETIONS = "/deletedleads.json"


@pytest.fixture
def proxy(simulator) -> Iterator[Proxy]:
    with proxy_before(simulator.endpoint) as it:
        yield it


@pytest.fixture
def read(tap, proxy):
    """Runs the tap through the proxy."""

    def run(*streams: str, **settings: Any) -> Any:
        by_rest = {"endpoint": proxy.endpoint, "activities_method": "rest"}
        return tap(*streams, **by_rest, **settings)

    return run


def otherwise(row: dict[str, Any]) -> None:
    row.update(leadId=str(row["leadId"]), activityTypeId=float(row["activityTypeId"]))


def refused(document: dict[str, Any], code: str, text: str) -> None:
    document.clear()
    errors = [{"code": code, "message": text}]
    document.update(requestId="1#19ab", success=False, errors=errors)


def merged(tap) -> list[int]:
    ids = tap.simulator.post("/leads", input=[{"email": f"m{n}@example.com"} for n in range(3)])
    winner, *losers = ids["ids"]
    tap.simulator.post("/leads/merge", winner=winner, losers=losers)
    return losers


def merge_ids(row: dict[str, Any], value: Any) -> None:
    row["attributes"] = [each for each in row["attributes"] if each["name"] != "Merge IDs"]
    if value is not None:
        row["attributes"].append({"name": "Merge IDs", "value": value})


def test_ids_that_come_as_text_or_with_a_point_lose_no_row(tap, proxy, read):
    proxy.changes = dict.fromkeys((FEED, CHANGES, DELETIONS), each_row(otherwise))
    through = read("activities", "new_leads", "lead_changes", "deleted_leads")
    plain = tap("activities", "new_leads", "lead_changes", "deleted_leads")
    assert through.status == 0
    for stream in ("activities", "new_leads", "lead_changes", "deleted_leads"):
        assert plain.records(stream)
        assert through.records(stream) == plain.records(stream)


@pytest.mark.parametrize("number", [None, "", "Click Link", 3.5])
def test_activity_without_a_type_is_named(proxy, read, number):
    proxy.changes[FEED] = each_row(lambda row: row.update(activityTypeId=number))
    run = read("activities")
    assert run.status == 1
    assert "activityTypeId" in run.last_line
    assert "Traceback" not in run.stderr


def test_rows_of_a_type_that_nobody_asked_for_are_counted(proxy, read):
    proxy.changes[FEED] = each_row(lambda row: row.update(activityTypeId=4711))
    run = read("activity_click_link")
    assert run.status == 0
    assert "activities of types that were not asked for: " in run.stderr


@pytest.mark.parametrize("form", ["numbers", "texts", "JSON of texts"])
def test_losing_leads_come_in_any_form(tap, proxy, read, form):
    losers = merged(tap)
    texts = [str(lead) for lead in losers]
    value = {"numbers": losers, "texts": texts, "JSON of texts": json.dumps(texts)}[form]
    proxy.changes[FEED] = each_row(lambda row: merge_ids(row, value))
    run = read("merged_leads")
    assert {row["losingLeadId"] for row in run.records("merged_leads")} == set(losers)
    assert "losing leads" not in run.stderr


@pytest.mark.parametrize("value", [None, "[]", "lead 5", [None]])
def test_merge_without_losing_leads_is_counted(tap, proxy, read, value):
    merged(tap)
    proxy.changes[FEED] = each_row(lambda row: merge_ids(row, value))
    run = read("merged_leads")
    assert run.status == 0
    assert "merged_leads: merges without losing leads that can be read: " in run.stderr


def late(row: dict[str, Any]) -> None:
    row["activityDate"] = "2026-11-20T00:00:00Z"


@pytest.mark.parametrize(
    ("stream", "path"),
    [("activities", FEED), ("new_leads", CHANGES), ("deleted_leads", DELETIONS)],
)
def test_row_that_was_written_late_is_not_thrown_away(tap, proxy, read, stream, path):
    state = tap(stream).state
    [lead, gone] = tap.simulator.post(
        "/leads", input=[{"email": f"late{n}@x.org"} for n in (1, 2)]
    )["ids"]
    tap.simulator.delete(f"/leads/{gone}")
    proxy.changes[path] = each_row(late)
    run = read(stream, state=state)
    assert run.records(stream)
    assert {lead, gone} & {row["leadId"] for row in run.records(stream)}


def test_change_without_fields_is_counted(proxy, read):
    proxy.changes[CHANGES] = each_row(lambda row: row.pop("fields", None))
    run = read("lead_changes")
    assert run.status == 0
    assert "lead_changes: changes that name no field: " in run.stderr


def test_rows_that_share_an_old_identifier_are_not_written_over_each_other(proxy, read):
    def old(row: dict[str, Any]) -> None:
        row.pop("marketoGUID")
        row["id"] = 5

    proxy.changes[FEED] = each_row(old)
    run = read("activities")
    assert run.status == 1
    assert "marketoGUID" in run.last_line
    assert "Traceback" not in run.stderr


def test_selected_stream_that_is_gone_is_drift(tap):
    catalog = tap.catalog
    entry = next(e for e in catalog["streams"] if e["tap_stream_id"] == "activity_click_link")
    gone = json.loads(json.dumps(entry))
    gone.update(tap_stream_id="activity_of_old", stream="activity_of_old")
    for metadata in gone["metadata"]:
        metadata["metadata"].pop("activity-type-id", None)
    catalog["streams"].append(gone)
    run = tap("activity_types", "activity_of_old", catalog=catalog)
    assert run.status == 0
    assert "drift in activity_of_old: " in run.stderr


def test_feed_goes_on_where_page_tokens_are_never_taken(tap, proxy, read):
    handed_out = set()

    def only_first(document: dict[str, Any], query: dict[str, str]) -> None:
        if query["nextPageToken"] in handed_out:
            refused(document, "1003", "Invalid paging token")
        elif document.get("result"):
            handed_out.add(document.get("nextPageToken"))

    tap.simulator.post("/settings", page_size=20)
    proxy.changes[FEED] = only_first
    run = read("activities", lookback_seconds=365 * 86_400)
    assert run.status == 0
    truth = tap.simulator.get("/activities")["activities"]
    held = {row["marketoGUID"] for row in run.records("activities")}
    assert held == {row["marketoGUID"] for row in truth if row["activityTypeId"] != 37}


def test_activity_dated_in_the_future_does_not_move_the_cursor(tap, proxy, read):
    pages = []

    def refused_once(document: dict[str, Any], query: dict[str, str]) -> None:
        pages.append(query["nextPageToken"])
        if len(pages) == 2:
            refused(document, "1003", "Invalid paging token")
        elif len(pages) == 1:
            document["result"][0]["activityDate"] = "2027-11-24T10:00:00Z"

    tap.simulator.post("/settings", page_size=20)
    proxy.changes[FEED] = refused_once
    run = read("activities")
    assert run.status == 0
    truth = tap.simulator.get("/activities")["activities"]
    held = {row["marketoGUID"] for row in run.records("activities")}
    assert held == {row["marketoGUID"] for row in truth if row["activityTypeId"] != 37}


def test_feed_that_cannot_go_on_ends_with_an_error(tap, proxy, read):
    handed_out = set()

    def standing(document: dict[str, Any], query: dict[str, str]) -> None:
        if query["nextPageToken"] in handed_out:
            refused(document, "1003", "Invalid paging token")
        else:
            handed_out.add(document.get("nextPageToken"))
            each_row(lambda row: row.update(activityDate="2026-11-20T00:00:00Z"))(document, query)

    tap.simulator.post("/settings", page_size=10)
    proxy.changes[FEED] = standing
    run = read("activities")
    assert run.status == 1
    assert "paging token" in run.last_line
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("code", ["1001", "1003", "1013"])
def test_job_that_marketo_refuses_to_show_is_made_again(tap, proxy, read, code):
    begun = [m["value"] for m in tap("leads").messages if m["type"] == "STATE"]
    state = next(s for s in begun if "job" in s["bookmarks"]["leads"].get("history", {}))
    job = state["bookmarks"]["leads"]["history"]["job"]["id"]

    def refuse(document: dict[str, Any], _query: dict[str, str]) -> None:
        refused(document, code, "Unable to show the job")

    proxy.changes[f"/leads/export/{job}/status.json"] = refuse
    run = read("leads", state=state)
    assert run.status == 0
    truth = tap.simulator.get("/leads")["leads"]
    assert {row["id"] for row in run.records("leads")} == {lead["id"] for lead in truth}


@pytest.mark.parametrize("answer", ["610", "1013", "nothing", "a name"])
def test_company_fields_are_unknown_where_companies_are_not_described(proxy, read, answer):
    def change(document: dict[str, Any], _query: dict[str, str]) -> None:
        results = {"nothing": [], "a name": [{"name": "Company"}]}
        if answer in results:
            document["result"] = results[answer]
        else:
            refused(document, answer, "Object not found")

    proxy.changes["/companies/describe.json"] = change
    run = read("lead_fields")
    assert run.status == 0
    assert {row["isCompanyField"] for row in run.records("lead_fields")} == {None}


def test_bulk_rows_are_as_old_as_their_job(proxy, read):
    def change(row: dict[str, Any]) -> None:
        row.pop("startedAt", None)
        row["createdAt"] = "2026-11-23T05:00:00Z"

    for end in ("status.json", "create.json", "enqueue.json"):
        proxy.changes[end] = each_row(change)
    run = read("leads")
    times = {m["time_extracted"][:13] for m in run.messages if m["type"] == "RECORD"}
    assert "2026-11-23T05" in times


def test_attribute_without_a_name_is_left_out(proxy, read):
    proxy.changes[FEED] = each_row(lambda row: row["attributes"].append({"value": "lost"}))
    run = read("activities")
    assert run.status == 0
    assert run.records("activities")


def test_attributes_that_are_not_described_are_counted(proxy, read):
    new = {"name": "Weather", "value": "fine"}
    proxy.changes[FEED] = each_row(lambda row: row["attributes"].append(new))
    run = read("activities", "activity_click_link")
    clicks = len(run.records("activity_click_link"))
    told = "activity_click_link: attributes that Marketo does not describe, in `activities` alone"
    assert f"{told}: {clicks}" in run.stderr
    assert all(row["attributes"]["Weather"] == "fine" for row in run.records("activities"))


def test_reply_of_another_shape_is_one_line(proxy, read):
    proxy.changes[FEED] = each_row(lambda row: row.update(attributes=[["secret of a lead"]]))
    run = read("activities")
    assert run.status == 1
    assert "activities" in run.last_line
    assert "cannot be read" in run.last_line
    assert "Traceback" not in run.stderr
    assert "secret of a lead" not in run.stderr


@pytest.mark.parametrize("moment", ["long ago", 5])
def test_folder_without_a_readable_date_means_2007(proxy, read, moment):
    proxy.changes["/folders.json"] = each_row(lambda row: row.update(createdAt=moment))
    run = read("new_leads")
    assert run.status == 0
    assert run.records("new_leads")


def test_marketo_without_folders_means_2007(proxy, read):
    proxy.changes["/folders.json"] = lambda document, _query: refused(document, "610", "Not found")
    run = read("new_leads")
    assert run.status == 0
    assert run.records("new_leads")
    assert "reading from 2007-01-01 on" in run.stderr


def test_leads_by_id_may_come_in_two_pages(tap, proxy, read):
    state = tap("leads").state
    tap.simulator.post("/leads", input=[{"email": f"p{n}@example.com"} for n in range(4)])
    rest: list[Any] = []

    def halves(document: dict[str, Any], query: dict[str, str]) -> None:
        if query.get("nextPageToken") == "more":
            document.clear()
            document.update(requestId="1#19ab", success=True, result=list(rest))
            return
        found = document["result"]
        rest[:] = found[1:]
        document.update(result=found[:1], nextPageToken="more")

    proxy.changes["/leads.json"] = halves
    run = read("leads", state=state)
    assert {f"p{n}@example.com" for n in range(4)} <= {r["email"] for r in run.records("leads")}
    assert run.status == 0


def test_leads_that_were_asked_for_and_did_not_come_are_counted(tap, proxy, read):
    state = tap("leads").state
    tap.simulator.post("/leads", input=[{"email": f"p{n}@example.com"} for n in range(4)])

    def none(document: dict[str, Any], _query: dict[str, str]) -> None:
        document["result"] = document["result"][:1]

    proxy.changes["/leads.json"] = none
    run = read("leads", state=state)
    assert run.status == 0
    assert "leads: leads asked for by id that did not come: 3" in run.stderr


def test_empty_cells_of_a_file_are_nulls(tap, proxy, read):
    def of_unknown_size(job: dict[str, Any]) -> None:
        for name in ("fileSize", "fileChecksum"):
            job.pop(name, None)

    proxy.change_file = lambda body: re.sub(rb"(?<=,)null(?=[,\n]|$)", b"", body)
    proxy.changes["/status.json"] = each_row(of_unknown_size)
    recent = {"start_date": "2026-10-25"}
    assert read("leads", **recent).records("leads") == tap("leads", **recent).records("leads")
