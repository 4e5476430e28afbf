"""What a user can get wrong: one last line that says what to do, no traceback, no call spent."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest

WRONG = {
    "plain http": ({"endpoint": "http://example.com"}, "`endpoint`", "https://"),
    "no URL": ({"endpoint": "123-ABC-456"}, "`endpoint`", "https://123-ABC-456"),
    "unknown setting": ({"start_dat": "2026-01-01"}, "`start_dat`", "`start_date`"),
    "unlike any setting": ({"qqqq": "zzz"}, "`qqqq`", "--about"),
    "missing setting": ({"client_id": None}, "`client_id`", "is missing"),
    "empty setting": ({"client_secret": ""}, "`client_secret`", "is missing"),
    "secret of another type": ({"client_secret": 4711}, "`client_secret`", "type string"),
    "future start": ({"start_date": "2999-01-01"}, "`start_date`", "in the future"),
    "no date": ({"start_date": "yesterday"}, "`start_date`", "2026-01-31"),
    "negative lookback": ({"lookback_seconds": -1}, "`lookback_seconds`", "0 or more"),
    "no polling": ({"poll_interval_seconds": 0}, "`poll_interval_seconds`", "1 or more"),
    "agent of two lines": ({"user_agent": "zzz\nHost: x"}, "`user_agent`", "printable"),
    "agent beyond ASCII": ({"user_agent": "zzz \u2603"}, "`user_agent`", "printable"),
    "else of a map": (
        {"stream_maps": {"leads": {"__else__": "zzz"}}},
        "`stream_maps.leads.__else__`",
        "must be `__NULL__` or null;",
    ),
    "else of all maps": ({"stream_maps": {"__else__": "zzz"}}, "`stream_maps.__else__`", "--about"),
    "text for a map": (
        {"stream_maps": {"leads": "zzz"}},
        "`stream_maps.leads`",
        "must be `__NULL__` or null or object;",
    ),
    "number in a map": (
        {"stream_maps": {"leads": {"title": 4711}}},
        "`stream_maps.leads.title`",
        "must be `__NULL__` or null or string;",
    ),
    "types as text": ({"activity_types": "Click Link"}, "`activity_types`", "type array"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_setting_stops_before_any_call(tap, name):
    settings, setting, remedy = WRONG[name]
    run = tap(**settings)
    assert (run.status, run.messages) == (1, [])
    assert setting in run.last_line
    assert remedy in run.last_line
    assert "Traceback" not in run.stderr
    assert not {"4711", "zzz", "yesterday"} & set(run.stderr.replace("`", " ").split())
    assert tap.simulator.get("/calls")["calls"] == []


@pytest.mark.parametrize("option", ["--discover", "--test"])
def test_discovery_and_test_run_refuse_a_wrong_setting_alike(tap, option):
    run = tap.with_options(option, start_date="yesterday")
    assert (run.status, run.messages) == (1, [])
    assert "`start_date`" in run.last_line
    assert "Traceback" not in run.stderr


def test_wrong_credentials_are_named_and_not_shown(tap):
    run = tap(client_secret="not-the-right-one")
    assert run.status == 1
    assert "`client_id`" in run.last_line
    assert "`client_secret`" in run.last_line
    assert "not-the-right-one" not in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("permission", "streams"),
    [
        ("Read-Only Lead", ["lead_fields", "lead_ids", "leads"]),
        (
            "Read-Only Activity",
            [
                *("activities", "activity_<type>", "activity_types", "deleted_leads"),
                *("lead_changes", "leads", "merged_leads", "new_leads"),
            ],
        ),
    ],
)
@pytest.mark.parametrize("options", [[], ["--discover"]], ids=["sync", "discovery"])
def test_missing_permission_is_named_with_its_streams(tap, permission, streams, options):
    tap.simulator.post("/permissions", denied=[permission])
    run = tap.with_options(*options)
    assert run.status == 1
    assert permission in run.last_line
    assert run.last_line.endswith(f"needed by {', '.join(streams)}")
    assert "Traceback" not in run.stderr
    assert len(tap.simulator.get("/calls")["calls"]) <= 4


def test_unknown_activity_type_is_answered_with_the_nearest_one(tap):
    run = tap(activity_types=["Clik Link"])
    assert run.status == 1
    assert "`activity_types`" in run.last_line
    assert "`Click Link`" in run.last_line
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("expression", ["int(name)", "attributes[100]", "nothing + name"])
def test_stream_map_that_cannot_be_applied_is_named(tap, expression):
    run = tap("activity_types", stream_maps={"activity_types": {"x": expression}})
    assert run.status == 1
    assert "`stream_maps`: what is set for activity_types" in run.last_line
    assert "Traceback" not in run.stderr
    assert "Visit Webpage" not in run.stderr


def test_stream_map_of_a_stream_that_is_not_selected_is_left_alone(tap):
    run = tap("activity_types", stream_maps={"leads": {"__alias__": "people", "x": "email"}})
    assert run.status == 0, run.last_line
    assert run.records("activity_types")


def test_no_activity_type_at_all_is_warned_of(tap):
    run = tap("activities", activity_types=[])
    assert run.status == 0, run.last_line
    assert run.records("activities") == []
    assert "`activity_types` is empty" in run.stderr


def test_selection_of_nothing_is_warned_of(tap):
    run = tap("nothing")
    assert (run.status, [m["type"] for m in run.messages]) == (0, ["STATE"])
    assert "no stream is selected" in run.stderr


def foreign_catalog(tap, *names):
    """A catalog of this tap, and in it streams of another one."""
    catalog = tap.catalog
    leads = next(each for each in catalog["streams"] if each["stream"] == "leads")
    foreign = [{**deepcopy(leads), "tap_stream_id": name, "stream": name} for name in names]
    return {"streams": [*catalog["streams"], *foreign]}


def test_catalog_of_streams_that_are_not_there_is_refused(tap):
    names = ("activities_open_email", "programs")
    run = tap(*names, catalog=foreign_catalog(tap, *names))
    assert (run.status, run.messages) == (1, [])
    assert f"--catalog: selects only streams that are not there ({', '.join(names)})" in (
        run.last_line
    )


def test_stream_of_a_catalog_that_is_not_there_is_warned_of(tap):
    run = tap("programs", "lead_fields", catalog=foreign_catalog(tap, "programs"))
    assert run.status == 0, run.last_line
    assert run.records("lead_fields")
    assert "programs: selected in the catalog, but there is no such stream" in run.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "--state: the file is not JSON"),
        ("[]", "--state: the file does not hold a JSON object"),
        ('{"bookmarks": {"leads": 5}}', "or remove this stream's bookmark"),
        ('{"bookmarks": []}', "or none, to read all streams"),
        ('{"leads": {}}', "or none, to read all streams"),
    ],
)
def test_state_that_is_no_state_is_refused_with_a_way_out(tap, text, words):
    (tap.folder / "state.json").write_text(text)
    run = tap.with_options("--state", str(tap.folder / "state.json"))
    assert run.status == 1
    assert words in run.last_line
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("bookmarks", "place"),
    [
        ({"activities": {"types": {"1": "soon"}}}, "bookmarks.activities.types.1"),
        ({"activities": {"reading": [{"types": [1]}]}}, "bookmarks.activities.reading[0]"),
        ({"leads": {"history": {"start": 1}}}, "bookmarks.leads.history.start"),
        ({"activities": {"types": {"x": "2026-11-24T10:00:00Z"}}}, "bookmarks.activities.types.x"),
        ({"leads": {"queue": [7, "a"]}}, "bookmarks.leads.queue[1]"),
        ({"leads": {"gone": {"b": "2026-11-24T10:00:00Z"}}}, "bookmarks.leads.gone.b"),
        ({"new_leads": {"replication_key_value": 7}}, "bookmarks.new_leads"),
    ],
)
def test_bookmark_that_cannot_be_read_is_named(tap, bookmarks, place):
    run = tap(state={"bookmarks": bookmarks})
    assert run.status == 1
    assert place in run.last_line
    assert "Traceback" not in run.stderr


FUTURE = "2031-01-01T00:00:00Z"
READING = {
    "streams": ["new_leads"], "fields": "5f2b9c01", "token": "x",
    "since": FUTURE, "until": FUTURE, "datetime": FUTURE,
}  # fmt: skip
HISTORY = {"start": "2026-11-01T00:00:00Z", "until": FUTURE, "next_window_start": FUTURE}


@pytest.mark.parametrize(
    ("stream", "bookmark", "place"),
    [
        ("leads", {"changes_until": FUTURE}, "changes_until"),
        ("leads", {"rechecked_at": FUTURE}, "rechecked_at"),
        ("leads", {"updatedAt": FUTURE}, "changes_until"),  # of singer-io's tap
        ("leads", {"history": HISTORY}, "history.until"),
        ("new_leads", {"replication_key_value": FUTURE}, "replication_key_value"),
        ("activities", {"types": {"1": FUTURE}}, "types.1"),
        ("lead_changes", {"reading": [READING]}, "reading[0].since"),
    ],
)
def test_bookmark_after_marketos_own_time_stops_the_run(tap, stream, bookmark, place):
    run = tap("leads", "new_leads", "activities", state={"bookmarks": {stream: bookmark}})
    assert (run.status, run.messages) == (1, [])
    assert f"state: bookmarks.{stream}.{place} is {FUTURE}, which is after" in run.last_line
    assert "2026-11-24T10:0" in run.last_line, "Marketo's own time: its clock runs from 10:00 on"
    assert len(tap.simulator.get("/calls")["calls"]) <= 5


def test_bookmark_after_marketos_own_time_of_a_stream_that_is_not_read_stops_nothing(tap):
    ahead = {"replication_key_value": FUTURE}
    names = ("activities", "activity_visit_webpage", "deleted_leads", "lead_changes")
    run = tap("new_leads", state={"bookmarks": dict.fromkeys(names, ahead)})
    assert run.status == 0, run.last_line
    assert run.records("new_leads")


def test_cursor_after_marketos_own_time_stops_those_whose_feed_it_is(tap):
    state = {"bookmarks": {"lead_changes": {"reading": [READING]}}}
    run = tap("new_leads", state=state)
    assert (run.status, run.messages) == (1, [])
    assert f"bookmarks.lead_changes.reading[0].since is {FUTURE}" in run.last_line
    assert tap("deleted_leads", state=state).status == 0


@pytest.mark.parametrize("stream", ["deleted_leads", "lists"])
def test_bookmark_a_little_ahead_or_of_another_tap_is_read(tap, stream):
    ahead = {"deleted_leads": "2026-11-24T10:00:02Z", "lists": FUTURE}[stream]
    run = tap("deleted_leads", state={"bookmarks": {stream: {"replication_key_value": ahead}}})
    assert run.status == 0, run.last_line


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "cannot be read (No such file or directory)"),
        ("zzz{", "is not JSON"),
        *((text, "does not hold a JSON object") for text in ("null", "[]", "5", '"zzz"')),
    ],
)
def test_config_file_that_cannot_be_used_is_named(tap, text, problem):
    if text is not None:
        (tap.folder / "odd.json").write_text(text)
    run = tap.with_options("--config", str(tap.folder / "odd.json"))
    assert (run.status, run.messages) == (1, [])
    assert run.last_line.endswith(f"`--config` names a file that {problem}")
    assert "Traceback" not in run.stderr
    assert "zzz" not in run.stderr


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ({"name": "firstName +"}, "firstName +"),
        ({"__filter__": "firstName +"}, "firstName +"),
        ({"__key_properties__": ["shoeSize"]}, "shoeSize"),
    ],
)
def test_stream_map_that_cannot_be_used_is_one_line(tap, rule, word):
    run = tap("leads", stream_maps={"leads": rule})
    assert (run.status, run.messages) == (1, [])
    assert "`stream_maps`: what is set for leads cannot be used" in run.last_line
    assert word in run.last_line
    assert "Traceback" not in run.stderr


def test_stream_map_that_is_no_option_is_one_line(tap):
    run = tap("leads", stream_maps={"__filter__": {"x": "email"}})
    assert (run.status, run.messages) == (1, [])
    assert "`stream_maps`: Option '__filter__" in run.last_line


def test_stream_map_of_a_stream_that_is_not_there_is_warned_of(tap):
    maps = {
        "lead": {"x": "email"},
        "activity_visit*": {"x": "leadId"},
        "copies": {"__source__": "activity_type", "x": "name"},
        "types": {"__source__": "activity_types", "x": "name"},
    }
    run = tap("activity_types", stream_maps=maps)
    assert run.status == 0, run.last_line
    assert "`stream_maps`: there is no stream `lead`; did you mean `leads`?" in run.stderr
    assert "no stream `activity_type`; did you mean `activity_types`?" in run.stderr
    assert run.stderr.count("there is no stream") == 2


def test_hurried_settings_work_with_a_warning(tap):
    run = tap("activity_types", max_calls_per_20s=90, max_concurrent_calls=9)
    assert run.status == 0
    assert "`max_calls_per_20s`" in run.stderr
    assert "`max_concurrent_calls`" in run.stderr


def test_settings_come_from_the_environment_with_their_types(tap):
    environment = tap.simulator.environment | {
        "TAP_MARKETO_POLL_INTERVAL_SECONDS": "1.5",
        "TAP_MARKETO_LOOKBACK_SECONDS": "60",
        "TAP_MARKETO_ACTIVITY_TYPES": '["Click Link", 1]',
    }
    run = tap.run(
        *tap.command(None, {})[:1], "--config", "ENV", "--discover", environment=environment
    )
    assert run.status == 0
    names = {entry["tap_stream_id"] for entry in run.messages[0]["streams"]}
    assert {"activity_click_link", "activity_visit_webpage"} <= names
    assert "activity_open_email" not in names


def test_number_in_the_environment_that_is_none_is_named(tap):
    environment = tap.simulator.environment | {"TAP_MARKETO_LOOKBACK_SECONDS": "soon"}
    run = tap.run(*tap.command(None, {})[:1], "--config", "ENV", environment=environment)
    assert run.status == 1
    assert "`lookback_seconds`" in run.last_line
    assert "Traceback" not in run.stderr


def test_dot_env_of_the_working_folder_fills_gaps_only(tap):
    given = tap.simulator.environment
    secret = given.pop("TAP_MARKETO_CLIENT_SECRET")
    lines = [f"TAP_MARKETO_CLIENT_SECRET={secret}", "TAP_MARKETO_CLIENT_ID=another"]
    (tap.folder / ".env").write_text("\n".join(lines))
    run = tap.run(*tap.command(None, {})[:1], "--config", "ENV", "--discover", environment=given)
    assert run.status == 0


def test_secrets_are_in_no_message(tap):
    run = tap()
    assert run.status == 0
    assert tap.simulator.client_secret not in run.stderr + json.dumps(run.messages)
