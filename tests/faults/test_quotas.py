"""A day's calls and export bytes: told apart, kept, and gone on with the next day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.tap_runs import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.drift import Reader
    from tests.tap_runs import TapRun

CORE = ("leads", "activities", "lead_changes", "deleted_leads")
QUOTA = "Export daily quota 500MB exceeded."
DAYS = {  # a moment, and when its day is over in US Central time
    "2026-11-24T10:00:00Z": "2026-11-25T06:00:00Z",
    "2026-07-01T04:59:00Z": "2026-07-01T05:00:00Z",
    "2026-03-08T12:00:00Z": "2026-03-09T05:00:00Z",  # clocks go forward: 23 hours
    "2026-11-01T12:00:00Z": "2026-11-02T06:00:00Z",  # clocks go back: 25 hours
}


def spend(read: Reader, **use: int) -> None:
    """Another application uses up that much of today."""
    read.tap.simulator.post("/usage", userId="other@example.com", **use)


def exports_grow(read: Reader, size: int = 440_000_000) -> None:
    """There is an export of today, by this API user, of that many bytes."""
    bulk(read)

    def grown(document: dict[str, Any], _query: dict[str, str]) -> None:
        for row in document["result"]:
            row["fileSize"] = size

    read.proxy.changes["/leads/export.json"] = grown


@dataclass(frozen=True)
class Spent:
    """How a day's allowance is used up, in which settings, and what the run says of it."""

    use_up: Callable[[Reader], None]
    settings: dict[str, Any]
    told: tuple[str, ...]
    seen_at: str
    """The call at which a run sees it."""


SPENT = {
    "607": Spent(
        lambda read: spend(read, calls=50_000), {"max_daily_calls": 60_000},
        ("607, daily quota of calls used up", "run again after midnight US Central time"),
        "/stats/usage.json",
    ),
    "1029": Spent(
        lambda read: spend(read, exportBytes=500_000_000), {},
        ("1029, daily export quota used up", "run again after midnight US Central time"),
        "/enqueue.json",
    ),
    "own calls": Spent(
        lambda read: spend(read, calls=60), {"max_daily_calls": 60},
        ("`max_daily_calls`: 61 of 60 calls are used today", "other applications", "run again"),
        "/usage.json",
    ),
    "own bytes": Spent(
        exports_grow, {"max_daily_export_mb": 450},
        ("`max_daily_export_mb`: ", " of 450 MB are exported today", "run again after"),
        "/activities/export.json",
    ),
}  # fmt: skip


def begin(read: Reader, now: str = "2026-11-24T10:00:00Z") -> None:
    read.tap.simulator.post("/reset", profile="small", now=now, clock="stopped")
    read.tap.simulator.post("/settings", calls_per_20s=100_000)


def bulk(read: Reader, **settings: Any) -> TapRun:
    """A first run that exports leads and activities of a month."""
    now = datetime.fromisoformat(read.tap.simulator.get("/clock")["now"])
    start = f"{now - timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"
    return read(*CORE, activities_method="bulk", start_date=start, **settings)


@pytest.mark.parametrize("kind", SPENT)
def test_spent_day_stops_the_run_and_the_next_day_completes_it(read: Reader, kind: str) -> None:
    spent = SPENT[kind]
    begin(read)
    start = "2026-10-25T00:00:00Z"
    whole = read(*CORE, activities_method="bulk", start_date=start)
    begin(read)
    spent.use_up(read)
    stopped = read(*CORE, activities_method="bulk", start_date=start, **spent.settings)
    assert stopped.status == 1
    assert all(words in stopped.last_line for words in spent.told), stopped.last_line
    assert "summary: " in stopped.stderr
    assert stopped.stderr.index("summary: ") < stopped.stderr.rindex(spent.told[0])
    assert "Traceback" not in stopped.stderr
    read.proxy.changes.clear()
    read.tap.simulator.post("/clock", advance_seconds=86_400)
    rest = read(
        *CORE, activities_method="bulk", start_date=start, state=stopped.state, **spent.settings
    )
    assert rest.status == 0, rest.last_line
    held, expected = rows(stopped.messages, rest.messages), rows(whole.messages)
    for stream in CORE:
        assert held[stream] == expected[stream]


def test_own_budget_stops_a_run_in_the_middle_and_the_next_day_completes_it(read: Reader) -> None:
    whole = read(*CORE)
    begin(read)
    stopped = read(*CORE, max_daily_calls=20)
    assert stopped.status == 1
    assert "`max_daily_calls`: " in stopped.last_line
    assert "calls today, of all applications: 20 of 20" in stopped.stderr
    assert any(rows(stopped.messages).values())
    read.tap.simulator.post("/clock", advance_seconds=86_400)
    rest = read(*CORE, state=stopped.state)
    assert rest.status == 0, rest.last_line
    held = rows(stopped.messages, rest.messages)
    assert all(held[stream] == rows(whole.messages)[stream] for stream in CORE)


@pytest.mark.parametrize("now", DAYS)
@pytest.mark.parametrize("kind", ["own calls", "own bytes"])
def test_message_says_when_the_day_is_over(read: Reader, kind: str, now: str) -> None:
    begin(read, now)
    SPENT[kind].use_up(read)
    stopped = bulk(read, **SPENT[kind].settings)
    over = datetime.fromisoformat(DAYS[now])
    assert f"run again after {over:%Y-%m-%d %H:%M} UTC, midnight US Central" in stopped.last_line


@pytest.mark.parametrize("now", DAYS)
@pytest.mark.parametrize("kind", SPENT)
def test_who_waits_goes_on_when_the_day_is_over(read: Reader, kind: str, now: str) -> None:
    spent = SPENT[kind]
    begin(read, now)
    spent.use_up(read)
    over = datetime.fromisoformat(DAYS[now])
    seconds = (over - datetime.fromisoformat(now)).total_seconds()

    def the_day_turns() -> None:
        read.tap.simulator.post("/clock", advance_seconds=seconds)

    read.once(spent.seen_at, the_day_turns)
    run = bulk(read, on_quota="wait", **spent.settings)
    assert run.status == 0, run.last_line
    assert spent.told[0] in run.stderr
    assert f"waiting until {over:%Y-%m-%d %H:%M} UTC" in run.stderr
    assert waited(run) >= timedelta(seconds=seconds)
    assert waited(run) < timedelta(seconds=seconds, minutes=15)
    assert all(rows(run.messages)[stream] for stream in ("leads", "activities"))


def waited(run: TapRun) -> timedelta:
    """The waits in the summary."""
    found = re.search(r"waits: \d+ \((\d+) s\)", run.stderr)
    assert found
    return timedelta(seconds=int(found[1]))


def test_day_that_marketo_begins_late_is_tried_every_quarter_of_an_hour(read: Reader) -> None:
    begin(read, "2026-11-25T06:10:00Z")
    refusal = {"kind": "code", "code": "607", "message": "Daily quota reached"}
    read.tap.strike({**refusal, "path": "*/types.json", "times": 3})
    run = read("activities", on_quota="wait")
    assert run.status == 0, run.last_line
    assert waited(run) == timedelta(minutes=45)


# The meanings of 1029

TOLD_APART = {
    "Too many jobs in queue": (0, 1),
    "Job already queued": (1, 0),
    QUOTA: (1, 0),
}


@pytest.mark.parametrize("text", TOLD_APART)
def test_meanings_of_1029_are_told_apart(read: Reader, text: str) -> None:
    refusal = {"kind": "code", "code": "1029", "message": text, "path": "*/enqueue.json"}
    read.tap.strike(refusal)
    run = read("leads")
    status, waits = TOLD_APART[text]
    assert run.status == status, run.last_line
    assert f"waits: {waits} " in run.stderr


def test_job_whose_place_in_the_queue_was_not_told_is_made_once(read: Reader) -> None:
    read.tap.simulator.post("/settings", export_polls=2)
    read.tap.strike({"kind": "lost_answer", "path": "*/enqueue.json"})
    run = read("leads", endpoint=read.tap.simulator.endpoint)
    assert run.status == 0, run.last_line
    calls = [call["path"].rpartition("/")[2] for call in read.tap.simulator.get("/calls")["calls"]]
    assert calls.count("create.json") == 1
    assert calls.count("file.json") == 1
    codes = [call["code"] for call in read.tap.simulator.get("/calls")["calls"]]
    assert "1029" in codes  # Marketo says at the second attempt that it is queued already


# What others use


def test_calls_of_other_applications_stop_the_tap_before_it_spends_any(read: Reader) -> None:
    spend(read, calls=40_000)
    read.tap.strike()
    run = read("activities")
    assert run.status == 1
    assert "other applications" in run.last_line
    paths = [call["path"] for call in read.tap.simulator.get("/calls")["calls"]]
    assert [path.rpartition("/")[2] for path in paths] == ["token", "usage.json"]


def test_bytes_of_yesterday_do_not_count(read: Reader) -> None:
    exports_grow(read)
    read.tap.simulator.post("/clock", advance_seconds=86_400)
    run = bulk(read, max_daily_export_mb=450)
    assert run.status == 0, run.last_line


def test_summary_tells_what_is_used_of_the_day(read: Reader) -> None:
    run = read("leads")
    calls = len(read.tap.simulator.get("/calls")["calls"]) - 1  # the token's is free
    assert f"calls today, of all applications: {calls} of 40000" in run.stderr
    assert re.search(r"export bytes today: [\d.]+ of 450 MB", run.stderr)
