"""First runs that take days: what Marketo forgets meanwhile is read before it is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.drift import records, schemas
from tests.rewriting_proxy import each_row
from tests.tap_runs import rows

if TYPE_CHECKING:
    from tests.faults.drift import Reader
    from tests.tap_runs import TapRun

DAY = 24 * 3_600
FEEDS = ("deleted_leads", "lead_changes", "new_leads")
FROM_THE_START: dict[str, Any] = {"start_date": None}  # three windows
LONG_AGO = {"start_date": "2026-01-01", "activities_method": "bulk"}  # eleven windows
SHORT_LIVED = {1, 3, 6, 7, 13, 19, 22, 24, 28, 36, 47}
SPENT = {"code": "1029", "message": "Export daily quota 500MB exceeded."}
BROKEN = {"code": "610"}
MARK = {"id", "_sdc_deleted_at"}


def refuse_behind(read: Reader, path: str, call: int, fault: dict[str, Any]) -> None:
    """Something goes wrong from then on that Marketo was asked for that path so many times."""
    left = iter(range(1, call))

    def before_the_answer(_document: dict[str, Any], _query: dict[str, str]) -> None:
        if next(left, None) is None:
            read.tap.simulator.post("/faults", **fault)

    read.proxy.changes[path] = before_the_answer


def stopped(
    read: Reader, *streams: str, job: int, why: dict[str, Any] = SPENT, **settings: Any
) -> TapRun:
    """A run that Marketo refuses its nth job: usually as the day's export bytes are used up."""
    fault = {"kind": "code", "path": "*/enqueue.json", **why}
    refuse_behind(read, "/create.json", job, fault)
    run = read(*streams, **settings)
    assert run.status == 1, run.last_line
    read.proxy.changes.pop("/create.json")
    read.tap.strike()
    return run


def an_old_marketo(read: Reader) -> None:
    """Marketo was opened, and had its first activities, long before its first lead came."""
    older = each_row(lambda row: row.update(createdAt="2020-01-01T00:00:00Z+0000"))
    read.proxy.changes["/folders.json"] = older
    forms = {"leadId": 1, "activityTypeId": 2, "primaryAttributeValue": "Contact us"}
    dates = ("2026-01-01T09:00:00Z", "2026-07-01T09:00:00Z")
    read.tap.simulator.post("/activities", input=[{**forms, "activityDate": at} for at in dates])


def days_later(read: Reader, days: int) -> None:
    read.tap.simulator.post("/clock", advance_seconds=days * DAY)


def finished(read: Reader, *streams: str, **settings: Any) -> TapRun:
    run = read(*streams, **settings)
    assert run.status == 0, run.last_line
    return run


def marked(*runs: TapRun) -> set[int]:
    """The leads that are marked."""
    found = [record for run in runs for record in records(run, "leads")]
    return {record["id"] for record in found if record.keys() == MARK}


def windows(read: Reader) -> list[str]:
    """From when on each job was to export, as far as it was made since the last strike."""
    calls = read.tap.simulator.get("/calls")["calls"]
    made = [call["body"]["filter"] for call in calls if call["path"].endswith("/create.json")]
    return [where["createdAt"]["startAt"] for where in made]


@pytest.mark.parametrize("bulk", ["leads", "activities", "lead_ids"])
def test_feeds_are_read_before_a_run_stops_for_the_day(read: Reader, bulk: str) -> None:
    settings = {**FROM_THE_START, "activities_method": "auto"}
    whole = rows(finished(read, *FEEDS, **settings).messages)
    first = stopped(read, bulk, *FEEDS, job=2, **settings)
    assert "daily export quota used up" in first.last_line
    days_later(read, 40)
    rest = finished(read, bulk, *FEEDS, state=first.state, **settings)
    held = rows(first.messages, rest.messages)
    for feed in FEEDS:
        assert whole[feed]
        assert whole[feed].items() <= held[feed].items()


def test_feeds_come_before_the_next_file_where_a_stopped_run_goes_on(read: Reader) -> None:
    whole = rows(finished(read, *FEEDS, **FROM_THE_START).messages)
    first = stopped(read, "leads", *FEEDS, job=2, why=BROKEN, **FROM_THE_START)
    assert records(first, "lead_changes") == []
    days_later(read, 3)
    second = stopped(read, "leads", *FEEDS, job=1, why=BROKEN, state=first.state, **FROM_THE_START)
    held = rows(second.messages)
    for feed in FEEDS:
        assert whole[feed].items() <= held[feed].items()


def test_feed_that_was_read_ahead_is_gone_on_with_from_there(read: Reader) -> None:
    settings = {**FROM_THE_START, "recheck_every_hours": 0}
    first = stopped(read, "leads", *FEEDS, job=2, **settings)
    days_later(read, 1)
    rest = finished(read, "leads", *FEEDS, state=first.state, **settings)
    assert first.state
    assert rest.state
    calls = read.tap.simulator.get("/calls")["calls"]
    tokens = [call["query"] for call in calls if call["path"].endswith("/pagingtoken.json")]
    assert min(query["sinceDatetime"][0] for query in tokens) >= "2026-11-24"
    for feed in FEEDS:
        assert first.state["bookmarks"][feed]["replication_key_value"][:10] == "2026-11-24"
        assert rest.state["bookmarks"][feed]["replication_key_value"][:10] == "2026-11-25"
        assert len(schemas(rest, feed)) == 1


def test_recheck_comes_once_where_feeds_are_read_ahead(read: Reader) -> None:
    feeds = finished(read, *FEEDS)
    first = stopped(read, "leads", *FEEDS, job=2, why=BROKEN, state=feeds.state, **FROM_THE_START)
    days_later(read, 1)
    finished(read, "leads", *FEEDS, state=first.state, **FROM_THE_START)
    calls = read.tap.simulator.get("/calls")["calls"]
    tokens = [call["query"] for call in calls if call["path"].endswith("/pagingtoken.json")]
    since = [query["sinceDatetime"][0] for query in tokens]
    assert len([moment for moment in since if moment < "2026-11-24"]) == 2  # changes, deletions


@pytest.mark.parametrize("streams", [("leads",), ("leads", "deleted_leads")])
def test_lead_that_is_deleted_while_others_are_still_read_is_marked(
    read: Reader, streams: tuple[str, ...]
) -> None:
    settings = {**FROM_THE_START, "tombstones": True}
    first = stopped(read, *streams, job=2, **settings)
    gone = records(first, "leads")[0]["id"]
    days_later(read, 1)
    read.tap.simulator.delete(f"/leads/{gone}")
    days_later(read, 1)
    second = stopped(read, *streams, job=1, state=first.state, **settings)
    days_later(read, 15)
    rest = finished(read, *streams, state=second.state, **settings)
    assert marked(first, second) == set()
    assert marked(rest) == {gone}
    assert rest.state
    assert "gone" not in rest.state["bookmarks"]["leads"]


def test_types_that_are_forgotten_first_are_exported_first(read: Reader) -> None:
    an_old_marketo(read)
    whole = rows(finished(read, "activities", **LONG_AGO).messages)["activities"]
    short = {guid: row for guid, row in whole.items() if row["activityTypeId"] in SHORT_LIVED}
    first = stopped(read, "activities", job=6, **LONG_AGO)
    days_later(read, 70)
    rest = finished(read, "activities", state=first.state, **LONG_AGO)
    held = rows(first.messages, rest.messages)["activities"]
    assert short
    assert short.items() <= held.items()
    assert held.keys() == whole.keys()


def test_types_come_together_where_none_reaches_far_back(read: Reader) -> None:
    settings = {"start_date": "2026-07-01", "activities_method": "bulk"}
    an_old_marketo(read)
    read.tap.strike()
    finished(read, "activities", **settings)
    assert len(windows(read)) == 5  # 146 days


def test_export_that_was_begun_is_gone_on_with_first(read: Reader) -> None:
    an_old_marketo(read)
    first = stopped(read, "activities", job=8, **LONG_AGO)
    days_later(read, 10)
    finished(read, "activities", state=first.state, **LONG_AGO)
    made = windows(read)
    assert made[0] == "2026-06-04T23:59:55Z"  # the job itself is known from the stopped run
    assert made == sorted(made)


@pytest.mark.parametrize(
    ("stream", "path", "days"),
    [("deleted_leads", "/deletedleads.json", 20), ("lead_changes", "/leadchanges.json", 100)],
)
def test_log_says_what_was_forgotten_in_the_middle_of_a_feed(
    read: Reader, stream: str, path: str, days: int
) -> None:
    read.tap.simulator.post("/settings", page_size=1)
    refuse_behind(read, path, 1, {"kind": "code", "path": f"*{path}", **BROKEN})
    first = read(stream, **FROM_THE_START)
    assert first.status == 1
    read.proxy.changes.clear()
    read.tap.strike()
    days_later(read, days)
    rest = finished(read, stream, state=first.state, **FROM_THE_START)
    assert f"{stream}: Marketo has forgotten some rows from " in rest.stderr
    assert f"hole in {stream}: from " in rest.stderr


def test_log_says_which_activities_were_forgotten(read: Reader) -> None:
    settings = {**LONG_AGO, "activity_types": [1]}
    first = stopped(read, "activities", job=2, **settings)
    days_later(read, 40)
    rest = finished(read, "activities", state=first.state, **settings)
    assert "activities: Marketo has forgotten some rows from 2026-09-" in rest.stderr
    assert "hole in activities: from 2026-09-" in rest.stderr


def test_read_of_leads_that_stood_still_for_too_long_is_begun_again(read: Reader) -> None:
    first = stopped(read, "leads", job=3, **FROM_THE_START)
    changed = records(first, "leads")[0]["id"]
    days_later(read, 1)
    read.tap.simulator.post(f"/leads/{changed}", firstName="Renamed")
    days_later(read, 100)
    rest = finished(read, "leads", state=first.state, **FROM_THE_START)
    assert "beginning it again" in rest.stderr
    names = {row["id"]: row["firstName"] for row in records(rest, "leads")}
    assert names[changed] == "Renamed"


def test_deletions_that_nobody_asked_for_in_time_are_a_hole(read: Reader) -> None:
    settings = {**FROM_THE_START, "tombstones": True}
    first = stopped(read, "leads", job=2, why=BROKEN, **settings)
    days_later(read, 20)
    rest = finished(read, "leads", state=first.state, **settings)
    assert "select `lead_ids`" in rest.stderr


def test_feeds_are_read_before_a_run_stops_at_its_own_budget(read: Reader) -> None:
    finished(read, "leads", **FROM_THE_START)
    large = each_row(lambda row: row.update(fileSize=440_000_000))
    read.proxy.changes["/leads/export.json"] = large
    run = read("leads", *FEEDS, max_daily_export_mb=450, **FROM_THE_START)
    assert "`max_daily_export_mb`: " in run.last_line
    assert all(records(run, feed) for feed in FEEDS)


def test_why_a_run_stops_is_told_where_feeds_cannot_be_read_ahead(read: Reader) -> None:
    refused = {"kind": "code", "path": "*/deletedleads.json", **BROKEN}
    read.proxy.changes["/enqueue.json"] = lambda *_: read.tap.simulator.post("/faults", **refused)
    run = stopped(read, "leads", *FEEDS, job=1, **FROM_THE_START)
    assert "daily export quota used up" in run.last_line
    assert "feeds that Marketo forgets soon are not read ahead: " in run.stderr


def test_why_a_run_stops_is_told_where_feeds_cannot_be_understood(read: Reader) -> None:
    read.proxy.changes["/leadchanges.json"] = each_row(lambda row: row.update(fields=5))
    run = stopped(read, "leads", *FEEDS, job=1, **FROM_THE_START)
    assert "daily export quota used up" in run.last_line
    assert "are not read ahead: lead_changes, " in run.stderr
    assert "an answer of /rest/v1/activities/leadchanges.json cannot be read (Type" in run.stderr
