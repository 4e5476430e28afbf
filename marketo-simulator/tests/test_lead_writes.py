"""Writing leads: what becomes of each record, deletes, merges, and the rows they leave."""

from __future__ import annotations

import time

import pytest

LEADS = "/rest/v1/leads.json"


def sync(simulator, *records, **order):
    answer = simulator.post(LEADS, {"input": list(records), **order})
    return answer["result"] if answer["success"] else answer["errors"][0]["code"]


def codes(results):
    return [result.get("reasons", [{"code": None}])[0]["code"] for result in results]


def test_records_are_created_or_updated_in_their_order(empty):
    [known] = empty.create({"email": "ada@example.com", "title": "Dr"})
    results = sync(
        empty,
        {"email": "new@example.com", "firstName": "New"},
        {"email": "ADA@example.com", "title": None},
    )
    assert results == [{"id": known + 1, "status": "created"}, {"id": known, "status": "updated"}]
    answer = empty.get(LEADS, filterType="id", filterValues=known, fields="title")
    assert answer["result"] == [{"id": known, "title": None}]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("createOrUpdate", [None, None]),
        ("createOnly", ["1005", None]),
        ("updateOnly", [None, "1004"]),
        ("createDuplicate", [None, None]),
    ],
)
def test_each_action_does_its_own(empty, action, expected):
    empty.create({"contactKey": "k1"})
    records = [{"contactKey": "k1"}, {"contactKey": "k2"}]
    results = sync(empty, *records, action=action, lookupField="contactKey")
    assert codes(results) == expected
    if action == "createDuplicate":
        assert [result["status"] for result in results] == ["created", "created"]


def test_one_bad_record_is_skipped_without_an_id_and_the_others_go_through(empty):
    empty.create({"email": "two@example.com"}, {"email": "two@example.com"})
    results = sync(
        empty,
        {"email": "bademail"},
        {"email": "a@example.com", "seats": 14.1},
        {"email": "a@example.com", "isVip": "maybe"},
        {"email": "a@example.com", "lastSeenAt": "yesterday"},
        {"email": "a@example.com", "firstName": "x" * 256},
        {"email": "a@example.com", "retiredField": "x"},
        {"email": "a@example.com", "createdAt": "2026-11-24T10:00:00Z"},
        {"email": "a@example.com", "id": 7},
        {"firstName": "No Key"},
        {"email": "two@example.com"},
        {"email": "good@example.com", "seats": "14", "isVip": "1", "lifetimeValue": 2.5},
    )
    assert codes(results) == [
        "1003", "1003", "1003", "1003", "1003", "1006", "1003", "1003", "1003", "1007", None,
    ]  # fmt: skip
    assert all("id" not in result for result in results[:-1])


def test_calls_that_are_wrong_as_a_whole_are_refused_as_a_whole(empty):
    record = {"email": "a@example.com"}
    assert sync(empty, record, action="upsert") == "1003"
    assert sync(empty, record, lookupField="nothing") == "1006"
    assert sync(empty, record, lookupField="firstName") == "1011"
    assert sync(empty, record, action="updateOnly", partitionName="EU") == "1003"
    assert sync(empty, *[record] * 301) == "1003"
    assert sync(empty) == "1002"
    big = empty.send("POST", LEADS, json={"input": [{"email": "x" * 1_000_000}]})
    assert big.status_code == 413
    assert empty.send("POST", LEADS, data="x", headers={"Content-Type": "text/plain"}).json()[
        "errors"
    ][0]["code"] == "612"  # fmt: skip


def test_partitions_are_for_what_is_created(empty):
    results = sync(empty, {"email": "a@example.com"}, partitionName="EU")
    assert results[0]["status"] == "created"
    assert codes(sync(empty, {"email": "a@example.com"}, partitionName="Default")) == ["1010"]
    assert codes(sync(empty, {"email": "b@example.com"}, partitionName="Mars")) == ["1008"]


def test_a_key_that_comes_twice_in_one_call_makes_two_leads(empty):
    results = sync(empty, {"contactKey": "k"}, {"contactKey": "k"}, lookupField="contactKey")
    assert [result["status"] for result in results] == ["created", "created"]


def test_writes_leave_activities_that_name_the_call(empty):
    answer = empty.post(LEADS, {"input": [{"email": "a@example.com"}]})
    [lead_id] = [result["id"] for result in answer["result"]]
    empty.post(LEADS, {"input": [{"email": "a@example.com", "title": "Dr"}]})
    rows = empty.control("GET", "/activities")["activities"]
    assert [(row["leadId"], row["activityTypeId"]) for row in rows] == [
        (lead_id, 12),
        (lead_id, 13),
    ]
    attributes = {pair["name"]: pair["value"] for pair in rows[0]["attributes"]}
    assert attributes["Source Type"] == "Web service API"
    assert attributes["Request Id"] == answer["requestId"]
    assert attributes["API Method Name"] == "syncLead"
    assert attributes["Modifying User"]


def test_leads_are_deleted_by_both_ways_and_unknown_ones_skipped(empty):
    ids = empty.create({}, {}, {})
    answer = empty.post("/rest/v1/leads/delete.json", {"input": [{"id": ids[0]}, {"id": 99}]})
    assert [result["status"] for result in answer["result"]] == ["deleted", "skipped"]
    answer = empty.post(LEADS + "?_method=DELETE", {"input": [{"id": ids[1]}]})
    assert answer["result"] == [{"id": ids[1], "status": "deleted"}]
    assert [lead["id"] for lead in empty.control("GET", "/leads")["leads"]] == [ids[2]]


def test_a_merge_removes_the_losers_and_takes_25_at_most(empty):
    winner, *losers = empty.create({"email": "a@example.com"}, {"title": "Dr"}, {})
    path = f"/rest/v1/leads/{winner}/merge.json?leadIds="
    answer = empty.post(path + ",".join(map(str, losers)))
    assert answer["success"] is True
    assert "result" not in answer
    assert [lead["id"] for lead in empty.control("GET", "/leads")["leads"]] == [winner]
    assert empty.post(path + ",".join(map(str, range(100, 126))))["errors"][0]["code"] == "1080"
    assert empty.post(path + "999")["errors"][0]["code"] == "1004"


def test_a_write_may_be_carried_out_after_its_caller_has_gone(empty):
    empty.control("POST", "/faults", {"kind": "late_work", "path": LEADS, "seconds": 0.3})
    with pytest.raises(OSError, match=r"Connection|closed|reset|aborted"):
        sync(empty, {"email": "a@example.com"})
    assert empty.control("GET", "/leads")["leads"] == []
    deadline = time.monotonic() + 10
    while not empty.control("GET", "/leads")["leads"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
