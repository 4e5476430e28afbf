"""Bulk extract of custom objects: what may be asked for, and what is in the file."""

from __future__ import annotations

import csv
import io

import pytest

EXPORTS = "/bulk/v1/customobjects/car/export"
NOVEMBER = {"startAt": "2026-11-01T00:00:00Z", "endAt": "2026-12-01T00:00:00Z"}
LEAD = {
    "name": "leadID",
    "displayName": "Lead ID",
    "dataType": "link",
    "relatedTo": {"name": "lead", "field": "id"},
}
VIN = {"name": "vIN", "displayName": "VIN", "dataType": "string", "isDedupeField": True}
YEAR = {"name": "year", "displayName": "Year", "dataType": "integer"}


def make(simulator, api_name, *fields):
    kind = {"apiName": api_name, "displayName": api_name.title(), "fields": list(fields)}
    simulator.control("POST", "/custom_object_types", kind)


def create(simulator, base=EXPORTS, fields=("vIN", "leadID"), **asked):
    body = {"fields": list(fields), "filter": {"updatedAt": NOVEMBER}, **asked}
    return simulator.post(f"{base}/create.json", body)


def refusal(simulator, **asked):
    return create(simulator, **asked)["errors"][0]["code"]


def rows(simulator, **asked):
    job = create(simulator, **asked)["result"][0]["exportId"]
    simulator.post(f"{EXPORTS}/{job}/enqueue.json")
    done = simulator.get(f"{EXPORTS}/{job}/status.json")["result"][0]
    file = simulator.send("GET", f"{EXPORTS}/{job}/file.json").content.decode()
    found = list(csv.DictReader(io.StringIO(file, newline="")))
    assert len(found) == done["numberOfRecords"]
    return found


@pytest.fixture
def marketo(empty):
    """A Marketo with three cars, two of them of a lead each, and with all filters."""
    empty.control("POST", "/settings", {"updated_at_filter": True, "smart_list_filter": True})
    make(empty, "car", LEAD, VIN, YEAR)
    empty.create({}, {})
    cars = [{"vIN": "A", "leadID": 1, "year": 2003}, {"vIN": "B,", "leadID": 2}, {"vIN": "C"}]
    empty.post("/rest/v1/customobjects/car.json", {"input": cars})
    return empty


def test_file_has_the_records_updated_in_the_range(marketo):
    assert rows(marketo, fields=["vin", "leadID", "year"]) == [
        {"vIN": "A", "leadID": "1", "year": "2003"},
        {"vIN": "B,", "leadID": "2", "year": "null"},
        {"vIN": "C", "leadID": "null", "year": "null"},
    ]
    marketo.control("POST", "/clock", {"advance_seconds": 60})
    marketo.post("/rest/v1/customobjects/car.json", {"input": [{"vIN": "C", "year": 2004}]})
    minute = {"startAt": "2026-11-24T10:01:00Z", "endAt": "2026-11-24T10:02:00Z"}
    headings = {"vIN": "Number"}
    changed = rows(
        marketo, fields=["vIN"], filter={"updatedAt": minute}, columnHeaderNames=headings
    )
    assert changed == [{"Number": "C"}]


@pytest.mark.parametrize("kind", ["static", "smart"])
def test_file_has_the_records_of_the_leads_on_a_list(marketo, kind):
    made = marketo.control("POST", "/lists", {"name": "Drivers", "kind": kind})["id"]
    marketo.control("POST", f"/lists/{made}", {"add": [2]})
    by_id, by_name = {f"{kind}ListId": made}, {f"{kind}ListName": "Drivers"}
    assert [row["vIN"] for row in rows(marketo, filter=by_id)] == ["B,"]
    assert [row["vIN"] for row in rows(marketo, filter=by_name)] == ["B,"]


def test_jobs_of_a_type_are_known_to_that_type_alone(marketo):
    make(marketo, "van", LEAD, VIN)
    job = create(marketo)["result"][0]["exportId"]
    vans = "/bulk/v1/customobjects/van/export"
    assert [row["exportId"] for row in marketo.get(f"{EXPORTS}.json")["result"]] == [job]
    assert marketo.get(f"{vans}.json")["result"] == []
    assert marketo.code(f"{vans}/{job}/status.json") == "1013"


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("1002", {"fields": []}),
        ("1002", {"filter": {}}),
        ("1003", {"filter": {"createdAt": NOVEMBER}}),
        ("1003", {"filter": {"updatedAt": NOVEMBER, "staticListId": 1}}),
        ("1003", {"base": "/bulk/v1/customobjects/plain/export"}),
        ("1006", {"fields": ["nothing"]}),
        ("1013", {"base": "/bulk/v1/customobjects/nothing/export"}),
        ("1013", {"filter": {"staticListId": 99}}),
    ],
)
def test_what_cannot_be_exported_is_refused(marketo, code, asked):
    make(marketo, "plain", VIN)
    assert refusal(marketo, **asked) == code


def test_subscription_may_lack_filters(marketo):
    marketo.control("POST", "/settings", {"updated_at_filter": False, "smart_list_filter": False})
    assert refusal(marketo) == "1035"
    assert refusal(marketo, filter={"smartListId": 1}) == "1035"
