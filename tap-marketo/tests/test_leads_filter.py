"""`leads_filter`: only the members of a list or of a program."""

from __future__ import annotations

import pytest

from tests.rewriting_proxy import proxy_before
from tests.tap_runs import rows

HOUR = 3_600
DAY = 86_400


def members(tap, kind, *, name="Chosen"):
    """A list or program with two leads, as the setting names it."""
    leads = [lead["id"] for lead in tap.simulator.get("/leads")["leads"]][:2]
    if kind == "program":
        tap.simulator.post("/programs/7777", name="Webinar", add=leads)
        return leads, {"program": 7777}
    made = tap.simulator.post("/lists", name=name, kind=kind.partition("_")[0])
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


def test_list_whose_name_has_a_comma_is_found(tap):
    leads, _ = members(tap, "static_list", name="Lions, tamed")
    run = tap("leads", leads_filter={"static_list": "Lions, tamed"})
    assert run.status == 0, run.last_line
    assert sorted(row["id"] for row in run.records("leads")) == sorted(leads)


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


MISSING = [
    {"static_list": "Old"}, {"static_list": 88888}, {"smart_list": 77777}, {"program": 99999},
]  # fmt: skip


@pytest.mark.parametrize("chosen", MISSING)
def test_list_that_is_not_there_is_met_before_anything_is_read(tap, chosen):
    tap.simulator.post("/settings", smart_list_filter=True)
    run = tap("leads", "activities", "lead_changes", leads_filter=chosen)
    assert run.status == 1
    [kind] = chosen
    assert f"`leads_filter.{kind}` is not there, or not for this API user (" in run.last_line
    assert [m["type"] for m in run.messages] in ([], ["STATE"])
    assert tap.calls("/pagingtoken.json") == []
    log = tap.simulator.get("/calls")["calls"]
    assert len([call for call in log if "list" in call["path"] or "export" in call["path"]]) < 2
    assert "again" not in run.stderr


def test_filter_that_the_subscription_lacks_is_met_before_anything_is_read(tap):
    _, chosen = members(tap, "smart_list")
    run = tap("leads", "activities", leads_filter=chosen)
    assert "cannot be exported in this subscription (code 1035" in run.last_line
    assert tap.calls("/pagingtoken.json") == []


@pytest.mark.parametrize("kind", ["static_list", "smart_list"])
def test_list_is_checked_by_the_job_that_exports_it(tap, kind):
    tap.simulator.post("/settings", smart_list_filter=True)
    leads, chosen = members(tap, kind)
    run = tap("leads", leads_filter=chosen)
    assert sorted(row["id"] for row in run.records("leads")) == sorted(leads)
    assert len(tap.calls("/create.json")) == len(tap.calls("/enqueue.json")) == 1
    assert not [each for each in tap.simulator.get("/calls")["calls"] if "list" in each["path"]]


def test_list_that_is_not_found_is_not_asked_for_again(tap):
    _, chosen = members(tap, "static_list")
    tap.fault("code", code="1013", path="*/create.json")
    run = tap("leads", leads_filter=chosen)
    assert "`leads_filter.static_list` is not there" in run.last_line
    assert len(tap.calls("/create.json")) == 1


def test_page_that_shows_a_program_is_not_read_again(tap):
    leads, chosen = members(tap, "program")
    run = tap("leads", "activities", leads_filter=chosen)
    assert sorted(row["id"] for row in run.records("leads")) == sorted(leads)
    assert all(row["email"] for row in run.records("leads"))
    assert len(tap.calls("/programs/7777.json")) == 1


def test_page_of_a_program_that_was_read_hours_ago_is_read_again(tap):
    leads, chosen = members(tap, "program")
    with proxy_before(tap.simulator.endpoint) as proxy:
        proxy.changes["/pagingtoken.json"] = lambda *_: tap.simulator.post(
            "/clock", advance_seconds=2 * HOUR
        )
        names = ("leads", "activities")
        run = tap(*names, leads_filter=chosen, endpoint=proxy.endpoint, activity_types=[1])
    assert sorted(row["id"] for row in run.records("leads")) == sorted(leads)
    assert len(tap.calls("/programs/7777.json")) == 2


@pytest.mark.parametrize("kind", ["static_list", "program"])
def test_no_feed_is_read_for_members_alone(tap, kind):
    leads, chosen = members(tap, kind)
    state = tap("leads", leads_filter=chosen).state
    run = tap("leads", leads_filter=chosen, state=state)
    assert sorted(row["id"] for row in run.records("leads")) == sorted(leads)
    assert tap.calls("/pagingtoken.json") == tap.calls("/leadchanges.json") == []


def test_members_come_beside_the_feed_that_others_want(tap):
    leads, chosen = members(tap, "static_list")
    run = tap("leads", "new_leads", leads_filter=chosen)
    assert sorted(row["id"] for row in run.records("leads")) == sorted(leads)
    truth = {lead["id"] for lead in tap.simulator.get("/leads")["leads"]}
    assert {row["leadId"] for row in run.records("new_leads")} >= truth
    asked = {call["query"]["fields"] for call in tap.calls("/leadchanges.json")}
    assert asked == {"createdAt"}  # no field of leads is watched


ONE = 'name one `static_list`, `smart_list` or `program`, as in {"static_list": 1042}'
WRONG = [
    ({}, f"`leads_filter` is empty; {ONE}"),
    ("Customers", f"`leads_filter` is no object; {ONE}"),
    ([1042], f"`leads_filter` is no object; {ONE}"),
    ({"static_list": 1, "program": 2}, f"`leads_filter` names more than one; {ONE}"),
    ({"staticlist": 1}, "`leads_filter` has no `staticlist`; did you mean `static_list`?"),
    ({"list": 1}, "`leads_filter` has no `list`; remove it, or see `tap-marketo --about`"),
    ({"program": "Webinar"}, "`leads_filter.program` is no id; give the program's number"),
    ({"static_list": " "}, "`leads_filter.static_list` is neither an id nor a name; "),
    ({"smart_list": None}, "`leads_filter.smart_list` is neither an id nor a name; "),
    ({"smart_list": 0}, "`leads_filter.smart_list` is neither an id nor a name; "),
]


@pytest.mark.parametrize(("wrong", "told"), WRONG)
def test_filter_that_cannot_be_read_is_told_before_any_call(tap, wrong, told):
    run = tap("leads", leads_filter=wrong)
    assert (run.status, run.messages) == (1, [])
    assert told in run.last_line
    assert tap.simulator.get("/calls")["calls"] == []


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
