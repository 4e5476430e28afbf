"""Activities, lead changes and deleted leads, page by page."""

from __future__ import annotations

import pytest

ACTIVITIES = "/rest/v1/activities.json"
CHANGES = "/rest/v1/activities/leadchanges.json"
DELETED = "/rest/v1/activities/deletedleads.json"


def rows_of(pages):
    return [row for page in pages for row in page["result"]]


def values_of(row):
    return {item["name"]: item["value"] for item in row["attributes"]}


def test_pages_of_a_feed_give_every_row_once_and_in_order(simulator):
    pages = list(simulator.feed(ACTIVITIES, activityTypeIds=12))
    rows = rows_of(pages)
    truth = simulator.control("GET", "/activities", typeId="12")["activities"]
    assert rows == truth
    assert len(rows) == 40


def test_a_feed_has_empty_and_short_pages_with_more_to_come(simulator):
    pages = list(simulator.feed(ACTIVITIES, activityTypeIds=12))
    assert [] in [page["result"] for page in pages[:-1]]
    assert any(0 < len(page["result"]) < 50 for page in pages[:-1])
    assert [page["moreResult"] for page in pages] == [True] * (len(pages) - 1) + [False]


def test_last_page_has_a_token_that_goes_on_with_what_comes_later(empty):
    [page] = empty.feed(ACTIVITIES, activityTypeIds=12)
    [lead_id] = empty.create({"email": "ada@example.com"})
    later = empty.get(ACTIVITIES, activityTypeIds=12, nextPageToken=page["nextPageToken"])
    assert [row["leadId"] for row in later["result"]] == [lead_id]


def test_row_of_the_very_second_asked_for_is_included(empty):
    empty.create({})
    assert len(rows_of(empty.feed(ACTIVITIES, "2026-11-24T10:00:00Z", activityTypeIds=12))) == 1
    assert rows_of(empty.feed(ACTIVITIES, "2026-11-24T11:00:01+01:00", activityTypeIds=12)) == []


def test_row_written_late_is_seen_only_from_an_older_token(empty):
    empty.create({})
    [page] = empty.feed(ACTIVITIES, activityTypeIds="12,6")
    late = {"leadId": 1, "activityTypeId": 6, "activityDate": "2026-11-24T09:00:00Z"}
    empty.control("POST", "/activities", {"input": [late]})
    token = page["nextPageToken"]
    assert empty.get(ACTIVITIES, activityTypeIds="12,6", nextPageToken=token)["result"] == []
    rows = rows_of(empty.feed(ACTIVITIES, activityTypeIds="12,6"))
    assert [row["activityTypeId"] for row in rows] == [6, 12]


def test_row_can_be_announced_for_later(empty):
    row = {"leadId": 1, "activityTypeId": 6, "lateSeconds": 60}
    empty.control("POST", "/activities", {"input": [row]})
    assert rows_of(empty.feed(ACTIVITIES, activityTypeIds=6)) == []
    empty.control("POST", "/clock", {"advance_seconds": 60})
    [found] = rows_of(empty.feed(ACTIVITIES, activityTypeIds=6))
    assert found["activityDate"] == "2026-11-24T10:00:00Z"


def test_one_row_in_five_is_late_and_changes_are_among_them(empty):
    empty.control("POST", "/settings", {"late_percent": 20})
    [lead_id] = empty.create({})
    for number in range(99):
        empty.control("POST", f"/leads/{lead_id}", {"country": f"{number}"})
    assert len(empty.control("GET", "/activities")["activities"]) == 80
    empty.control("POST", "/clock", {"advance_seconds": 600})
    assert len(empty.control("GET", "/activities")["activities"]) == 100


def test_change_without_a_row_moves_the_lead_and_no_feed(empty):
    [lead_id] = empty.create({})
    empty.control("POST", "/clock", {"advance_seconds": 60})
    empty.control("POST", f"/leads/{lead_id}", {"country": "France"}, rows="no")
    assert empty.get(f"/rest/v1/lead/{lead_id}.json")["result"][0]["updatedAt"] == (
        "2026-11-24T10:01:00Z"
    )
    assert len(empty.control("GET", "/activities")["activities"]) == 1


def test_paging_tokens_can_have_an_end(empty):
    empty.control("POST", "/settings", {"paging_token_life_seconds": 60})
    token = list(empty.feed(ACTIVITIES, activityTypeIds=12))[-1]["nextPageToken"]
    empty.control("POST", "/clock", {"advance_seconds": 59})
    page = empty.get(ACTIVITIES, activityTypeIds=12, nextPageToken=token)
    empty.control("POST", "/clock", {"advance_seconds": 1})
    assert empty.code(ACTIVITIES, activityTypeIds=12, nextPageToken=token) == "1003"
    assert empty.get(ACTIVITIES, activityTypeIds=12, nextPageToken=page["nextPageToken"])["success"]


def test_share_of_the_rows_can_become_readable_late(empty):
    empty.control("POST", "/settings", {"late_percent": 100, "late_seconds": 60})
    empty.create({})
    empty.control("POST", "/activities", {"input": [{"leadId": 1, "activityTypeId": 6}]})
    assert rows_of(empty.feed(ACTIVITIES, activityTypeIds=6)) == []
    empty.control("POST", "/clock", {"advance_seconds": 60})
    [row] = rows_of(empty.feed(ACTIVITIES, activityTypeIds=6))
    assert row["activityDate"] == "2026-11-24T10:00:00Z"


def test_paging_tokens_can_be_made_to_end(empty):
    [page] = empty.feed(ACTIVITIES, activityTypeIds=12)
    empty.control("POST", "/faults", {"kind": "expired_paging_tokens"})
    assert empty.code(ACTIVITIES, activityTypeIds=12, nextPageToken=page["nextPageToken"]) == "1003"
    assert len(list(empty.feed(ACTIVITIES, activityTypeIds=12))) == 1


def test_what_a_feed_refuses(empty):
    token = empty.get("/rest/v1/activities/pagingtoken.json", sinceDatetime="2026-11-01")
    good = {"nextPageToken": token["nextPageToken"]}
    assert empty.code(ACTIVITIES, activityTypeIds=12) == "1002"
    assert empty.code(ACTIVITIES, **good) == "1002"
    assert empty.code(ACTIVITIES, activityTypeIds=4711, **good) == "1003"
    assert empty.code(ACTIVITIES, activityTypeIds=12, nextPageToken="nonsense") == "1003"
    assert empty.code(ACTIVITIES, activityTypeIds="1,2,3,6,7,8,9,10,11,12,13", **good) == "1003"
    assert empty.code(ACTIVITIES, activityTypeIds="twelve", **good) == "1001"
    assert empty.code(CHANGES, **good) == "1002"
    assert empty.code(CHANGES, fields="nope", **good) == "1006"
    assert empty.code("/rest/v1/activities/pagingtoken.json") == "1002"
    assert empty.code("/rest/v1/activities/pagingtoken.json", sinceDatetime="soon") == "1003"


def test_lead_changes_are_new_leads_and_the_fields_asked_for(empty):
    [lead_id] = empty.create({"firstName": "Adda"}, source="List import")
    empty.control(
        "POST", f"/leads/{lead_id}", {"firstName": "Ada", "title": "Countess"},
        source="Web service API", reason="Web service API", user="api.user@example.com",
    )  # fmt: skip
    created, changed = rows_of(empty.feed(CHANGES, fields="firstName"))
    assert (created["activityTypeId"], created["primaryAttributeValueId"]) == (12, lead_id)
    assert values_of(created)["Source Type"] == "List import"
    assert "fields" not in created
    assert changed["fields"] == [
        {"id": 53, "name": "firstName", "newValue": "Ada", "oldValue": "Adda"}
    ]
    assert values_of(changed) == {
        "Reason": "Web service API",
        "Source": "Web service API",
        "API Method Name": "syncLead",
        "Modifying User": "api.user@example.com",
        "Lead ID": lead_id,
    }


def test_the_same_change_names_its_field_by_id_and_label_among_the_activities(empty):
    [lead_id] = empty.create({})
    empty.control("POST", f"/leads/{lead_id}", {"firstName": "Ada"})
    [row] = rows_of(empty.feed(ACTIVITIES, activityTypeIds=13))
    assert (row["primaryAttributeValueId"], row["primaryAttributeValue"]) == (53, "First Name")
    assert values_of(row)["New Value"] == "Ada"
    assert "Old Value" not in values_of(row)


def test_values_in_changes_are_text_in_the_zone_of_the_subscription(empty):
    empty.control("POST", "/settings", {"time_zone": "America/Chicago"})
    [lead_id] = empty.create({"isVip": True, "seats": 3})
    changes = {"isVip": False, "seats": 4, "lastSeenAt": "2026-11-20T12:00:00Z"}
    empty.control("POST", f"/leads/{lead_id}", changes)
    rows = rows_of(empty.feed(CHANGES, fields="isVip,seats,lastSeenAt"))
    changed = {row["fields"][0]["name"]: row["fields"][0] for row in rows if "fields" in row}
    assert (changed["isVip"]["oldValue"], changed["isVip"]["newValue"]) == ("True", "False")
    assert (changed["seats"]["oldValue"], changed["seats"]["newValue"]) == ("3", "4")
    assert changed["lastSeenAt"]["newValue"] == "2026-11-20 06:00:00"


def test_score_change_writes_two_rows_in_one_second(empty):
    [lead_id] = empty.create({"leadScore": 5})
    empty.control("POST", f"/leads/{lead_id}", {"leadScore": 15})
    score, value = rows_of(empty.feed(ACTIVITIES, activityTypeIds="13,22"))
    assert (score["activityTypeId"], value["activityTypeId"]) == (22, 13)
    assert score["activityDate"] == value["activityDate"]
    assert values_of(score)["Change Value"] == "+10"
    assert values_of(score)["New Value"] == 15


def test_deleted_leads_are_forgotten_after_fourteen_days(empty):
    [lead_id] = empty.create({"firstName": "Ada", "lastName": "Lovelace"})
    empty.control("DELETE", f"/leads/{lead_id}")
    [row] = rows_of(empty.feed(DELETED))
    assert (row["activityTypeId"], row["leadId"], row["attributes"]) == (37, lead_id, [])
    assert row["primaryAttributeValue"] == "Ada Lovelace"
    empty.control("POST", "/clock", {"advance_seconds": 14 * 86_400 + 1})
    empty.log_in()
    assert rows_of(empty.feed(DELETED)) == []


def test_changes_are_forgotten_after_ninety_days_and_new_leads_never(empty):
    [lead_id] = empty.create({})
    empty.control("POST", f"/leads/{lead_id}", {"title": "Countess"})
    empty.control("POST", "/clock", {"advance_seconds": 91 * 86_400})
    empty.log_in()
    assert [row["activityTypeId"] for row in rows_of(empty.feed(CHANGES, fields="title"))] == [12]


def test_losers_of_a_merge_vanish_with_one_row_on_the_winner(empty):
    winner, *losers = empty.create({"email": "a@example.com"}, {"title": "Countess"}, {})
    merged = empty.control("POST", "/leads/merge", {"winner": winner, "losers": losers})
    assert (merged["email"], merged["title"]) == ("a@example.com", "Countess")
    [row] = rows_of(empty.feed(ACTIVITIES, activityTypeIds=32))
    assert (row["leadId"], values_of(row)["Merge IDs"]) == (winner, "[2,3]")
    assert rows_of(empty.feed(DELETED)) == []
    [lead] = empty.control("GET", "/leads")["leads"]
    assert lead["id"] == winner


def test_activities_can_be_narrowed_to_leads(empty):
    ids = empty.create({}, {}, {})
    wanted = f"{ids[0]},{ids[2]}"
    rows = rows_of(empty.feed(ACTIVITIES, activityTypeIds=12, leadIds=wanted))
    assert [row["leadId"] for row in rows] == [ids[0], ids[2]]


@pytest.mark.parametrize(
    ("feed", "asked"), [(ACTIVITIES, {"activityTypeIds": 12}), (CHANGES, {"fields": "title"})]
)
def test_feeds_can_be_narrowed_to_a_list(empty, feed, asked):
    _, guest = empty.create({}, {})
    guests = empty.control("POST", "/lists", {"name": "Guests"})["id"]
    empty.control("POST", f"/lists/{guests}", {"add": [guest]})
    rows = rows_of(empty.feed(feed, listId=guests, **asked))
    assert [row["leadId"] for row in rows] == [guest]
    since = empty.get("/rest/v1/activities/pagingtoken.json", sinceDatetime="2026-11-01")
    token = {"nextPageToken": since["nextPageToken"]}
    assert empty.code(feed, listId=99, **token, **asked) == "1013"
    empty.control("POST", "/settings", {"list_members_in_feeds": 1})
    assert empty.code(feed, listId=guests, **token, **asked) == "1003"


def test_activity_types_appear_vanish_and_are_renamed(empty):
    empty.control("POST", "/activity_types", {"id": 100009, "name": "Rang the Bell"})
    empty.control("POST", "/activity_types/100009", {"name": "Rang a Bell"})
    empty.control("POST", "/activity_types/46", {"hidden": True})
    types = empty.get("/rest/v1/activities/types.json")["result"]
    named = {kind["id"]: kind["name"] for kind in types}
    assert named[100009] == "Rang a Bell"
    assert 46 not in named
    assert "primaryAttribute" not in next(kind for kind in types if kind["id"] == 12)
