"""Answers against exchanges that were recorded with live instances.

Values differ, of course: members and their JSON types are what must be the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pytest

RECORDINGS = Path(__file__).parent / "data" / "recordings"
EXPORTS = "/bulk/v1/leads/export"
JOB = {
    "fields": ["firstName", "lastName", "id", "email"],
    "filter": {"createdAt": {"startAt": "2026-11-01T00:00:00Z", "endAt": "2026-11-30T00:00:00Z"}},
}
PEOPLE = (
    {"email": "person+1@example.com", "firstName": "AK1", "lastName": "test"},
    {"email": "person+2@example.com", "firstName": "ak2"},
)


def recorded(name):
    return json.loads((RECORDINGS / "node-marketo" / f"{name}.json").read_text())["response"]


def grouparoo(name):
    return json.loads((RECORDINGS / "grouparoo" / f"{name}.json").read_text())


def shape(value):
    """Members and JSON types; of a list, those of its first item."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in sorted(value.items())}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value).__name__


def test_token_has_the_recorded_members(simulator):
    answer, response = simulator.token(), recorded("get-oauth-creds")
    assert shape(answer.json()) == shape(response["body"])
    for header in ("cache-control", "pragma"):
        assert answer.headers[header] == response["headers"][header]


@pytest.mark.parametrize(
    ("name", "path", "query"),
    [
        ("lead-by-id-1", "/rest/v1/lead/1.json", {}),
        ("find-lead-by-single-id", "/rest/v1/leads.json", {"filterValues": "1"}),
        ("find-by-multiple-ids", "/rest/v1/leads.json", {"filterValues": "1,2"}),
        (
            "find-by-multiple-ids-and-retrieve-a-subset-of-fields",
            "/rest/v1/leads.json",
            {"filterValues": "1,2", "fields": "email,lastName"},
        ),
        ("lead-by-id-with-email-filter", "/rest/v1/lead/1.json", {"fields": "email"}),
        ("lead-by-id-with-multiple-filters", "/rest/v1/lead/1.json", {"fields": "email,lastName"}),
    ],
)
def test_leads_have_the_recorded_members(empty, name, path, query):
    empty.create(*PEOPLE)
    answer = empty.send("GET", path, params={"filterType": "id", **query})
    response = recorded(name)
    assert shape(answer.json()) == shape(response["body"])
    assert answer.headers["content-type"] == response["headers"]["content-type"]


def test_null_field_is_sent_as_null_as_recorded(empty):
    empty.create(*PEOPLE)
    query = {"filterType": "id", "filterValues": "1,2", "fields": "email,lastName"}
    rows = empty.get("/rest/v1/leads.json", **query)["result"]
    response = recorded("find-by-multiple-ids-and-retrieve-a-subset-of-fields")
    assert [shape(row) for row in rows] == [shape(row) for row in response["body"]["result"]]


def test_activity_type_has_the_recorded_members(simulator):
    answer = simulator.get("/rest/v1/activities/types.json")
    response = recorded("activity-types")["body"]
    assert shape(answer) == shape(response)
    [theirs] = response["result"]
    ours = next(kind for kind in answer["result"] if kind["id"] == theirs["id"])
    assert ours["primaryAttribute"] == theirs["primaryAttribute"]
    assert all(attribute in ours["attributes"] for attribute in theirs["attributes"])


@pytest.mark.parametrize(
    ("steps", "name"),
    [
        ([], "bulk-leads-create-c4"),
        (["status"], "bulk-leads-status-3f"),
        (["enqueue"], "bulk-leads-enqueue-c4"),
        (["enqueue", "cancel"], "bulk-leads-cancel-c4"),
        (["cancel"], "bulk-leads-cancel-3f"),
    ],
)
def test_job_has_the_recorded_members_and_status(empty, steps, name):
    empty.control("POST", "/settings", {"export_seconds": 60})
    others = [empty.post(f"{EXPORTS}/create.json", JOB)["result"][0]["exportId"] for _ in range(2)]
    for job in others:
        empty.post(f"{EXPORTS}/{job}/enqueue.json")
    answer = empty.post(f"{EXPORTS}/create.json", JOB)
    job = answer["result"][0]["exportId"]
    for step in steps:
        method = "GET" if step == "status" else "POST"
        answer = empty.send(method, f"{EXPORTS}/{job}/{step}.json").json()
    body = recorded(name)["body"]
    assert shape(answer) == shape(body)
    assert answer["result"][0]["status"] == body["result"][0]["status"]


def test_describe_has_every_recorded_standard_field_to_the_letter(empty):
    theirs = grouparoo("destination-mapping-options")[1]["responseBody"]["result"]
    ours = {field["id"]: field for field in empty.get("/rest/v1/leads/describe.json")["result"]}
    standard = [field for field in theirs if not field["rest"]["name"].endswith("_field")]
    assert len(standard) > 90
    assert [ours[field["id"]] for field in standard] == standard


FIELDS_OF_THE_RECORDINGS = {
    "textarea_field": "text",
    "boolean_field": "boolean",
    "email_field": "email",
    "integer_field": "integer",
    "float_field": "float",
    "datetime_field": "datetime",
    "date_field": "date",
    "score_field": "score",
    "percent_field": "percent",
    "currency_field": "currency",
}
SYSTEM_FIELDS = {"id", "createdAt", "updatedAt"}


def own_values(row):
    return {name: value for name, value in row.items() if name not in SYSTEM_FIELDS}


def searches():
    return [
        exchange
        for exchange in grouparoo("export-records")
        if exchange["path"] == "/rest/v1/leads.json" and exchange["method"] == "GET"
    ]


def test_every_recorded_search_finds_the_recorded_values(empty):
    for name, data_type in FIELDS_OF_THE_RECORDINGS.items():
        empty.control("POST", "/fields", {"name": name, "dataType": data_type})
    assert len(searches()) == 64
    for exchange in searches():
        theirs = exchange["responseBody"]
        ids = empty.create(*[own_values(row) for row in theirs["result"]])
        query = {name: unquote(value) for name, value in exchange["query"].items()}
        if query["filterType"] == "id":
            query["filterValues"] = ",".join(map(str, ids or [999]))
        ours = empty.get("/rest/v1/leads.json", **query)
        assert shape(ours) == shape(theirs)
        assert list(map(own_values, ours["result"])) == list(map(own_values, theirs["result"]))
        for lead_id in ids:
            empty.control("DELETE", f"/leads/{lead_id}")


class Replay:
    """The exchanges that Grouparoo recorded, sent again in their order; ids differ."""

    def __init__(self, simulator):
        self.simulator = simulator
        for name, data_type in FIELDS_OF_THE_RECORDINGS.items():
            simulator.control("POST", "/fields", {"name": name, "dataType": data_type})
        self.lists = {
            number: simulator.control("POST", "/lists", {"name": number})["id"]
            for number in ("1159", "1160")
        }
        self.leads = {}

    def send(self, exchange):
        """Our answer to a recorded call about leads."""
        path = exchange["path"]
        for theirs, ours in self.lists.items():
            path = path.replace(theirs, str(ours))
        query = {name: self.ids(value) for name, value in exchange.get("query", {}).items()}
        body = exchange.get("requestBody")
        kind = "data" if isinstance(body, str) else "json"
        request = {kind: self.ids(body)} if body else {}
        if kind == "data":
            request["headers"] = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.simulator.send(exchange["method"], path, params=query, **request).json()

    def ids(self, value):
        """The same with our ids for theirs."""
        if isinstance(value, dict):
            return {name: self.ids(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.ids(item) for item in value]
        if isinstance(value, str):
            for theirs, ours in {**self.lists, **self.leads}.items():
                value = value.replace(str(theirs), str(ours))
            return unquote(value)
        return self.leads.get(value, value)


def test_every_recorded_write_of_leads_and_lists_has_the_recorded_results(empty):
    empty.control("POST", "/leads", {"input": [{}] * 20})  # so that no id of ours is in a date
    replay = Replay(empty)
    compared = 0
    for exchange in grouparoo("export-records"):
        if "/leads.json" not in exchange["path"]:
            continue
        theirs, ours = exchange["responseBody"]["result"], replay.send(exchange)["result"]
        for known, made in zip(theirs, ours, strict=True):
            if known.get("status") == "created":
                replay.leads[known["id"]] = made["id"]
        expected = replay.ids(theirs)
        if exchange["method"] == "GET" or "status" not in str(theirs):
            expected, ours = (list(map(own_values, rows)) for rows in (expected, ours))
        assert ours == expected
        compared += 1
    assert compared == 107
