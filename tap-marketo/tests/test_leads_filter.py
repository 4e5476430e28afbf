"""`leads_filter`: only the members of a list or of a program."""

from __future__ import annotations

import pytest

DAY = 86_400


def members(tap, kind):
    """A list or program with two leads, as the setting names it."""
    leads = [lead["id"] for lead in tap.simulator.get("/leads")["leads"]][:2]
    if kind == "program":
        tap.simulator.post("/programs/7777", name="Webinar", add=leads)
        return leads, {"program": 7777}
    made = tap.simulator.post("/lists", name="Chosen", kind=kind.partition("_")[0])
    tap.simulator.post(f"/lists/{made['id']}", add=leads)
    return leads, {kind: made["id"]}


@pytest.mark.parametrize("kind", ["static_list", "smart_list", "program"])
def test_leads_hold_only_the_members(tap, kind):
    tap.simulator.post("/settings", smart_list_filter=True)
    leads, chosen = members(tap, kind)
    run = tap("leads", leads_filter=chosen)
    assert run.status == 0, run.last_line
    assert sorted(row["id"] for row in run.records("leads")) == sorted(leads)


def test_lists_are_found_by_name_and_members_who_come_later_too(tap):
    leads, chosen = members(tap, "static_list")
    state = tap("leads", leads_filter={"static_list": "Chosen"}).state
    third = tap.simulator.get("/leads")["leads"][2]["id"]
    tap.simulator.post("/clock", advance_seconds=DAY)
    tap.simulator.post(f"/lists/{chosen['static_list']}", add=[third])
    run = tap("leads", leads_filter={"static_list": "Chosen"}, state=state, tombstones=True)
    assert sorted(row["id"] for row in run.records("leads")) == sorted([*leads, third])


def test_leads_are_all_read_once_the_filter_is_gone(tap):
    _, chosen = members(tap, "static_list")
    state = tap("leads", leads_filter=chosen).state
    run = tap("leads", state=state)
    truth = {lead["id"] for lead in tap.simulator.get("/leads")["leads"]}
    assert {row["id"] for row in run.records("leads")} == truth


def test_smart_list_that_the_subscription_cannot_export_is_named(tap):
    _, chosen = members(tap, "smart_list")
    run = tap("leads", leads_filter=chosen)
    assert run.status == 1
    assert "`leads_filter.smart_list` cannot be exported" in run.last_line
    assert "1035" in run.last_line


def test_list_that_is_not_there_is_named(tap):
    run = tap("leads", leads_filter={"static_list": "No such list"})
    assert run.status == 1
    assert "`leads_filter.static_list` is not there" in run.last_line
    assert "No such list" not in run.last_line


@pytest.mark.parametrize("wrong", [{}, {"list": 1}, {"static_list": 1, "program": 2}])
def test_filter_names_exactly_one(tap, wrong):
    run = tap("leads", leads_filter=wrong)
    assert run.status == 1
    assert "`leads_filter`" in run.last_line
    assert tap.calls("/describe.json") == []
