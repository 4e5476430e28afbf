"""A feed that is cut in the middle, and gone on with by others than those who began it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.faults.drift import HOUR
from tests.tap_runs import rows

if TYPE_CHECKING:
    from tests.faults.drift import Reader
    from tests.tap_runs import TapRun

DAY = 24 * HOUR
BOTH = ("leads", "lead_changes")
SETTINGS: dict[str, Any] = {"start_date": None, "recheck_every_hours": 0}
NO_MORE_CALLS = {"kind": "code", "path": "*/leadchanges.json", "code": "610"}
NO_MORE_FILES = {
    "kind": "code",
    "path": "*/enqueue.json",
    "code": "1029",
    "message": "Export daily quota 500MB exceeded.",
}
NAME = "Renamed"


def rename(read: Reader, count: int, *, every: int) -> list[int]:
    """So many leads get another name, one after the other; a page of the feed has one change."""
    simulator = read.tap.simulator
    simulator.post("/clock", advance_seconds=2 * HOUR)
    leads = sorted(lead["id"] for lead in simulator.get("/leads")["leads"])[:count]
    for lead in leads:
        simulator.post(f"/leads/{lead}", firstName=NAME)
        simulator.post("/clock", advance_seconds=every)
    simulator.post("/clock", advance_seconds=HOUR)
    simulator.post("/settings", page_size=1)
    return leads


def cut_behind(read: Reader, lead: int) -> None:
    """Marketo refuses the page of the feed that comes behind that lead's change."""

    def before_the_answer(document: dict[str, Any], _query: dict[str, str]) -> None:
        if any(row["leadId"] == lead for row in document.get("result") or ()):
            read.tap.simulator.post("/faults", **NO_MORE_CALLS)

    read.proxy.changes["/leadchanges.json"] = before_the_answer


def mended(read: Reader) -> None:
    read.proxy.changes.clear()
    read.tap.strike()
    read.tap.simulator.post("/clock", advance_seconds=600)


def names(*runs: TapRun, leads: list[int]) -> set[str]:
    held = rows(*(run.messages for run in runs))["leads"]
    return {held[lead,]["firstName"] for lead in leads}


def test_cut_read_ahead_passes_no_change_of_a_lead(read: Reader) -> None:
    streams = (*BOTH, "activities")
    settings = {**SETTINGS, "activities_method": "bulk"}
    whole = read(*streams, **settings)
    leads = rename(read, 6, every=60)
    cut_behind(read, leads[1])
    first = read(*streams, state=whole.state, **settings)
    assert "610" in first.last_line
    mended(read)
    cut_behind(read, leads[3])
    read.tap.simulator.post("/faults", **NO_MORE_FILES)
    second = read(*streams, state=first.state, **settings)
    assert "daily export quota used up" in second.last_line
    assert "not read ahead" in second.stderr
    mended(read)
    third = read(*streams, state=second.state, **settings)
    assert third.status == 0, third.last_line
    assert names(whole, first, second, third, leads=leads) == {NAME}


def test_stream_that_sits_out_a_run_misses_nothing_of_a_cut_feed(read: Reader) -> None:
    whole = read(*BOTH, **SETTINGS)
    leads = rename(read, 6, every=60)
    cut_behind(read, leads[1])
    first = read(*BOTH, state=whole.state, **SETTINGS)
    mended(read)
    cut_behind(read, leads[3])
    second = read("lead_changes", state=first.state, **SETTINGS)
    mended(read)
    third = read(*BOTH, state=second.state, **SETTINGS)
    assert [run.status for run in (first, second, third)] == [1, 1, 0]
    assert names(whole, first, second, third, leads=leads) == {NAME}


def test_what_a_stopped_run_has_brought_is_no_hole(read: Reader) -> None:
    whole = read("lead_changes", **SETTINGS)
    read.tap.simulator.post("/clock", advance_seconds=40 * DAY)
    leads = rename(read, 6, every=DAY)
    cut_behind(read, leads[4])
    first = read("lead_changes", state=whole.state, **SETTINGS)
    mended(read)
    read.tap.simulator.post("/clock", advance_seconds=50 * DAY)
    rest = read("lead_changes", state=first.state, **SETTINGS)
    assert rest.status == 0, rest.last_line
    held = rows(first.messages, rest.messages)["lead_changes"]
    assert set(leads) <= {row["leadId"] for row in held.values()}
    assert "has forgotten" not in rest.stderr


def test_hole_is_told_once_where_the_feed_is_read_ahead(read: Reader) -> None:
    whole = read(*BOTH, **SETTINGS)
    read.tap.simulator.post("/clock", advance_seconds=100 * DAY)
    read.tap.simulator.post("/faults", **NO_MORE_FILES)
    run = read(*BOTH, state=whole.state, **SETTINGS)
    assert "daily export quota used up" in run.last_line
    assert run.stderr.count("lead_changes: Marketo has forgotten") == 1
    assert run.stderr.count("hole in lead_changes") == 1
