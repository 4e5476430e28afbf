"""What any tap of the SDK does: stream maps, flattening, selection, --test, --about, catalogs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from tap_marketo.tap import TapMarketo

from tests.tap_runs import select

ALIKE = "activities", "leads", "lead_fields", "activity_visit_webpage"


def without_state(run):
    """All but STATE, whose pace is another matter, and versions, which are clock times."""
    kept = [dict(message) for message in run.messages if message["type"] != "STATE"]
    for message in kept:
        message.pop("version", None)
        message.pop("time_extracted", None)
    return kept


def test_fast_path_equals_stock_path_message_by_message(tap):
    fast = tap(*ALIKE, without={"leads": {"title", "phone"}})
    maps = {stream: {} for stream in ALIKE}
    stock = tap(*ALIKE, without={"leads": {"title", "phone"}}, stream_maps=maps)
    assert without_state(fast) == without_state(stock)
    assert all("time_extracted" in m for m in stock.messages if m["type"] == "RECORD")
    formats = {m["time_extracted"][10:] for m in stock.messages if m["type"] == "RECORD"}
    assert all(text.endswith("+00:00") and len(text) == 15 for text in formats)


def test_stream_map_renames_filters_and_removes(tap):
    maps = {
        "new_leads": {"__alias__": "people", "lead": "leadId", "leadId": None},
        "lead_changes": "__NULL__",
    }
    run = tap("new_leads", "lead_changes", stream_maps=maps)
    assert run.status == 0
    assert run.records("people")
    assert all("lead" in row and "leadId" not in row for row in run.records("people"))
    assert {m["stream"] for m in run.messages if "stream" in m} == {"people"}


def test_what_fails_without_a_stream_map_is_not_laid_to_one(tap):
    simulator, catalog = tap.simulator, select(tap.catalog, ("activity_types",), {})
    entry = next(each for each in catalog["streams"] if each["stream"] == "activity_types")
    place = ["properties", "primaryAttribute", "properties", "name"]
    entry["metadata"].append({"breadcrumb": place, "metadata": {"selected": False}})
    config = {
        "endpoint": simulator.endpoint,
        "client_id": simulator.client_id,
        "client_secret": simulator.client_secret,
    }
    stream = TapMarketo(config=config, catalog=catalog).streams["activity_types"]
    with pytest.raises(AttributeError):
        stream.write([None], read_at=datetime.now(UTC))


def test_flattening_makes_columns_of_objects(tap):
    run = tap("activity_types", flattening_enabled=True, flattening_max_depth=1)
    assert run.status == 0
    assert run.records("activity_types")
    assert not any(
        isinstance(v, dict) for row in run.records("activity_types") for v in row.values()
    )


def test_test_run_is_short_and_moves_nothing(tap):
    run = tap.with_options("--test")
    assert run.status == 0
    assert "ERROR" not in run.stderr
    streams = [m["stream"] for m in run.messages if m["type"] == "RECORD"]
    assert len(streams) == len(set(streams))
    assert {"leads", "activities", "new_leads", "lead_changes", "lead_fields"} <= set(streams)
    assert tap.calls("/create.json") == []
    schemas = [m["schema"]["properties"] for m in run.messages if m["type"] == "SCHEMA"]
    assert all(schemas)
    states = [m["value"]["bookmarks"] for m in run.messages if m["type"] == "STATE"]
    assert not any(bookmark for state in states for bookmark in state.values())


def test_about_names_settings_that_are_honoured(tap):
    run = tap.with_options("--about", "--format=json")
    about = run.messages[0]
    assert run.status == 0
    own = {name for name in about["settings"]["properties"] if "stream_map" not in name}
    assert own - {"faker_config"} == {
        "endpoint",
        "client_id",
        "client_secret",
        "identity_url",
        "start_date",
        "activities_method",
        "activity_lead_fields",
        "activity_lead_join",
        "activity_types",
        "backfill_new_fields",
        "leads_filter",
        "leads_method",
        "lookback_seconds",
        "max_daily_calls",
        "max_daily_export_mb",
        "on_quota",
        "recheck_every_hours",
        "recheck_window_hours",
        "tombstones",
        "max_calls_per_20s",
        "max_concurrent_calls",
        "poll_interval_seconds",
        "request_timeout_seconds",
        "user_agent",
        "flattening_enabled",
        "flattening_max_depth",
        "flattening_max_key_length",
        "flattening_separator",
    }
    assert "batch" not in json.dumps(about["capabilities"])


def test_catalog_without_replication_keys_changes_nothing(tap):
    catalog = tap.catalog
    for entry in catalog["streams"]:
        entry.pop("replication_key", None)
        entry.pop("replication_method", None)
        entry["key_properties"] = []
        for metadata in entry["metadata"]:
            metadata["metadata"].pop("inclusion", None)
            metadata["metadata"].pop("replication-key", None)
            metadata["metadata"].pop("table-key-properties", None)
    run = tap("new_leads", catalog=catalog, without={"new_leads": {"marketoGUID", "activityDate"}})
    [message] = [m for m in run.messages if m["type"] == "SCHEMA"]
    assert message["key_properties"] == ["marketoGUID"]
    assert message["bookmark_properties"] == ["activityDate"]
    assert "replication_key_value" in run.state["bookmarks"]["new_leads"]


def test_hub_missing_from_the_catalog_serves_its_streams(tap):
    catalog = tap.catalog
    gone = {"activities", "lead_changes"}
    catalog["streams"] = [e for e in catalog["streams"] if e["tap_stream_id"] not in gone]
    run = tap("merged_leads", "activity_open_email", "new_leads", "leads", catalog=catalog)
    assert run.status == 0
    assert run.records("activity_open_email")
    assert run.records("leads")
    assert not run.records("activities")


def test_catalog_says_what_the_streams_are(tap):
    streams = {entry["tap_stream_id"]: entry for entry in tap.discover()["streams"]}
    methods = {name: entry["replication_method"] for name, entry in streams.items()}
    full = {name for name, method in methods.items() if method == "FULL_TABLE"}
    assert full == {"activity_types", "lead_fields", "lead_ids"}
    assert streams["leads"].get("replication_key") is None
    assert streams["merged_leads"]["key_properties"] == ["marketoGUID", "losingLeadId"]
    assert streams["lead_changes"]["key_properties"] == ["marketoGUID", "fieldName"]
    assert "activity_delete_lead" not in streams
    assert not any("-" in name for name in streams)
    root = streams["activity_open_email"]["metadata"]
    [metadata] = [m["metadata"] for m in root if not m["breadcrumb"]]
    assert metadata["activity-type-id"] == 10
    assert metadata["selected"] is False
