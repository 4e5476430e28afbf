"""`leads_filter`: only the members of a list or of a program."""

from __future__ import annotations

import pytest

from tests.rewriting_proxy import proxy_before
from tests.tap_runs import rows

HOUR = 3_600
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


def test_who_leaves_or_is_deleted_is_not_marked(tap):
    (stays, leaves), chosen = members(tap, "static_list")
    settings = {"leads_filter": chosen, "tombstones": True}
    state = tap("leads", **settings).state
    tap.simulator.post("/clock", advance_seconds=DAY)
    tap.simulator.post(f"/lists/{chosen['static_list']}", remove=[leaves])
    tap.simulator.delete(f"/leads/{leaves}")
    run = tap("leads", state=state, **settings)
    assert [row["id"] for row in run.records("leads")] == [stays]
    assert not any(row.get("_sdc_deleted_at") for row in run.records("leads"))


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


def stopped_before_the_file(tap, chosen):
    """A run whose job is paid, and whose file did not come."""
    tap.fault("code", code="610", path="*/file.json", call=1)
    run = tap("leads", leads_filter=chosen)
    assert run.status == 1
    return run


def test_job_that_is_paid_is_found_again(tap):
    tap.simulator.post("/settings", smart_list_filter=True)
    _, chosen = members(tap, "smart_list")
    tap.simulator.post("/clock", running=False)
    whole = tap("leads", leads_filter=chosen)
    tap.simulator.delete("/calls")
    stopped = stopped_before_the_file(tap, chosen)
    rest = tap("leads", leads_filter=chosen, state=stopped.state)
    assert rest.status == 0, rest.last_line
    assert rows(stopped.messages, rest.messages) == rows(whole.messages)
    assert len(tap.calls("/enqueue.json")) == 1
    assert rest.state["bookmarks"].get("leads", {}) == {}


def test_job_that_a_stopped_run_left_hours_ago_is_not_taken_up(tap):
    leads, chosen = members(tap, "static_list")
    stopped = stopped_before_the_file(tap, chosen)
    tap.simulator.post("/clock", advance_seconds=2 * HOUR)
    third = tap.simulator.get("/leads")["leads"][2]["id"]
    tap.simulator.post(f"/lists/{chosen['static_list']}", add=[third])
    rest = tap("leads", leads_filter=chosen, state=stopped.state)
    assert sorted(row["id"] for row in rest.records("leads")) == sorted([*leads, third])


def test_job_of_another_list_is_not_taken_up(tap):
    _, chosen = members(tap, "static_list")
    stopped = stopped_before_the_file(tap, chosen)
    other = tap.simulator.post("/lists", name="Other", kind="static")
    rest = tap("leads", leads_filter={"static_list": other["id"]}, state=stopped.state)
    assert (rest.status, rest.records("leads")) == (0, [])


def test_field_that_is_hidden_before_the_export_is_left_out(tap):
    leads, chosen = members(tap, "static_list")
    with proxy_before(tap.simulator.endpoint) as proxy:
        proxy.changes["/describe2.json"] = lambda *_: tap.simulator.post(
            "/fields/title", hidden=True
        )
        run = tap("leads", leads_filter=chosen, endpoint=proxy.endpoint)
    assert run.status == 0, run.last_line
    assert sorted(row["id"] for row in run.records("leads")) == sorted(leads)
    assert not any("title" in row for row in run.records("leads"))
