"""Campaigns and programs, as they are listed."""

from __future__ import annotations

import pytest

CAMPAIGNS = "/rest/v1/campaigns.json"
PROGRAMS = "/rest/asset/v1/programs.json"
NOTHING = ["No assets found for the given search criteria."]


def ids(answer):
    return [row["id"] for row in answer.get("result", [])]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [1042, 1043, 1101]),
        ({"id": "1043,7"}, [1043]),
        ({"name": "Mail"}, [1043]),
        ({"programName": "Webinar Q3"}, [1042, 1043, 1101]),
        ({"workspaceName": "Elsewhere"}, []),
    ],
)
def test_campaigns_are_listed_by_their_filters(empty, query, found):
    assert ids(empty.get(CAMPAIGNS, **query)) == found


def test_campaigns_come_in_pages_and_alone(empty):
    first = empty.get(CAMPAIGNS, batchSize=2)
    second = empty.get(CAMPAIGNS, batchSize=2, nextPageToken=first["nextPageToken"])
    assert (ids(first), ids(second)) == ([1042, 1043], [1101])
    assert "nextPageToken" not in second
    assert ids(empty.get("/rest/v1/campaigns/1042.json")) == [1042]
    assert empty.code("/rest/v1/campaigns/7.json") == "1013"


def test_every_campaign_that_a_row_names_is_listed(simulator):
    rows = simulator.control("GET", "/activities")["activities"]
    named = {row["campaignId"] for row in rows if "campaignId" in row}
    assert named
    assert named <= set(ids(simulator.get(CAMPAIGNS)))


def test_programs_are_browsed_by_offset_and_by_date(empty):
    [lead] = empty.create({})
    empty.control("POST", "/programs/5", {"name": "Webinar Q3", "add": [lead]})
    empty.control("POST", "/clock", {"advance_seconds": 60})
    empty.control("POST", "/programs/6", {"name": "Mail", "add": [lead]})
    assert ids(empty.get(PROGRAMS)) == [5, 6]
    assert ids(empty.get(PROGRAMS, offset=1, maxReturn=1)) == [6]
    assert ids(empty.get(PROGRAMS, earliestUpdatedAt="2026-11-24T10:00:30Z")) == [6]
    assert ids(empty.get(PROGRAMS, latestUpdatedAt="2026-11-24T10:00:00-00:00")) == [5]
    assert empty.get(PROGRAMS, offset=2)["warnings"] == NOTHING
    assert empty.code(PROGRAMS, latestUpdatedAt="tomorrow") == "1003"


def test_a_program_is_read_by_id_and_by_name_with_its_tags_and_costs(empty):
    [lead] = empty.create({})
    empty.control("POST", "/programs/5", {"name": "Webinar Q3", "add": [lead]})
    [by_id] = empty.get("/rest/asset/v1/program/5.json")["result"]
    [by_name] = empty.get("/rest/asset/v1/program/byName.json", name="Webinar Q3")["result"]
    assert by_id == by_name
    assert (by_id["tags"], by_id["costs"]) == ([], [])
    assert "tags" not in empty.get(PROGRAMS)["result"][0]
    assert empty.get("/rest/asset/v1/program/7.json")["warnings"] == NOTHING
