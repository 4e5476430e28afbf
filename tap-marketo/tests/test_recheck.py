"""Rows that Marketo writes later than `lookback_seconds` come with the recheck, in every feed."""

from __future__ import annotations

from collections import Counter

import pytest

HOUR = 3_600
DAY = 24 * HOUR
RECENT = "2026-10-25"  # one window of history
FEEDS = ("lead_changes", "new_leads", "deleted_leads", "merged_leads")
OF_THEIR_OWN = ("lead_changes", "new_leads", "deleted_leads")  # merges go with the activities


@pytest.fixture
def late(tap):
    """The state of a run at 10:30, and by stream the lead whose row of 10:00 comes at 11:00."""
    emails = [{"email": f"{name}@example.com"} for name in ("winner", "loser", "deleted")]
    winner, loser, deleted = tap.simulator.post("/leads", input=emails)["ids"]
    state = tap(*FEEDS, start_date=RECENT).state
    tap.simulator.post("/settings", late_percent=100, late_seconds=HOUR)
    tap.simulator.post(f"/leads/{winner}", title="Countess")
    [new] = tap.simulator.post("/leads", input=[{"email": "new@example.com"}])["ids"]
    tap.simulator.post("/leads/merge", winner=winner, losers=[loser])
    tap.simulator.delete(f"/leads/{deleted}")
    tap.simulator.post("/settings", late_percent=0)
    tap.simulator.post("/clock", advance_seconds=HOUR // 2)
    return tap(*FEEDS, start_date=RECENT, state=state).state, (winner, new, deleted, loser)


def found(run, leads):
    """Whether each of these leads has a row in its stream."""
    keys = ("leadId", "leadId", "leadId", "losingLeadId")
    rows = zip(FEEDS, keys, leads, strict=True)
    return [lead in {row[key] for row in run.records(name)} for name, key, lead in rows]


def since(tap):
    """From when on each feed was read, in the order of the calls."""
    return [call["query"]["sinceDatetime"] for call in tap.calls("/pagingtoken.json")]


@pytest.mark.parametrize("days", [1, 5])
def test_late_rows_of_every_feed_come_with_the_recheck(tap, late, days):
    state, leads = late
    tap.simulator.post("/clock", advance_seconds=HOUR)
    hourly = tap(*FEEDS, start_date=RECENT, state=state)
    assert found(hourly, leads) == [False] * 4
    tap.simulator.post("/clock", advance_seconds=days * DAY)
    without = tap(*FEEDS, start_date=RECENT, state=hourly.state, recheck_every_hours=0)
    assert found(without, leads) == [False] * 4
    daily = tap(*FEEDS, start_date=RECENT, state=hourly.state)
    assert found(daily, leads) == [True] * 4
    assert leads[0] in {row["leadId"] for row in daily.records("new_leads")}  # and was out already
    bookmarks = daily.state["bookmarks"]
    today = f"2026-11-{24 + days}T11:3"
    assert all(bookmarks[name]["rechecked_at"].startswith(today) for name in OF_THEIR_OWN)
    tap.simulator.post("/clock", advance_seconds=HOUR)
    next_hour = tap(*FEEDS, start_date=RECENT, state=daily.state)
    assert [next_hour.records(name) for name in FEEDS] == [[]] * 4


def test_recheck_of_a_state_that_never_had_one_counts_from_its_bookmark(tap, late):
    state, leads = late
    for name in OF_THEIR_OWN:
        del state["bookmarks"][name]["rechecked_at"]
    tap.simulator.post("/clock", advance_seconds=HOUR)
    hourly = tap(*FEEDS, start_date=RECENT, state=state)
    assert all("rechecked_at" in hourly.state["bookmarks"][name] for name in OF_THEIR_OWN)
    assert found(hourly, leads) == [False] * 4
    tap.simulator.post("/clock", advance_seconds=DAY)
    assert found(tap(*FEEDS, start_date=RECENT, state=state), leads) == [True] * 4


def test_recheck_that_stops_is_gone_on_with(tap, late):
    state, leads = late
    tap.simulator.post("/clock", advance_seconds=DAY)
    tap.simulator.post("/settings", page_size=1)
    tap.simulator.delete("/calls")
    tap.fault("code", code="610", path="*/leadchanges.json", call=12)
    broken = tap(*FEEDS, start_date=RECENT, state=state)
    assert broken.status == 1
    bookmark = broken.state["bookmarks"]["lead_changes"]
    assert bookmark["rechecked_at"].startswith("2026-11-24")
    tap.simulator.delete("/calls")
    rest = tap(*FEEDS, start_date=RECENT, state=broken.state)
    assert rest.status == 0, rest.last_line
    [reading] = bookmark["reading"]
    assert tap.calls("/leadchanges.json")[0]["query"]["nextPageToken"] == reading["token"]
    both = zip(found(broken, leads), found(rest, leads), strict=True)
    assert [first or later for first, later in both] == [True] * 4
    assert rest.state["bookmarks"]["lead_changes"]["rechecked_at"].startswith("2026-11-25")


def test_rechecks_that_are_turned_on_again_do_not_read_the_time_in_between(tap, late):
    state, leads = late
    for _ in range(3):
        tap.simulator.post("/clock", advance_seconds=4 * DAY)
        state = tap(*FEEDS, start_date=RECENT, state=state, recheck_every_hours=0).state
    tap.simulator.post("/clock", advance_seconds=2 * HOUR)
    tap.simulator.delete("/calls")
    again = tap(*FEEDS, start_date=RECENT, state=state)
    assert again.status == 0, again.last_line
    assert {moment[:12] for moment in since(tap)} == {"2026-12-04T1"}  # 48 hours before the last
    assert found(again, leads) == [False] * 4


def test_recheck_does_not_go_before_the_start_date(tap):
    state = tap(*FEEDS, start_date="2026-11-24T09:00:00Z").state
    tap.simulator.post("/clock", advance_seconds=DAY)
    tap.simulator.delete("/calls")
    tap(*FEEDS, start_date="2026-11-24T09:00:00Z", state=state)
    assert set(since(tap)) == {"2026-11-24T09:00:00Z"}


def test_row_that_is_written_within_window_less_interval_comes_for_certain(tap):
    def run(*, hours, state):
        tap.simulator.post("/clock", advance_seconds=int(hours * HOUR))
        return tap("activity_open_email", start_date=RECENT, state=state)

    state = run(hours=0, state=None).state
    state = run(hours=24.25, state=state).state  # a recheck, just before the row is written
    opened = {"leadId": 1, "activityTypeId": 10, "activityDate": "2026-11-24T10:30:00Z"}
    tap.simulator.post("/activities", input=[opened])
    hourly = run(hours=1, state=state)
    daily = run(hours=23, state=hourly.state)
    dates = [row["activityDate"] for row in daily.records("activity_open_email")]
    assert hourly.records("activity_open_email") == []
    assert opened["activityDate"] in dates


def test_row_that_is_written_later_than_the_recheck_goes_back_does_not_come(tap, late):
    state, _ = late
    row = {"leadId": 1, "activityTypeId": 12, "activityDate": "2026-11-22T10:00:00Z"}
    tap.simulator.post("/activities", input=[row])
    tap.simulator.post("/clock", advance_seconds=DAY)
    came = [
        1 in {row["leadId"] for row in tap("new_leads", state=state, **window).records("new_leads")}
        for window in ({}, {"recheck_window_hours": 96})
    ]
    assert came == [False, True]


def test_recheck_of_few_rows_costs_no_call_more(tap, late):
    state, _ = late
    tap.simulator.post("/settings", empty_page_every=0, scan_rows=5000)
    made = []
    for advance in (HOUR, DAY):
        tap.simulator.post("/clock", advance_seconds=advance)
        tap.simulator.delete("/calls")
        assert tap(*FEEDS, start_date=RECENT, state=state).status == 0
        made.append(Counter(call["path"] for call in tap.calls("")))
    assert made[0] == made[1]


def test_leads_of_another_taps_state_are_rechecked_too(tap):
    """Its bookmark moves with each run, so that it is never a day old."""
    foreign = {"bookmarks": {"leads": {"updatedAt": "2026-11-24T09:00:00Z"}}}
    state = tap("leads", state=foreign, recheck_every_hours=2).state
    moments = []
    for _ in range(2):
        tap.simulator.post("/clock", advance_seconds=HOUR)
        tap.simulator.delete("/calls")
        state = tap("leads", state=state, recheck_every_hours=2).state
        moments.append(min(since(tap)))
    assert moments[0].startswith("2026-11-24T09:55")
    assert moments[1].startswith("2026-11-22T")
