"""`meltano.yml` as Meltano itself reads it: settings, environments, jobs and schedules."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import click
import pytest
from marketo_sync.commands.options import DATABASE_URL, LEDGER_URL, MAPPING_FILE, MARKETO_SCHEMA
from tap_marketo.tap import TapMarketo
from target_marketo.target import TargetMarketo

from demo import pipeline
from tests.pipeline import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENVIRONMENTS = ("demo", "sandbox", "prod")
SDK = {"stream_maps", "stream_map_config", "faker_config", "add_record_metadata", "batch_size_rows"}
FAMILIES = (*("string", "integer", "number", "boolean", "array", "object"),)
KINDS = {"number": "integer"}  # Meltano cannot pass on what it reads as a decimal
CALLS_A_DAY = 50_000  # of Marketo, for all applications together
OWN_TO_EACH = {
    "target-postgres": {"default_target_schema"},
    "target-marketo": {"endpoint", "client_id", "client_secret", "mapping_file", "ledger_url"},
    "tap-marketo": {"endpoint", "client_id", "client_secret"},
    "marketo": {"endpoint", "client_id", "client_secret"},
    "marketo-sync": {"database_url", "mapping_file", "marketo_schema"},
}


@pytest.fixture(scope="module")
def project(meltano_home: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """What each environment says of each plugin."""
    meltano(meltano_home, "compile")
    manifests = meltano_home / ".meltano" / "manifests"
    return {
        name: plugins(json.loads((manifests / f"meltano-manifest.{name}.json").read_text()))
        for name in ENVIRONMENTS
    }


def meltano(home: Path, *arguments: str) -> str:
    environment = pipeline.environment({"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"})
    done = subprocess.run(
        [str(PROGRAMS / "meltano"), "--env-file", os.devnull, *arguments],
        capture_output=True,
        check=False,
        cwd=home,
        env=environment,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def plugins(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    of_all_types = manifest["plugins"].values()
    return {plugin["name"]: plugin for plugins in of_all_types for plugin in plugins}


@pytest.mark.parametrize("plugin", [TapMarketo, TargetMarketo])
def test_all_settings_are_declared_with_their_kind(project, plugin):
    declared = {
        setting["name"]: (setting["kind"], setting.get("sensitive", False))
        for setting in project["demo"][plugin.name]["settings"]
    }
    assert declared == dict(expected_settings(plugin.config_jsonschema))


def test_variables_of_marketo_sync_are_those_of_its_options(project):
    plugin = project["demo"]["marketo-sync"]
    variables = {f"MARKETO_SYNC_{each['name'].upper()}" for each in plugin["settings"]}
    options = [DATABASE_URL, LEDGER_URL, MAPPING_FILE, MARKETO_SCHEMA]
    assert variables == {option.envvar for option in options_of(*options)}


def options_of(*decorators) -> list[click.Parameter]:
    @click.command()
    def command() -> None:
        """Nothing."""

    for decorate in decorators:
        decorate(command)
    return command.params


def expected_settings(schema: dict[str, Any]) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Without those of the SDK, which Meltano passes on undeclared."""
    for name, rule in schema["properties"].items():
        if name not in SDK and not name.startswith("flattening_"):
            kind = next((kind for kind in FAMILIES if kind in rule["type"]), "")
            kind = "date_iso8601" if rule.get("format") == "date-time" else KINDS.get(kind, kind)
            yield name, (kind, rule.get("secret", False))


def test_environments_share_no_instance_schema_mapping_or_ledger(project):
    for plugin, settings in OWN_TO_EACH.items():
        for setting in settings:
            values = [project[name][plugin].get("config", {}).get(setting) for name in ENVIRONMENTS]
            assert len(set(values)) == len(ENVIRONMENTS), (plugin, setting, values)


def test_reconcile_reads_where_the_loader_of_its_environment_writes(project):
    for name in ENVIRONMENTS:
        landing = project[name]["target-postgres"]["config"]["default_target_schema"]
        assert project[name]["marketo-sync"]["config"]["marketo_schema"] == landing


def test_no_secret_stands_in_the_file(project):
    for environment in project.values():
        for plugin in environment.values():
            secret = {each["name"] for each in plugin.get("settings", ()) if each.get("sensitive")}
            given = {k: v for k, v in plugin.get("config", {}).items() if k in secret}
            assert all(v.startswith(("$", "sqlite:///")) for v in given.values()), plugin["name"]


def test_reading_may_spend_fewer_calls_a_day_than_writing(project):
    for environment in project.values():
        reading, writing = environment["tap-marketo"], environment["target-marketo"]
        left_to_writing = writing["config"].get("max_daily_calls", CALLS_A_DAY)
        assert reading["config"]["max_daily_calls"] < left_to_writing


def test_plugins_need_no_hub_and_no_cached_catalog(project):
    whole = [each for each in project["prod"].values() if "inherit_from" not in each]
    assert all(each["namespace"] for each in whole)
    cached = {each["use_cached_catalog"] for each in whole if each["plugin_type"] == "extractors"}
    assert cached == {False}


def test_every_schedule_runs_a_job_that_meltano_accepts(meltano_home: Path) -> None:
    listed = json.loads(meltano(meltano_home, "schedule", "list", "--format", "json"))
    schedules = listed["schedules"]["job"]
    assert {each["job"]["name"] for each in schedules} == {
        *("read", "activate", "activate-full", "two-way"),
    }
    jobs = sorted({each["job"]["name"] for each in schedules})
    meltano(meltano_home, "--environment", "prod", "run", "--dry-run", "--no-install", *jobs)
