"""The command `marketo` as a user starts it, against a simulator that is switched about."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from marketo_client import ExportStatus, LeadFilter, Marketo, RequestError, Window
from marketo_client.cli.main import main
from marketo_client.cli.permissions import READING, WRITING
from marketo_client.cli.settings import PREFIXES

PROGRAMS = Path(sys.executable).parent
README = Path(__file__).parents[1] / "README.md"
CONNECTION = ("endpoint", "client_id", "client_secret")
EVER = datetime(2026, 9, 1, tzinfo=UTC)
PATIENCE_SECONDS = 60


class Desk:
    """The command, a config file for it, and the simulator that the file names."""

    def __init__(self, simulator, folder):
        self.simulator = simulator
        self.secret = simulator.described["client_secret"]
        self.config = folder / "config.json"
        self.configured()

    def configured(self, **settings):
        known = {name: self.simulator.described[name] for name in CONNECTION}
        self.config.write_text(json.dumps({**known, "start_date": "2026-01-01", **settings}))

    def control(self, route, **body):
        self.simulator.control("POST", route, body)

    @property
    def calls(self):
        logged = self.simulator.control("GET", "/calls")["calls"]
        return [each["path"] for each in logged if "/oauth/" not in each["path"]]

    def run(self, *arguments, status=0):
        result = CliRunner().invoke(main, [*arguments, "--config", str(self.config)])
        assert result.exit_code == status, result.output
        assert self.secret not in result.output
        return result.stdout or result.stderr

    def read(self, *arguments, status=0):
        return json.loads(self.run(*arguments, "--format", "json", status=status))

    def checks(self, *options, status=0):
        report = self.read("doctor", *options, status=status)
        return {line["check"]: line for line in report["checks"]}

    def variables(self, prefix, **others):
        known = {prefix + name.upper(): self.simulator.described[name] for name in CONNECTION}
        return known | others


@pytest.fixture(scope="module")
def running(started):
    with started("--profile", "small") as simulator:
        yield simulator


@pytest.fixture
def desk(running, tmp_path, monkeypatch):
    """Nothing of the machine's own settings is read; the simulator is as after its start."""
    monkeypatch.chdir(tmp_path)
    for prefix in PREFIXES:
        for name in CONNECTION:
            monkeypatch.delenv(prefix + name.upper(), raising=False)
    running.control("POST", "/reset", {"profile": "small"})
    return Desk(running, tmp_path)


@pytest.mark.parametrize("profile", ["small", "demo"])
def test_a_good_role_has_no_failing_line(desk, profile):
    desk.control("/reset", profile=profile)
    report = desk.read("doctor")
    lines = {line["check"]: line for line in report["checks"]}
    assert [name for name, line in lines.items() if line["status"] == "fail"] == []
    assert report["api_user"] in lines["credentials"]["found"]
    assert desk.simulator.described["endpoint"].endswith(report["instance"])
    assert lines["Read-Only Lead"]["found"].endswith(" lead fields")
    assert "Default, EU" in lines["partitions"]["found"]
    assert lines["clock"]["status"] == "ok"
    assert report["calls_spent"] == len(desk.calls) <= 16


@pytest.mark.parametrize(
    ("purpose", "check", "code", "switch"),
    [
        ("tap", "export by updatedAt", "1035", "updated_at_filter"),
        ("target", "Read-Only Custom Object Type", "616", "custom_object_types"),
    ],
)
def test_what_a_subscription_lacks_is_told_with_what_to_do(desk, purpose, check, code, switch):
    line = desk.checks("--for", purpose)[check]
    assert (line["status"], code in line["found"]) == ("warn", True)
    assert line["todo"]
    desk.control("/settings", **{switch: True})
    assert desk.checks("--for", purpose)[check]["status"] == "ok"


def test_a_native_crm_sync_is_recognised(desk):
    desk.control("/reset", profile="crm")
    line = desk.checks()["native CRM sync"]
    assert (line["status"], "1018" in line["found"]) == ("warn", True)
    desk.control("/permissions", denied=["Read-Only Opportunity"])
    assert "Read-Only Opportunity" in desk.checks()["native CRM sync"]["found"]


def test_the_probe_for_updated_at_leaves_no_job_behind(desk):
    desk.control("/settings", updated_at_filter=True)
    desk.run("doctor")
    with Marketo(desk.simulator.connection()) as marketo:
        jobs = list(marketo.lead_exports.jobs())
    assert [job.status for job in jobs] == [ExportStatus.CANCELLED]


@pytest.mark.parametrize(
    ("purpose", "need"),
    [("tap", need) for need in READING] + [("target", need) for need in WRITING],
    ids=lambda value: getattr(value, "permission", value),
)
def test_a_missing_permission_is_named_with_its_streams(desk, purpose, need):
    desk.control("/settings", custom_object_types=True)
    assert desk.checks("--for", purpose)[need.permission]["status"] == "ok"
    desk.control("/permissions", denied=[need.permission])
    status = 1 if need.without == "fail" else 0
    line = desk.checks("--for", purpose, status=status)[need.permission]
    assert line["status"] == need.without
    assert line["streams"] == list(need.streams)
    assert need.permission in line["todo"]


def test_a_table_for_the_target_has_checks_alone(desk):
    table = desk.run("doctor", "--for", "target")
    assert "Read-Write Lead" in table
    assert "leads_method" not in table


def test_trying_to_write_changes_nothing(desk):
    before = desk.simulator.control("GET", "/leads")
    assert {line["status"] for line in desk.checks("--for", "target").values()} <= {"ok", "warn"}
    assert desk.simulator.control("GET", "/leads") == before


def test_a_table_tells_streams_and_what_to_do(desk):
    desk.control("/permissions", denied=["Read-Only Activity"])
    table = " ".join(desk.run("doctor", status=1).split())
    assert "needed by activities, activity_<type>, activity_types, lead_changes" in table
    assert "to do: give Read-Only Activity to the API user's role" in table
    assert "leads_method" in table
    assert table.endswith("calls spent")


def test_wrong_credentials_end_the_examination_without_a_call(desk):
    desk.configured(client_secret="planted-secret")
    report = desk.read("doctor", status=1)
    [line] = report["checks"]
    assert (line["check"], line["status"], report["recommended"]) == ("credentials", "fail", [])
    assert "`client_secret`" in line["found"]
    assert "planted-secret" not in json.dumps(report)
    assert desk.calls == []


def test_a_machine_that_may_not_ask_at_all_is_told_so(desk):
    desk.control("/faults", kind="code", code="603", path="*.json", times=99)
    report = desk.read("doctor", status=1)
    assert [line["status"] for line in report["checks"]] == ["ok", "fail"]
    assert "IP allow list" in report["checks"][-1]["found"]


def test_an_instance_that_cannot_be_reached_ends_it(desk):
    desk.configured(endpoint="http://127.0.0.1:9")
    [line] = desk.read("doctor", status=1)["checks"]
    assert "`endpoint`" in line["found"]


def test_what_another_marketo_does_not_tell_is_no_failure(desk):
    for path in ("*/usage.json", "*/last7days.json", "*/partitions.json", "*/export.json"):
        desk.control("/faults", kind="code", code="610", path=path, times=9)
    lines = desk.checks()
    told = {name for name, line in lines.items() if line["status"] == "warn"}
    assert {"calls today", "partitions", "export bytes today"} <= told


def test_a_spent_day_ends_it(desk):
    desk.control("/settings", daily_calls=3)
    lines = list(desk.checks(status=1).values())
    assert lines[-1]["status"] == "fail"
    assert "607" in lines[-1]["found"]


@pytest.mark.parametrize(("others", "status"), [(1_000, "ok"), (8_100, "warn"), (10_000, "fail")])
def test_others_count_in_what_is_left_of_the_day(desk, others, status):
    desk.configured(max_daily_calls=10_000)
    desk.control("/usage", userId="other@example.com", calls=others)
    line = desk.checks(status=int(status == "fail"))["calls today"]
    assert line["status"] == status
    assert f"{others:,} of them by others" in line["found"]


def test_export_bytes_are_those_of_todays_jobs(desk, clock):
    desk.configured(max_daily_export_mb=1)
    where = LeadFilter.created(Window(EVER, datetime(2026, 9, 30, tzinfo=UTC)))
    with Marketo(desk.simulator.connection(), clock=clock) as marketo:
        job = marketo.lead_exports.wait(marketo.lead_exports.create(fields=["id"], where=where))
    [export] = desk.read("usage")["exports_today"]
    assert (export["object"], export["id"], export["bytes"]) == ("leads", job.id, job.size)
    assert f"{job.size / 1e6:,.1f} of 1 MB" in desk.checks()["export bytes today"]["found"]


def test_a_wrong_clock_is_told(desk):
    desk.control("/clock", advance_seconds=300)
    line = desk.checks()["clock"]
    assert line["status"] == "warn"
    assert "behind Marketo" in line["found"]


def test_usage_shows_users_codes_and_meanings(desk):
    desk.control("/usage", userId="other@example.com", calls=77)
    with Marketo(desk.simulator.connection()) as marketo, pytest.raises(RequestError):
        marketo.leads.by_ids([1], fields=["noSuchField"])
    found = desk.read("usage")
    assert found["calls_today"][0]["calls"] == 77
    assert {"other@example.com"} < {row["user"] for row in found["calls_last_7_days"]}
    assert {row["code"]: row["meaning"] for row in found["errors_today"]} == {
        "1006": "unknown field"
    }
    table = desk.run("usage")
    for words in ("calls last 7 days", "other@example.com", "unknown field", "exports today"):
        assert words in table


def test_fields_are_both_describes_merged(desk):
    rows = {row["name"]: row for row in desk.read("fields")}
    assert rows["email"] == {
        "id": 56,
        "name": "email",
        "displayName": "Email Address",
        "dataType": "email",
        "length": 255,
        "updateable": True,
        "isCompanyField": False,
    }
    assert rows["industry"]["isCompanyField"] is True
    assert rows["createdAt"]["updateable"] is False
    desk.control("/permissions", denied=["Read-Only Company"])
    assert {row["isCompanyField"] for row in desk.read("fields")} == {None}
    assert "Email Address" in desk.run("fields")


def test_activity_types_have_the_streams_of_the_tap(desk):
    rows = {row["id"]: row for row in desk.read("activity-types")}
    assert rows[1]["stream"] == "activity_visit_webpage"
    assert rows[37]["stream"] == "deleted_leads"
    assert rows[1]["primaryAttribute"]["name"] == "Webpage ID"
    assert {"name", "apiName", "dataType"} == set(rows[1]["attributes"][0])
    assert "Webpage ID, " in desk.run("activity-types")


def test_a_list_that_may_not_be_read_names_the_permission(desk):
    desk.control("/permissions", denied=["Read-Only Lead", "Read-Only Activity"])
    assert "Read-Only Lead" in desk.run("fields", status=1)
    assert "Read-Only Activity" in desk.run("activity-types", status=1)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_variables_of_each_program_are_read(desk, prefix):
    result = CliRunner().invoke(main, ["activity-types"], env=desk.variables(prefix))
    assert result.exit_code == 0, result.output


def test_sources_never_mix_and_a_file_beats_them(desk):
    mixed = desk.variables("TAP_MARKETO_", MARKETO_ENDPOINT="http://127.0.0.1:9")
    result = CliRunner().invoke(main, ["fields"], env=mixed)
    assert (result.exit_code, "`client_id` is missing" in result.stderr) == (1, True)
    named = CliRunner().invoke(main, ["activity-types", "--config", str(desk.config)], env=mixed)
    assert named.exit_code == 0, named.output


def test_env_file_of_the_working_folder_counts_below_variables(desk):
    lines = [f"{name}={value}\n" for name, value in desk.variables("TAP_MARKETO_").items()]
    (desk.config.parent / ".env").write_text("".join(lines))
    assert CliRunner().invoke(main, ["activity-types"]).exit_code == 0
    elsewhere = {"TAP_MARKETO_ENDPOINT": "http://no-tls.example.com"}
    result = CliRunner().invoke(main, ["fields"], env=elsewhere)
    assert "`endpoint` must begin with https" in result.stderr
    option = ["activity-types", "--endpoint", desk.simulator.described["endpoint"]]
    assert CliRunner().invoke(main, option, env=elsewhere).exit_code == 0


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{}", "`endpoint` is missing; set MARKETO_ENDPOINT or TAP_MARKETO_ENDPOINT"),
        ("[]", "`--config` names a file that does not hold a JSON object"),
        ("null", "`--config` names a file that does not hold a JSON object"),
        ("planted{", "`--config` names a file that is not JSON"),
        ('{"endpoint": 7}', "`endpoint` must be a text"),
        ('{"endpoint": ["planted"]}', "`endpoint` must be a text"),
        ('{"max_daily_calls": "planted"}', "`max_daily_calls` must be a number"),
    ],
)
def test_what_cannot_be_used_is_named_without_its_value(desk, written, words):
    desk.config.write_text(written)
    told = desk.run("doctor", status=1)
    assert words in told
    assert "planted" not in told


def test_examples_in_help_run(desk, monkeypatch):
    for name, value in desk.variables("MARKETO_").items():
        monkeypatch.setenv(name, value)
    (desk.config.parent / "tap-config.json").write_text(desk.config.read_text())
    for name in main.commands:
        described = CliRunner().invoke(main, [name, "--help"]).stdout
        [example] = [line for line in described.splitlines() if "Example: marketo" in line]
        result = CliRunner().invoke(main, example.split()[2:])
        assert result.exit_code == 0, example


def test_the_program_is_installed(desk):
    result = subprocess.run(
        [str(PROGRAMS / "marketo"), "doctor", "--config", str(desk.config)],
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert "calls spent" in result.stdout


@pytest.mark.parametrize("command", ["doctor", "usage", "fields", "activity-types"])
def test_the_readme_tells_every_name_of_the_json_forms(desk, command):
    text = README.read_text()
    assert [name for name in names(desk.read(command)) if f"`{name}`" not in text] == []


def names(document):
    """The names of all members, at any depth."""
    if isinstance(document, list):
        return {name for each in document for name in names(each)}
    if isinstance(document, dict):
        return {*document, *names(list(document.values()))}
    return set()
