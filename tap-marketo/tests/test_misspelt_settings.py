"""Settings that would be passed over in silence are refused."""

from __future__ import annotations

import pytest


def from_environment(tap, **more: str):
    environment = tap.simulator.environment | more
    command = tap.command(None, {})[:1]
    return tap.run(*command, "--config", "ENV", "--discover", environment=environment)


def test_misspelt_variable_is_refused(tap):
    run = from_environment(tap, TAP_MARKETO_START_DAT="2026-01-01")
    assert (run.status, run.messages) == (1, [])
    assert "TAP_MARKETO_START_DAT" in run.last_line
    assert "`start_date`" in run.last_line
    assert "2026-01-01" not in run.stderr
    assert "Traceback" not in run.stderr


def test_misspelt_line_of_dot_env_is_refused(tap):
    (tap.folder / ".env").write_text("TAP_MARKETO_LOKBACK_SECONDS=5\n")
    run = from_environment(tap)
    assert run.status == 1
    assert "TAP_MARKETO_LOKBACK_SECONDS" in run.last_line


@pytest.mark.parametrize(
    "name", ["TAP_MARKETO_LOGLEVEL", "TAP_MARKETO__CATALOG", "TAP_MARKETO_STREAM_MAPS"]
)
def test_variables_of_the_sdk_and_of_meltano_are_no_mistake(tap, name):
    value = "{}" if name.endswith("MAPS") else "INFO"
    assert from_environment(tap, **{name: value}).status == 0


@pytest.mark.parametrize("setting", ["start_date", "identity_url", "user_agent"])
def test_empty_text_is_refused(tap, setting):
    run = tap(**{setting: ""})
    assert run.status == 1
    assert f"`{setting}`" in run.last_line
    assert "is empty" in run.last_line
    assert tap.simulator.get("/calls")["calls"] == []


@pytest.mark.parametrize("name", ["Delete Lead", 37])
def test_deletions_are_pointed_to_their_stream(tap, name):
    run = tap("activities", activity_types=[name])
    assert run.status == 1
    assert "`deleted_leads`" in run.last_line
