"""The history holds what breaks pipelines, and ends a day before the clock."""

from __future__ import annotations

from collections import Counter

import pytest

LEADS = "/leads"


@pytest.fixture
def leads(simulator):
    return simulator.control("GET", LEADS)["leads"]


def test_texts_hold_what_breaks_pipelines(leads):
    texts = "".join(str(value) for lead in leads for value in lead.values())
    for hard in (",", '"', "\n", "\r", "\x00", "山", "🙂", "null", "00042", "\t", "\u2028"):
        assert hard in texts


def test_history_ends_a_day_before_the_clock(simulator):
    dates = [row["activityDate"] for row in simulator.control("GET", "/activities")["activities"]]
    assert max(dates) <= "2026-11-23T10:00:00Z"
    assert dates == sorted(dates)


def test_some_leads_were_created_in_one_second_and_some_share_an_address(leads):
    assert max(Counter(lead["createdAt"] for lead in leads).values()) >= 5
    assert max(Counter(lead["email"].lower() for lead in leads).values()) >= 2


def test_some_leads_were_updated_before_they_were_created(leads):
    assert any(lead["updatedAt"] < lead["createdAt"] for lead in leads)


def test_field_names_are_nearly_equal_and_one_is_very_long(simulator):
    described = simulator.get("/rest/v1/leads/describe2.json")["result"][0]["fields"]
    names = {field["name"] for field in described}
    assert {"planCode", "plan_code", "Plan_Code__c"} <= names
    assert max(map(len, names)) > 63
    assert {"formula", "textarea", "score"} <= {field["dataType"] for field in described}


def test_activities_have_holes_where_real_ones_have(simulator):
    rows = simulator.control("GET", "/activities")["activities"]
    types = {row["activityTypeId"] for row in rows}
    assert {12, 13, 22, 32, 37} <= types
    assert len(types) >= 12
    assert 100 <= len(rows) <= 200
    assert any("campaignId" not in row for row in rows)
    assert any("campaignId" in row for row in rows)
    assert any("id" not in row for row in rows)
    assert any("primaryAttributeValueId" not in row for row in rows)
    assert any(row["attributes"] == [] for row in rows)
    assert any(row["activityTypeId"] > 100_000 for row in rows)


def test_number_of_leads_can_be_chosen(start):
    simulator = start("small", "--leads", "500")
    assert len(simulator.control("GET", LEADS)["leads"]) == 500 - 3


def test_number_of_events_can_be_chosen_at_the_start_and_at_a_reset(start):
    simulator = start("small", "--events-per-lead", "0")
    without = simulator.control("GET", "/activities")["activities"]
    assert {row["activityTypeId"] for row in without} == {12, 13, 24, 32, 37}
    simulator.control("POST", "/reset", {"events_per_lead": 3})
    more = simulator.control("GET", "/activities")["activities"]
    assert len({row["activityTypeId"] for row in more}) > 12


def test_demo_has_more_leads_in_one_second_than_a_page_holds(start):
    leads = start("demo").control("GET", LEADS)["leads"]
    assert max(Counter(lead["createdAt"] for lead in leads).values()) > 300
    assert len(leads) > 2_000


def test_profile_with_a_crm_differs_in_what_subscriptions_differ_in(start):
    crm = start("crm", "--clock", "stopped")
    assert crm.code("/rest/v1/opportunities/roles/describe.json") == "1018"
    assert len(crm.control("GET", LEADS)["leads"]) > 30
    before = len(crm.control("GET", "/activities")["activities"])
    crm.create(*[{}] * 100)
    assert len(crm.control("GET", "/activities")["activities"]) == before + 80
