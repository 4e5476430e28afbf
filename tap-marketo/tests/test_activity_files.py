"""Activities by bulk extract: the same rows as by REST, resumed, repaired, and read again."""

from __future__ import annotations

import pytest

from tests.tap_runs import rows

HOUR = 3_600
DAY = 24 * HOUR
RECENT = "2026-10-25"  # one window
STREAMS = ("activities", "activity_visit_webpage", "merged_leads")


def stored(*runs):
    return rows(*(run.messages for run in runs))


@pytest.mark.parametrize("method", ["bulk", "auto"])
def test_bulk_files_bring_what_rest_brings(tap, method):
    by_rest = tap(*STREAMS, activities_method="rest")
    tap.simulator.delete("/calls")
    by_file = tap(*STREAMS, activities_method=method)
    assert by_file.status == 0
    assert len(stored(by_file)["activities"]) > 100
    assert stored(by_file) == stored(by_rest)
    assert tap.calls("/create.json")
    moments = [call["query"]["sinceDatetime"] for call in tap.calls("/pagingtoken.json")]
    assert (max(moments) > "2026-11-24") == (method == "auto")  # others: when the first ones came


def test_one_job_per_window_serves_all_types(tap):
    tap("activities", start_date=RECENT, activities_method="bulk")
    jobs = tap.calls("/activities/export/create.json")
    assert len(jobs) == 1
    assert not tap.calls("/activities.json")


def test_auto_reads_short_spans_by_rest(tap):
    first = tap("activities", start_date=RECENT, activities_method="auto")
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.delete("/calls")
    second = tap("activities", state=first.state, activities_method="auto")
    assert second.status == 0
    assert not tap.calls("/create.json")
    assert tap.calls("/activities.json")


def test_nothing_is_lost_between_the_files_and_rest(tap):
    """A row that is written while the jobs run is in no file: REST brings it."""
    tap.simulator.post("/settings", export_polls=2)
    first = tap("activities", start_date=RECENT, activities_method="auto")
    lead = first.records("activities")[0]["leadId"]
    tap.simulator.post("/activities", input=[{"leadId": lead, "activityTypeId": 1}])
    second = tap("activities", state=first.state, activities_method="auto")
    truth = tap.simulator.get("/activities")["activities"]
    recent = {row["marketoGUID"] for row in truth if row["activityDate"] >= RECENT}
    found = {key for (key,) in stored(first, second)["activities"]}
    assert found == {guid for guid in recent if guid not in deletions(truth)}


def deletions(truth):
    return {row["marketoGUID"] for row in truth if row["activityTypeId"] == 37}


def test_a_job_that_is_paid_is_found_again(tap):
    tap.simulator.post("/clock", running=False)
    whole = tap(*STREAMS, start_date=RECENT, activities_method="bulk")
    tap.simulator.delete("/calls")
    tap.fault("code", code="610", path="*/file.json", call=1)
    stopped = tap(*STREAMS, start_date=RECENT, activities_method="bulk")
    assert stopped.status == 1
    rest = tap(*STREAMS, start_date=RECENT, activities_method="bulk", state=stopped.state)
    assert rest.status == 0
    assert stored(stopped, rest) == stored(whole)
    assert len(tap.calls("/enqueue.json")) == 1


@pytest.mark.parametrize("kind", ["failed_job", "corrupt_file", "short_file", "missing_file"])
def test_a_bad_file_is_made_again(tap, kind):
    whole = tap("activities", start_date=RECENT, activities_method="bulk")
    tap.fault(kind, times=2)
    run = tap("activities", start_date=RECENT, activities_method="bulk")
    assert run.status == 0
    assert stored(run) == stored(whole)


@pytest.mark.parametrize("days", [1, 14])
def test_a_row_that_marketo_writes_late_comes_with_the_recheck(tap, days):
    first = tap("activities", start_date=RECENT, activities_method="auto")
    lead = first.records("activities")[0]["leadId"]
    late = {"leadId": lead, "activityTypeId": 1, "activityDate": "2026-11-24T02:00:00Z"}
    [guid] = tap.simulator.post("/activities", input=[late])["ids"]
    tap.simulator.post("/clock", advance_seconds=HOUR)
    second = tap("activities", state=first.state)
    assert (guid,) not in stored(second)["activities"]
    tap.simulator.post("/clock", advance_seconds=(24 * days - 1) * HOUR)
    without = tap("activities", state=second.state, recheck_every_hours=0)
    assert (guid,) not in stored(without)["activities"]
    third = tap("activities", state=second.state)
    assert (guid,) in stored(third)["activities"]


def test_what_marketo_has_forgotten_is_not_asked_for(tap):
    tap("activities", start_date="2015-01-01", activity_types=[1], activities_method="bulk")
    jobs = tap.calls("/activities/export/create.json")
    assert len(jobs) == 3  # 90 days


def test_types_that_are_chosen_later_begin_where_they_have_to(tap):
    """What is left in the middle is further back than they are kept, and of no use for them."""
    tap.fault("code", code="610", path="*/file.json", call=1)
    stopped = tap("activities", start_date="2026-01-01", activities_method="bulk")
    assert stopped.status == 1
    chosen = {"activity_types": ["Visit Webpage"], "activities_method": "bulk"}
    tap.simulator.delete("/calls")
    rest = tap("activities", state=stopped.state, **chosen)
    assert rest.status == 0, rest.last_line
    assert len(tap.calls("/create.json")) == 4  # windows of 90 days, and what came since it stopped
    assert stored(stopped, rest) == stored(tap("activities", **chosen))
