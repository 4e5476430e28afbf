"""Catalogs and states: what cannot be read is named by its place, before anything is read."""

from __future__ import annotations

import re
from copy import deepcopy

import pytest
from tap_marketo.catalog import handed_in as catalog
from tap_marketo.errors import CatalogError, StateError
from tap_marketo.state import handed_in as state

CLICKS = {
    "tap_stream_id": "activity_click_link",
    "stream": "activity_click_link",
    "schema": {"type": "object", "properties": {"leadId": {"type": ["null", "integer"]}}},
    "metadata": [
        {"breadcrumb": [], "metadata": {"selected": True, "activity-type-id": 3}},
        {"breadcrumb": ["properties", "leadId"], "metadata": {"inclusion": "available"}},
    ],
}


def test_what_discovery_writes_is_accepted():
    written = {"streams": [CLICKS, {**CLICKS, "stream": None}]}
    assert catalog.accepted(written) == written


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda entry: entry.update(stream=["clicks"]), "stream"),
        (lambda entry: entry["metadata"][1].update(breadcrumb=[["x"]]), "metadata[1].breadcrumb"),
        (
            lambda entry: entry["metadata"][0]["metadata"].update({"activity-type-id": [3]}),
            "metadata[0].metadata.activity-type-id",
        ),
    ],
)
def test_what_is_wrong_in_a_catalog_is_named_by_its_place(change, place):
    odd = deepcopy(CLICKS)
    change(odd)
    with pytest.raises(CatalogError, match=re.escape(f"`streams[0].{place}`")):
        catalog.accepted({"streams": [odd]})


MOMENT = "2026-11-24T10:00:00Z"
SPAN = dict.fromkeys(("since", "until", "datetime"), MOMENT)
READING = {"streams": ["activities"], "types": [1], "token": "T", **SPAN}
HISTORY = dict.fromkeys(("start", "until", "next_window_start"), MOMENT)


def test_what_a_run_writes_is_accepted():
    bookmark = {"reading": [READING], "history": HISTORY, "history_of": READING}
    written = {"bookmarks": {"activities": bookmark}}
    assert state.accepted(written) == written


@pytest.mark.parametrize(
    "given",
    [
        {"value": {"bookmarks": {}}},
        {"type": "STATE", "value": {"bookmarks": {}}},
        {"leads": "2026-01-01"},
    ],
)
def test_what_is_no_state_is_not_taken_for_an_empty_one(given):
    with pytest.raises(StateError, match="bookmarks is missing"):
        state.accepted(given)


@pytest.mark.parametrize(
    ("bookmark", "place"),
    [
        ({"reading": [{**READING, "types": 5}]}, "reading[0].types"),
        ({"reading": [{**READING, "streams": [{}]}]}, "reading[0].streams"),
        ({"reading": [{**READING, "fields": 5}]}, "reading[0].fields"),
        ({"history": {**HISTORY, "by": ["createdAt"]}}, "history.by"),
        ({"history_of": {**READING, "types": ["x"]}}, "history_of.types[0]"),
        ({"history_of": {**READING, "streams": [[]]}}, "history_of.streams"),
    ],
)
def test_what_is_wrong_in_a_state_is_named_by_its_place(bookmark, place):
    with pytest.raises(StateError, match=re.escape(f"bookmarks.activities.{place} is")):
        state.accepted({"bookmarks": {"activities": bookmark}})
