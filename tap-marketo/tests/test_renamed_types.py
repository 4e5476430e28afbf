"""Activity types that are renamed in Marketo keep their stream: the id decides."""

from __future__ import annotations

import pytest

HOUR = 3_600
RECENT = "2026-10-25"
OPENED = 10
OLD, NEW = "activity_open_email", "activity_read_the_mail"


@pytest.fixture
def renamed(tap):
    """The state of a run before the type was renamed; an hour later there is one more row."""
    state = tap(OLD, start_date=RECENT).state
    tap.simulator.post(f"/activity_types/{OPENED}", name="Read The Mail")
    tap.simulator.post("/clock", advance_seconds=HOUR)
    tap.simulator.post("/activities", input=[{"leadId": 1, "activityTypeId": OPENED}])
    return state


def names(catalog):
    return {entry["tap_stream_id"] for entry in catalog["streams"]}


def test_catalog_of_before_keeps_the_stream(tap, renamed):
    run = tap(OLD, state=renamed, catalog=tap.catalog)
    assert run.status == 0, run.last_line
    assert len(run.records(OLD)) == 1


def test_catalog_of_now_keeps_the_stream_that_the_state_remembers(tap, renamed):
    catalog = tap.discover()
    assert NEW in names(catalog)
    run = tap(NEW, state=renamed, catalog=catalog)
    assert run.status == 0, run.last_line
    assert len(run.records(OLD)) == 1
    assert not any(message.get("stream") == NEW for message in run.messages)
    assert f"{NEW}: renamed in Marketo, its rows go on in {OLD}" in run.stderr
    assert f"drift in {OLD}: its type was renamed" in run.stderr
    assert NEW not in run.state["bookmarks"]


def test_new_name_that_is_not_selected_is_told(tap, renamed):
    catalog = tap.discover()
    run = tap("activities", state=renamed, catalog=catalog)
    assert run.records(OLD) == []
    assert f"{NEW}: renamed in Marketo; select it, and its rows go on in {OLD}" in run.stderr
    later = tap(NEW, state=run.state, catalog=catalog)
    assert len(later.records(OLD)) == 1


def test_type_that_takes_an_old_name_gets_a_stream_of_its_own(tap, renamed):
    tap.simulator.post("/activity_types", id=100_500, name="Open Email")
    tap.simulator.post("/activities", input=[{"leadId": 2, "activityTypeId": 100_500}])
    catalog = tap.discover()
    assert {OLD, NEW} <= names(catalog)
    run = tap(OLD, NEW, state=renamed, catalog=catalog)
    assert [row["activityTypeId"] for row in run.records(OLD)] == [OPENED]
    assert [row["activityTypeId"] for row in run.records(f"{OLD}_100500")] == [100_500]


@pytest.mark.usefixtures("renamed")
def test_first_run_takes_the_name_of_now(tap):
    run = tap(NEW, catalog=tap.discover(), start_date=RECENT)
    assert len(run.records(NEW)) > 1
    assert run.records(OLD) == []
