"""Catalogs and states that this tap did not write are read as far as they go, or named."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.drift import START, entry_of, records, schemas

if TYPE_CHECKING:
    from tests.faults.drift import Reader

CLICKS = "activity_click_link"

# Catalogs

OLD_COLUMNS = (("leads", "title"), (CLICKS, "query_parameters"), ("activities", "campaignId"))


def test_catalog_that_is_older_than_marketo_changes_nothing_but_columns(read: Reader) -> None:
    old = deepcopy(read.known)
    for stream, column in (
        ("leads", "title"),
        (CLICKS, "query_parameters"),
        ("activities", "campaignId"),
    ):
        entry = entry_of(old, stream)
        del entry["schema"]["properties"][column]
        entry["metadata"] = [m for m in entry["metadata"] if column not in m["breadcrumb"]]
    run = read("leads", "activities", CLICKS, catalog=old)
    assert run.status == 0, run.last_line
    for stream, column in (
        ("leads", "title"),
        (CLICKS, "query_parameters"),
        ("activities", "campaignId"),
    ):
        assert column not in schemas(run, stream)[0]
        assert records(run, stream)
        assert f"{column} is not in the catalog" in run.stderr


def test_catalog_that_is_newer_than_marketo_loses_what_is_not_there(read: Reader) -> None:
    new = deepcopy(read.known)
    entry_of(new, "leads")["schema"]["properties"]["shoeSize"] = {"type": ["null", "integer"]}
    gone = deepcopy(entry_of(new, CLICKS))
    gone.update(tap_stream_id="activity_waved", stream="activity_waved")
    for each in gone["metadata"]:
        if not each["breadcrumb"]:
            each["metadata"]["activity-type-id"] = 100_099
    new["streams"].append(gone)
    run = read("leads", "activity_waved", catalog=new)
    assert run.status == 0, run.last_line
    assert "shoeSize" not in schemas(run, "leads")[0]
    assert "shoeSize is gone from Marketo" in run.stderr
    assert "drift in activity_waved: the stream is gone from Marketo" in run.stderr


def without(*names: str) -> Any:
    def cut(entry: dict[str, Any]) -> None:
        for name in names:
            entry.pop(name, None)

    return cut


FORMS = {
    "no metadata": without("metadata"),
    "no keys": without("key_properties"),
    "no stream": without("stream"),
    "no schema of properties": lambda entry: entry.update(schema={"type": "object"}),
    "metadata without a breadcrumb": lambda entry: [
        each.pop("breadcrumb") for each in entry["metadata"]
    ],
    "metadata of nothing": lambda entry: entry.update(metadata=[{"breadcrumb": []}]),
    "selected at the old place": lambda entry: entry["schema"].update(selected=True),
}


NO_FORMS = {"metadata without a breadcrumb", "metadata of nothing"}


@pytest.mark.parametrize("form", FORMS)
def test_catalog_in_another_form_is_read_or_named(read: Reader, form: str) -> None:
    odd = deepcopy(read.known)
    FORMS[form](entry_of(odd, "activity_types"))
    read.tap.catalog = odd
    run = read.tap(start_date=START)
    assert "Traceback" not in run.stderr
    if form in NO_FORMS:
        assert (run.status, run.messages) == (1, [])
        assert "--catalog: `streams[" in run.last_line
    else:
        assert run.status == 0, run.last_line
        assert records(run, "lead_fields")


@pytest.mark.parametrize(
    "catalog",
    [
        {}, {"streams": None}, {"streams": {}}, {"streams": ["leads"]}, {"streams": [{}]},
        {"streams": [{"tap_stream_id": "leads"}]},
        {"streams": [{"tap_stream_id": 5, "schema": {}}]},
        {"bookmarks": {}},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_what_is_no_catalog_is_named(read: Reader, catalog: dict[str, Any]) -> None:
    read.tap.catalog = catalog
    run = read.tap(start_date=START)
    assert (run.status, run.messages) == (1, [])
    assert "--catalog" in run.last_line
    assert "Traceback" not in run.stderr
    assert read.tap.simulator.get("/calls")["calls"] == []


SINGER_IO = {
    "streams": [
        {
            "tap_stream_id": "leads", "stream": "leads", "key_properties": ["id"],
            "schema": {
                "type": "object", "additionalProperties": False, "inclusion": "available",
                "properties": {
                    "id": {"type": "integer", "inclusion": "automatic", "selected": True},
                    "email": {"type": ["null", "string"], "inclusion": "available"},
                    "updatedAt": {"type": "string", "format": "date-time"},
                },
            },
            "metadata": [
                {"breadcrumb": [], "metadata": {"selected": True, "table-key-properties": ["id"]}},
                {"breadcrumb": ["properties", "id"], "metadata": {"inclusion": "automatic"}},
                {"breadcrumb": ["properties", "email"], "metadata": {"selected": True}},
            ],
        },
        {
            "tap_stream_id": "activities_open_email", "stream": "activities_open_email",
            "key_properties": ["marketoGUID"],
            "schema": {"type": "object", "properties": {"marketoGUID": {"type": "string"}}},
            "metadata": [
                {"breadcrumb": [], "metadata": {"selected": True, "marketo.activity-id": 10}}
            ],
        },
    ]
}  # fmt: skip


def test_catalog_of_singer_ios_tap_is_read_as_far_as_it_goes(read: Reader) -> None:
    read.tap.catalog = SINGER_IO
    run = read.tap(start_date=START)
    assert run.status == 0, run.last_line
    assert schemas(run, "leads")[0].keys() == {"id", "email", "updatedAt"}
    assert records(run, "leads")
    assert "drift in activities_open_email: the stream is gone from Marketo" in run.stderr


# States

STATES = {
    "nothing": {},
    "bookmarks of nothing": {"bookmarks": {}},
    "none": {"bookmarks": None},
    "streams that are not ours": {"bookmarks": {"lists": {"updatedAt": "2026-01-01T00:00:00Z"}}},
    "a stream in the middle": {"currently_syncing": "leads", "bookmarks": {"leads": {}}},
    "markers of the SDK": {"bookmarks": {"leads": {"starting_replication_value": None}}},
    "partitions": {"bookmarks": {"activities": {"partitions": []}}},
    "a job of singer-io's tap": {
        "bookmarks": {
            "leads": {"updatedAt": "2026-11-24T08:00:00Z", "export_id": "7", "export_end": "x"},
            "activities_open_email": {"activityDate": "2026-11-24T08:00:00+00:00"},
            "programs": {"updatedAt": "2026-11-24T08:00:00Z"},
        }
    },
}


@pytest.mark.parametrize("kind", STATES)
def test_state_of_another_form_is_read(read: Reader, kind: str) -> None:
    run = read("leads", "activities", "lead_fields", state=STATES[kind])
    assert run.status == 0, run.last_line
    assert records(run, "lead_fields")


UNREADABLE = {
    "bookmarks": {"bookmarks": []},
    "bookmarks.leads": {"bookmarks": {"leads": "2026-11-24"}},
    "bookmarks.leads.changes_until": {"bookmarks": {"leads": {"changes_until": 5}}},
    "bookmarks.leads.history.by": {"bookmarks": {"leads": {"history": {"by": "email"}}}},
    "bookmarks.leads.gone": {"bookmarks": {"leads": {"gone": [1]}}},
    "bookmarks.leads.gone.7": {"bookmarks": {"leads": {"gone": {"7": "soon"}}}},
    "bookmarks.leads.left_out": {"bookmarks": {"leads": {"left_out": 5}}},
    "bookmarks.leads.fields_read": {"bookmarks": {"leads": {"fields_read": {"email": True}}}},
    "bookmarks.lead_changes.rechecked_at": {"bookmarks": {"lead_changes": {"rechecked_at": 1}}},
    "bookmarks.activities.types": {"bookmarks": {"activities": {"types": {"x": "2026-11-24"}}}},
    "bookmarks.activities.history_of": {"bookmarks": {"activities": {"history_of": 5}}},
    "bookmarks.activities.rechecked_at": {"bookmarks": {"activities": {"rechecked_at": "soon"}}},
    "bookmarks.lead_ids.version": {"bookmarks": {"lead_ids": {"version": "x"}}},
    "bookmarks.activities.reading": {"bookmarks": {"activities": {"reading": {}}}},
    "bookmarks.leads.updatedAt": {"bookmarks": {"leads": {"updatedAt": "yesterday"}}},
}


@pytest.mark.parametrize("place", UNREADABLE)
def test_state_that_cannot_be_read_is_named_with_its_place(read: Reader, place: str) -> None:
    run = read("leads", "activities", state=UNREADABLE[place])
    assert (run.status, run.messages) == (1, [])
    assert f"state: {place}" in run.last_line or "changes_until" in run.last_line
    assert "Traceback" not in run.stderr
