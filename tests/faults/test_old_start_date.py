"""A `start_date` from before there were leads: nothing is exported of the time before."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.drift import records
from tests.rewriting_proxy import each_row
from tests.tap_runs import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.drift import Reader

    Change = Callable[[dict[str, Any], dict[str, str]], None]

LONG_AGO = "2007-01-01"
STREAMS = ("leads", "activities")
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "read-history-again.md"
DIVISION = re.compile(r"/ 31 = (\d+)")
NOW = datetime.fromisoformat("2026-11-24T10:00:00Z")


def calls(read: Reader, path: str) -> int:
    """How many there were since the last strike to addresses that end so."""
    made = read.tap.simulator.get("/calls")["calls"]
    return sum(call["path"].endswith(path) for call in made)


def pages(read: Reader) -> list[dict[str, Any]]:
    """The calls for pages of activities since the last strike."""
    made = read.tap.simulator.get("/calls")["calls"]
    return [call for call in made if call["path"].endswith("/activities.json")]


def custom_activity(read: Reader, moment: str) -> None:
    """One that is dated so, of a lead that came later."""
    types = read.tap.simulator.get("/activity_types")["activity_types"]
    row = {"leadId": 1, "activityTypeId": max(each["id"] for each in types), "activityDate": moment}
    read.tap.simulator.post("/activities", input=[row | {"primaryAttributeValue": "Order 1"}])


def folders_are_from(read: Reader, moment: str) -> None:
    read.proxy.changes["/folders.json"] = each_row(lambda row: row.update(createdAt=moment))


def no_row_yet(document: dict[str, Any], query: dict[str, str]) -> None:
    """Pages of New Lead rows that are empty, and more to come."""
    if "12" in query["activityTypeIds"].split(","):
        document.pop("result", None)
        document["moreResult"] = True


def no_row(document: dict[str, Any], query: dict[str, str]) -> None:
    """No New Lead row at all."""
    if query["activityTypeIds"] == "12":
        document.pop("result", None)
        document["moreResult"] = False


def leads(read: Reader) -> set[int]:
    return {lead["id"] for lead in read.tap.simulator.get("/leads")["leads"]}


def test_no_more_is_exported_than_without_it(read: Reader) -> None:
    whole = read(*STREAMS, start_date=None, activities_method="bulk")
    made = calls(read, "/create.json")
    read.tap.strike()
    run = read(*STREAMS, start_date=LONG_AGO, activities_method="bulk")
    assert run.status == 0, run.last_line
    assert calls(read, "/create.json") == made == 3 + 3
    assert calls(read, "/folders.json") == 1
    assert len(pages(read)) == 1 + 2 + 1  # for the first New Lead, other types, and for merges
    for stream in STREAMS:
        assert rows(run.messages)[stream] == rows(whole.messages)[stream]


def test_leads_that_are_older_than_each_folder_come(read: Reader) -> None:
    folders_are_from(read, "2026-11-01T00:00:00Z+0000")
    run = read("leads", start_date=LONG_AGO)
    assert {row["id"] for row in records(run, "leads")} == leads(read)
    assert calls(read, "/create.json") < 4


def test_without_it_too_leads_that_are_older_than_each_folder_come(read: Reader) -> None:
    folders_are_from(read, "2026-11-01T00:00:00Z+0000")
    run = read("leads", "lead_ids", start_date=None)
    for stream in ("leads", "lead_ids"):
        assert {row["id"] for row in records(run, stream)} == leads(read)


@pytest.mark.parametrize("untold", [no_row_yet, no_row])
def test_without_it_history_begins_with_the_oldest_folder_where_no_row_tells(
    read: Reader, untold: Change
) -> None:
    folders_are_from(read, "2026-11-01T00:00:00Z+0000")
    read.proxy.changes["/activities.json"] = untold
    run = read("leads", start_date=None)
    assert min(row["createdAt"] for row in records(run, "leads")) >= "2026-11-01"
    assert calls(read, "/create.json") == 1
    assert "no New Lead row tells" in run.stderr


def test_leads_come_from_the_start_date_on_where_there_is_no_new_lead_row(read: Reader) -> None:
    folders_are_from(read, "2026-11-01T00:00:00Z+0000")
    read.proxy.changes["/activities.json"] = no_row
    run = read("leads", start_date="2026-06-01")
    assert {row["id"] for row in records(run, "leads")} == leads(read)
    assert calls(read, "/create.json") == 6  # 176 days


@pytest.mark.parametrize("start_date", [None, "2026-01-01"])
@pytest.mark.parametrize("method", ["auto", "rest"])
def test_activities_from_before_the_first_lead_come(
    read: Reader, start_date: str | None, method: str
) -> None:
    custom_activity(read, "2026-03-01T09:00:00Z")
    run = read("activities", start_date=start_date, activities_method=method)
    assert run.status == 0, run.last_line
    assert min(row["activityDate"] for row in records(run, "activities")).startswith("2026-03-01")
    if method == "auto":
        assert calls(read, "/create.json") == 3 + 9  # types kept for 90 days; 269 days


def test_all_of_them_is_exported_where_the_first_activity_is_not_known(read: Reader) -> None:
    read.proxy.changes["/activities.json"] = no_row_yet
    run = read("activities", start_date="2026-01-01", activities_method="bulk")
    assert run.status == 0, run.last_line
    assert calls(read, "/create.json") == 3 + 11  # 327 days


def test_new_lead_alone_begins_where_leads_do(read: Reader) -> None:
    run = read("activities", start_date=None, activity_types=[12], activities_method="bulk")
    assert run.status == 0, run.last_line
    assert calls(read, "/create.json") == 3
    assert len(pages(read)) == 1


def test_marketo_without_activities_exports_a_few_windows(read: Reader) -> None:
    read.tap.simulator.post("/reset", profile="empty", now=f"{NOW:%Y-%m-%dT%H:%M:%SZ}")
    run = read("activities", start_date=LONG_AGO, activities_method="auto")
    assert run.status == 0, run.last_line
    assert calls(read, "/create.json") == 3  # of the types that are kept for 90 days


def test_stopped_export_goes_on_where_it_began_though_that_is_not_known_again(read: Reader) -> None:
    settings = {"start_date": "2025-06-01", "activities_method": "bulk"}
    whole = read("activities", **settings)
    read.tap.strike({"kind": "code", "code": "610", "path": "*/file.json", "call": 1})
    stopped = read("activities", **settings)
    assert stopped.status == 1
    made = calls(read, "/create.json")
    read.tap.strike({"kind": "code", "code": "610", "path": "*/activities.json"})
    rest = read("activities", state=stopped.state, **settings)
    assert rest.status == 0, rest.last_line
    assert made + calls(read, "/create.json") == 3
    assert not pages(read)
    assert rows(stopped.messages, rest.messages) == rows(whole.messages)


@pytest.mark.parametrize("denied", ["/folders.json", "/activities.json"])
def test_all_of_it_is_exported_where_the_first_lead_is_not_known(read: Reader, denied: str) -> None:
    read.tap.strike({"kind": "code", "code": "610", "path": f"*{denied}"})
    run = read("leads", start_date="2026-06-01")
    assert run.status == 0, run.last_line
    assert calls(read, "/create.json") == 6  # 176 days
    assert "set `start_date`" not in run.stderr


def test_first_pages_without_rows_do_not_tell(read: Reader) -> None:
    read.proxy.changes["/activities.json"] = no_row_yet
    run = read("leads", start_date="2026-06-01")
    assert run.status == 0, run.last_line
    assert calls(read, "/create.json") == 6
    assert calls(read, "/activities.json") == 3 + 1  # and for merges


def test_nothing_is_asked_for_a_few_windows(read: Reader) -> None:
    read("leads", start_date="2026-08-01")
    assert calls(read, "/create.json") == 4
    assert calls(read, "/folders.json") == 0


def test_without_it_marketo_without_leads_is_as_old_as_its_folders(read: Reader) -> None:
    read.tap.simulator.post("/reset", profile="empty", now=f"{NOW:%Y-%m-%dT%H:%M:%SZ}")
    run = read("leads", start_date=None)
    assert run.status == 0, run.last_line
    assert calls(read, "/create.json") == 3


def test_three_years_take_the_windows_that_the_page_says(read: Reader) -> None:
    folders_are_from(read, "2020-01-01T00:00:00Z+0000")
    start = f"{NOW - timedelta(days=1_096):%Y-%m-%dT%H:%M:%SZ}"
    first = {"leadId": 1, "activityTypeId": 12, "activityDate": start}
    read.tap.simulator.post("/activities", input=[first])
    run = read(*STREAMS, start_date=start, activities_method="bulk")
    assert run.status == 0, run.last_line
    made = [calls(read, f"/{stream}/export/create.json") for stream in STREAMS]
    of_leads, soon_forgotten, of_others = (int(each) for each in DIVISION.findall(PAGE.read_text()))
    assert made == [of_leads, soon_forgotten + of_others]
