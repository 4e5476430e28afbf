"""Static lists, smart lists, programs: who is in them, read page by page and in bulk."""

from __future__ import annotations

import csv
import io

import pytest

EXPORTS = "/bulk/v1/leads/export"


def make_list(simulator, name="Guests, all", **more):
    return simulator.control("POST", "/lists", {"name": name, **more})["id"]


def change(simulator, list_id, **lead_ids):
    return simulator.control("POST", f"/lists/{list_id}", lead_ids)["members"]


def create(simulator, **filter_):
    return simulator.post(f"{EXPORTS}/create.json", {"fields": ["id"], "filter": filter_})


def exported(simulator, **filter_):
    job = create(simulator, **filter_)["result"][0]["exportId"]
    simulator.post(f"{EXPORTS}/{job}/enqueue.json")
    simulator.get(f"{EXPORTS}/{job}/status.json")
    file = simulator.send("GET", f"{EXPORTS}/{job}/file.json").content.decode()
    return [int(row["id"]) for row in csv.DictReader(io.StringIO(file))]


def ids(answer):
    return [lead["id"] for lead in answer["result"]]


def rows(simulator, type_id):
    return simulator.control("GET", "/activities", typeId=str(type_id))["activities"]


@pytest.mark.parametrize(
    "path", ["/rest/v1/lists/1001/leads.json", "/rest/v1/list/1001/leads.json"]
)
def test_seeded_list_has_its_leads_on_both_paths(simulator, path):
    [made] = simulator.get("/rest/v1/lists.json", name="Import.All")["result"]
    assert (made["id"], made["workspaceName"]) == (1002, "Default")
    seeded = {made["id"]: made for made in simulator.control("GET", "/lists")["lists"]}
    assert len(seeded[1001]["members"]) > 1
    assert ids(simulator.get(path)) == seeded[1001]["members"]
    assert exported(simulator, staticListId=1001) == seeded[1001]["members"]


def test_lists_come_in_pages_too(simulator):
    first = simulator.get("/rest/v1/lists.json", batchSize=1)
    second = simulator.get("/rest/v1/lists.json", batchSize=1, nextPageToken=first["nextPageToken"])
    assert (ids(first), ids(second)) == ([1001], [1002])
    assert "nextPageToken" not in second


def test_list_is_read_in_pages_of_the_fields_asked_for(empty):
    made = make_list(empty)
    change(empty, made, add=empty.create({"country": "France"}, {}, {}))
    path = f"/rest/v1/lists/{made}/leads.json"
    first = empty.get(path, batchSize=2, fields="country")
    assert first["result"] == [{"id": 1, "country": "France"}, {"id": 2, "country": None}]
    second = empty.get(path, batchSize=2, nextPageToken=first["nextPageToken"])
    assert (ids(second), "nextPageToken" in second) == ([3], False)


def test_going_on_and_off_a_static_list_is_a_row_each(empty):
    empty.create({})
    made = make_list(empty, programName="Events")
    assert change(empty, made, add=[1]) == [1]
    assert change(empty, made, remove=[1]) == []
    for type_id in (24, 25):
        [row] = rows(empty, type_id)
        assert (row["leadId"], row["primaryAttributeValueId"]) == (1, made)
        assert row["primaryAttributeValue"] == "Guests, all"
    assert empty.get(f"/rest/v1/lists/{made}.json")["result"][0]["programName"] == "Events"


def test_winner_of_a_merge_takes_the_losers_places_and_deleted_leads_lose_theirs(empty):
    empty.create({}, {}, {})
    made = make_list(empty)
    change(empty, made, add=[2, 3])
    empty.control("POST", "/programs/5", {"name": "Webinar", "add": [2, 3]})
    empty.control("POST", "/leads/merge", {"winner": 1, "losers": [2]})
    empty.control("DELETE", "/leads/3")
    assert exported(empty, staticListName="Guests, all") == [1]
    assert ids(empty.get("/rest/v1/leads/programs/5.json")) == [1]


def test_smart_lists_are_exported_where_the_subscription_can(simulator):
    smart = next(
        made for made in simulator.control("GET", "/lists")["lists"] if made["kind"] == "smart"
    )
    refused = create(simulator, smartListId=smart["id"])["errors"][0]
    assert refused["code"] == "1035"
    simulator.control("POST", "/settings", {"smart_list_filter": True})
    assert len(smart["members"]) > 1
    assert exported(simulator, smartListId=smart["id"]) == smart["members"]
    assert exported(simulator, smartListName=smart["name"]) == smart["members"]
    assert simulator.code(f"/rest/v1/lists/{smart['id']}.json") == "1013"


def test_export_shows_the_list_as_it_is_when_the_job_starts(empty):
    empty.create({})
    made = make_list(empty)
    job = create(empty, staticListId=made)["result"][0]["exportId"]
    change(empty, made, add=[1])
    empty.post(f"{EXPORTS}/{job}/enqueue.json")
    assert empty.get(f"{EXPORTS}/{job}/status.json")["result"][0]["numberOfRecords"] == 1


def test_leads_of_a_program_come_with_their_membership(empty):
    empty.create({}, {})
    empty.control("POST", "/programs/5", {"name": "Webinar", "add": [2]})
    empty.control("POST", "/clock", {"advance_seconds": 60})
    empty.control("POST", "/programs/5", {"name": "Webinar", "add": [2]})
    [lead] = empty.get("/rest/v1/leads/programs/5.json", fields="email")["result"]
    assert lead["id"] == 2
    assert lead["membership"]["membershipDate"] == "2026-11-24T10:00:00Z"
    assert lead["membership"]["updatedAt"] == "2026-11-24T10:01:00Z"
    assert len(rows(empty, 104)) == 2


def test_unknown_lists_and_programs_are_refused(empty):
    assert empty.code("/rest/v1/lists/7.json") == "1013"
    assert empty.code("/rest/v1/lists/7/leads.json") == "1013"
    assert empty.code("/rest/v1/leads/programs/7.json") == "1013"
    assert create(empty, staticListName="nobody")["errors"][0]["code"] == "1013"


def results(answer):
    return [
        (each["id"], each["status"], *[reason["code"] for reason in each.get("reasons", [])])
        for each in answer["result"]
    ]


def test_leads_join_and_leave_a_static_list_through_the_api(empty):
    made = make_list(empty)
    lead, other = empty.create({}, {})
    path = f"/rest/v1/lists/{made}/leads"
    both = {"input": [{"id": lead}, {"id": 99}]}
    assert results(empty.post(f"{path}.json", both)) == [(lead, "added"), (99, "skipped", "1004")]
    again = empty.send("POST", f"{path}.json", params={"id": lead}).json()
    assert results(again) == [(lead, "added")]
    asked = empty.get(f"{path}/ismember.json", id=f"{lead},{other},99")
    assert results(asked) == [
        (lead, "memberof"),
        (other, "notmemberof"),
        (99, "skipped", "1004"),
    ]
    removed = empty.send("DELETE", f"{path}.json", params={"id": [lead, other]}).json()
    assert results(removed) == [(lead, "removed"), (other, "skipped", "1015")]
    for type_id in (24, 25):
        [row] = rows(empty, type_id)
        assert row["attributes"] == [{"name": "Source", "value": "Web service API"}]
    many = {"input": [{"id": 1}] * 301}
    assert empty.post(f"{path}.json", many)["errors"][0]["code"] == "1003"
    assert empty.post(f"{path}.json", {"input": [{}]})["errors"][0]["code"] == "1002"
    assert empty.code("/rest/v1/lists/99/leads/ismember.json", id=lead) == "1013"


@pytest.mark.parametrize("as_post", [{"method": "GET"}, {"method": "POST", "_method": "GET"}])
def test_members_can_be_asked_for_in_json(empty, as_post):
    made = make_list(empty)
    lead, other = empty.create({}, {})
    change(empty, made, add=[lead])
    query, body = dict(as_post), {"input": [{"id": lead}, {"id": other}]}
    path = f"/rest/v1/lists/{made}/leads/ismember.json"
    answer = empty.send(query.pop("method"), path, params=query, json=body).json()
    assert results(answer) == [(lead, "memberof"), (other, "notmemberof")]


def test_winner_of_a_merge_takes_the_losers_places_and_can_leave_them(empty):
    made = make_list(empty)
    winner, loser = empty.create({}, {})
    change(empty, made, add=[loser])
    empty.control("POST", "/leads/merge", {"winner": winner, "losers": [loser]})
    assert ids(empty.get(f"/rest/v1/lists/{made}/leads.json")) == [winner]
    assert change(empty, made, remove=[winner]) == []
