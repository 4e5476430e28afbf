"""Bulk extract of activities: what may be asked for, and what is in the file."""

from __future__ import annotations

import csv
import io
import json

import pytest

EXPORTS = "/bulk/v1/activities/export"
LEAD_EXPORTS = "/bulk/v1/leads/export"
NOVEMBER = {"startAt": "2026-11-01T00:00:00Z", "endAt": "2026-12-01T00:00:00Z"}
DEFAULT_COLUMNS = [
    "marketoGUID", "leadId", "activityDate", "activityTypeId", "campaignId",
    "primaryAttributeValueId", "primaryAttributeValue", "attributes",
]  # fmt: skip


def create(simulator, base=EXPORTS, fields=None, **filter_):
    body = {"filter": {"createdAt": NOVEMBER, **filter_}}
    return simulator.post(f"{base}/create.json", body if fields is None else body | fields)


def refusal(simulator, **filter_):
    return create(simulator, **filter_)["errors"][0]["code"]


def new_job(simulator, **asked):
    return create(simulator, **asked)["result"][0]["exportId"]


def rows(simulator, fields=None, **filter_):
    job = new_job(simulator, fields=fields, **filter_)
    simulator.post(f"{EXPORTS}/{job}/enqueue.json")
    done = simulator.get(f"{EXPORTS}/{job}/status.json")["result"][0]
    assert done["status"] == "Completed"
    file = simulator.send("GET", f"{EXPORTS}/{job}/file.json").content.decode()
    found = list(csv.DictReader(io.StringIO(file, newline="")))
    assert len(found) == done["numberOfRecords"]
    return found


def happen(simulator, *activities):
    return simulator.control("POST", "/activities", {"input": list(activities)})["ids"]


def test_file_has_the_rows_of_the_feed_in_eight_columns(simulator):
    found = rows(simulator)
    assert list(found[0]) == DEFAULT_COLUMNS
    truth = simulator.control("GET", "/activities")["activities"]
    expected = {
        row["marketoGUID"]: {part["name"]: part["value"] for part in row["attributes"]}
        for row in truth
        if NOVEMBER["startAt"] <= row["activityDate"] and row["activityTypeId"] != 37
    }
    assert {row["marketoGUID"]: json.loads(row["attributes"]) for row in found} == expected
    without_campaign = [row for row in found if row["activityTypeId"] == "12"]
    assert {row["campaignId"] for row in without_campaign} == {"null"}


def test_only_the_types_asked_for_are_in_the_file(simulator):
    assert {row["activityTypeId"] for row in rows(simulator, activityTypeIds=[12, 13])} == {
        "12",
        "13",
    }


def test_fields_can_be_chosen_and_no_fields_mean_all_but_action_result(empty):
    empty.create({})
    chosen = {"fields": ["leadId", "actionResult"], "columnHeaderNames": {"leadId": "Lead"}}
    assert rows(empty, chosen) == [{"Lead": "1", "actionResult": "succeeded"}]
    assert list(rows(empty, {"fields": []})[0]) == DEFAULT_COLUMNS


def test_both_ends_of_the_range_are_in_it(empty):
    empty.create({})
    second = {"startAt": "2026-11-24T10:00:00Z", "endAt": "2026-11-24T10:00:00Z"}
    assert len(rows(empty, createdAt=second)) == 1


def test_deletes_are_in_no_file_and_asking_for_them_is_refused_or_in_vain(empty):
    [lead_id] = empty.create({})
    empty.control("DELETE", f"/leads/{lead_id}")
    assert [row["activityTypeId"] for row in rows(empty)] == ["12"]
    assert refusal(empty, activityTypeIds=[37]) == "1003"
    empty.control("POST", "/settings", {"export_of_deletes_refused": False})
    assert rows(empty, activityTypeIds=[37]) == []


def test_rows_older_than_their_retention_are_in_no_file(empty):
    [lead_id] = empty.create({})
    happen(empty, {"leadId": lead_id, "activityTypeId": 1}, {"leadId": 1, "activityTypeId": 2})
    assert [row["activityTypeId"] for row in rows(empty)] == ["12", "1", "2"]
    empty.control("POST", "/clock", {"advance_seconds": 91 * 86_400})
    empty.log_in()
    assert [row["activityTypeId"] for row in rows(empty)] == ["12", "2"]


def test_late_row_is_in_the_next_file_only(empty):
    empty.control("POST", "/settings", {"late_percent": 100})
    happen(empty, {"leadId": 1, "activityTypeId": 6})
    assert rows(empty) == []
    empty.control("POST", "/clock", {"advance_seconds": 600})
    assert [row["activityDate"] for row in rows(empty)] == ["2026-11-24T10:00:00Z"]


def test_primary_attribute_filters_the_rows_of_one_kind_of_asset(empty):
    lists = [{"leadId": 1, "activityTypeId": 24, "primaryAttributeValueId": n} for n in (7, 8)]
    happen(empty, *lists, {"leadId": 1, "activityTypeId": 25, "primaryAttributeValueId": 7})
    found = rows(empty, activityTypeIds=[24, 25], primaryAttributeValueIds=[7])
    assert [row["activityTypeId"] for row in found] == ["24", "25"]


@pytest.mark.parametrize(
    ("code", "filter_"),
    [
        ("1003", {"activityTypeIds": [999]}),
        ("1003", {"activityTypeIds": "13"}),
        ("1003", {"primaryAttributeValueIds": [7]}),
        ("1003", {"activityTypeIds": [13, 24], "primaryAttributeValueIds": [7]}),
        ("1003", {"activityTypeIds": [1], "primaryAttributeValueIds": [7]}),
        ("1003", {"activityTypeIds": [24], "primaryAttributeValueIds": list(range(51))}),
        (
            "1003",
            {
                "activityTypeIds": [24],
                "primaryAttributeValueIds": [7],
                "primaryAttributeValues": ["x"],
            },
        ),
        ("1003", {"leadIds": [1]}),
        ("1003", {"createdAt": {**NOVEMBER, "startAt": "2026-10-30T00:00:00Z"}}),
        ("1003", {"createdAt": None}),
    ],
)
def test_what_create_refuses(empty, code, filter_):
    assert refusal(empty, **filter_) == code


def test_range_is_required_and_fields_must_be_known(empty):
    without = empty.post(f"{EXPORTS}/create.json", {"filter": {"activityTypeIds": [1]}})
    assert without["errors"][0]["code"] == "1002"
    assert create(empty, fields={"fields": ["email"]})["errors"][0]["code"] == "1006"


def test_leads_and_activities_share_the_queue(empty):
    empty.control("POST", "/settings", {"export_seconds": 600})
    leads = {"fields": {"fields": ["id"]}, "base": LEAD_EXPORTS}
    kinds = [{"base": EXPORTS}, leads] * 5 + [leads]
    jobs = [(kind["base"], new_job(empty, **kind)) for kind in kinds]
    answers = [empty.post(f"{base}/{job}/enqueue.json") for base, job in jobs]
    assert [answer["success"] for answer in answers] == [True] * 10 + [False]
    assert answers[-1]["errors"][0]["message"] == "Too many jobs in queue"


def test_jobs_of_leads_are_unknown_to_the_calls_about_activities(empty):
    job = new_job(empty, base=LEAD_EXPORTS, fields={"fields": ["id"]})
    assert empty.code(f"{EXPORTS}/{job}/status.json") == "1013"
    assert empty.get(f"{EXPORTS}.json")["result"] == []
    assert len(empty.get(f"{LEAD_EXPORTS}.json")["result"]) == 1


def test_bytes_of_activities_count_against_the_same_day(empty):
    empty.create({})
    empty.control("POST", "/settings", {"daily_export_mb": 0})
    job = new_job(empty)
    answer = empty.post(f"{EXPORTS}/{job}/enqueue.json")
    assert answer["errors"][0]["message"] == "Export daily quota 0MB exceeded."
