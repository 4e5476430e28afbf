"""The commands of two-way as a user starts them: tables, JSON, exit statuses, messages."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner
from marketo_sync import Ledger
from marketo_sync.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result
    from two_sides import Sides

    Command = Callable[..., Result]

PROGRAM = Path(sys.executable).parent / "marketo-sync"


@pytest.fixture
def mapping_file(sides: Sides, tmp_path: Path) -> Path:
    path = tmp_path / "mapping.yml"
    path.write_text(yaml.safe_dump({"objects": {"contacts": sides.entry}}))
    return path


@pytest.fixture
def command(sides: Sides, mapping_file: Path) -> Command:
    """Runs a command with the settings of the variables."""
    variables = {
        "MARKETO_SYNC_DATABASE_URL": sides.database.url,
        "MARKETO_SYNC_MAPPING_FILE": str(mapping_file),
    }
    return lambda *words: CliRunner().invoke(main, words, env=variables)


def as_json(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def in_conflict(sides: Sides) -> int:
    contact = sides.linked(title="Countess")
    sides.edit(1001, title="Duchess", firstName="Ada")
    sides.edit_row(contact, title="Queen", vip=True)
    return contact


def test_plan_shows_what_reconcile_then_does(sides: Sides, command: Command):
    in_conflict(sides)
    planned = command("plan")
    assert planned.exit_code == 0, planned.stderr
    lines = [line.split() for line in planned.stdout.splitlines()]
    assert ["contacts", "1", "1001", "pull", "firstName", "pull", "Ada"] in lines
    assert [
        "contacts",
        "1",
        "1001",
        "hold",
        "title",
        "hold:",
        "review",
        "Duchess",
        "Queen",
    ] in lines
    counts = {"pulled": 1, "pushed": 1, "conflicts": 1, "held": 1}
    assert as_json(command("plan", "--format", "json"))["objects"] == {"contacts": counts}
    assert as_json(command("reconcile", "--format", "json"))["objects"] == {"contacts": counts}
    assert command("reconcile").stdout == "both sides agree: nothing to do\n"


@pytest.mark.parametrize(
    ("winner", "title", "why"),
    [
        ("marketo", "Duchess", "isVip (push)"),
        ("database", "Queen", "title (push: resolved), isVip (push)"),
    ],
)
def test_a_conflict_is_listed_resolved_and_acted_on(
    sides: Sides, command: Command, winner: str, title: str, why: str
):
    contact = in_conflict(sides)
    command("reconcile")
    (conflict,) = as_json(command("conflicts", "list", "--format", "json"))
    assert (conflict["field"], conflict["policy"]) == ("title", "review")
    assert "Duchess" in command("conflicts", "list", "--object", "contacts").stdout
    assert command("conflicts", "list", "--key", "99").stdout == "no open conflicts\n"
    chosen = ("--object", "contacts", "--key", str(contact), "--field", "title")
    resolved = command("conflicts", "resolve", *chosen, "--winner", winner)
    assert resolved.stdout.startswith(f"1 conflicts are decided for {winner}")
    sides.query("delete from marketo_sync.pending")
    command("reconcile")
    assert sides.contact(contact)["title"] == title
    assert [row["why"] for row in sides.ledger("pending")] == [why]
    assert as_json(command("conflicts", "list", "--format", "json")) == []
    (decided,) = as_json(command("conflicts", "list", "--all", "--format", "json"))
    assert decided["winner"] == winner
    assert as_json(command("reconcile", "--format", "json"))["objects"] == {}


def test_a_ruling_waits_where_the_losing_side_has_moved_since(sides: Sides, command: Command):
    contact = in_conflict(sides)
    command("reconcile")
    command("conflicts", "resolve", "--winner", "marketo")
    sides.edit_row(contact, title="Empress")
    command("reconcile")
    assert sides.contact(contact)["title"] == "Empress"
    (conflict,) = as_json(command("conflicts", "list", "--format", "json"))
    assert (conflict["database_value"], conflict["winner"]) == ("Empress", None)


def test_a_field_that_flapped_goes_on_when_it_is_released(sides: Sides, command: Command):
    contact = sides.linked(title="a")
    for value in ("b", "a", "b", "a"):
        sides.edit(1001, title=value)
        command("reconcile")
    assert sides.contact(contact)["title"] == "b"
    command("conflicts", "resolve", "--winner", "marketo")
    command("reconcile")
    assert sides.contact(contact)["title"] == "a"
    sides.edit(1001, title="b")
    command("reconcile")
    assert sides.contact(contact)["title"] == "b"


def test_explain_tells_cycle_and_rule_of_every_value(sides: Sides, command: Command):
    contact = sides.linked(title="Countess")
    sides.edit(1001, title="Duchess")
    sides.reconcile()
    sides.edit_row(contact, title="Queen")
    sides.reconcile()
    sides.push(contact, title="Queen")
    words = ("explain", "contacts", str(contact), "--field", "title")
    history = as_json(command(*words, "--format", "json"))
    assert [(row["side"], row["old"], row["new"], row["rule"]) for row in history] == [
        ("database", "Countess", "Duchess", "pull"),
        ("marketo", "Duchess", "Queen", "push"),
    ]
    assert history[0].keys() == {
        *("instance", "object", "record_key", "field", "side"),
        *("old", "new", "rule", "cycle", "at"),
    }
    assert "Duchess" in command(*words).stdout
    nothing = command("explain", "contacts", "99")
    assert nothing.stdout == "no run has written anything of contacts 99\n"


def test_every_value_in_either_system_has_its_cycle_and_rule(sides: Sides, command: Command):
    """Each mapped column, Marketo's id and the flags, whichever way they came to be."""
    sides.entry |= {
        "new_in_marketo": "insert",
        "deleted_in_marketo": {"flag": "deleted_in_marketo"},
        "first_link": "marketo",
    }
    met = sides.row(email="met@x.com", title="Queen")
    sides.lead(1, email="met@x.com", title="Duchess", firstName="Ada", leadScore=7)
    sides.lead(2, email="new@x.com", title="Earl", isVip=True, lifetimeValue="1.50")
    sides.reconcile()
    (new,) = (
        row["contact_id"]
        for row in sides.query("select * from crm.contacts")
        if row["contact_id"] != met
    )
    sides.push(met, contactKey=str(met))
    sides.delete_lead(2)
    sides.reconcile()

    def told(contact: int) -> dict[str, list[tuple[Any, ...]]]:
        found: dict[str, list[tuple[Any, ...]]] = {}
        for row in as_json(command("explain", "contacts", str(contact), "--format", "json")):
            found.setdefault(row["field"], []).append(
                (row["cycle"], row["side"], row["new"], row["rule"])
            )
        return found

    assert told(met) == {
        "title": [(1, "database", "Duchess", "pull: first_link")],
        "firstName": [(1, "database", "Ada", "pull: first_link")],
        "leadScore": [(1, "database", 7, "pull: first_link")],
        "marketo_lead_id": [(1, "database", 1, "link")],
        "contactKey": [(2, "marketo", str(met), "push: first_link")],
    }
    assert told(new) == {
        "email": [(1, "database", "new@x.com", "insert")],
        "title": [(1, "database", "Earl", "insert")],
        "isVip": [(1, "database", True, "insert")],
        "lifetimeValue": [(1, "database", 1.5, "insert")],
        "marketo_lead_id": [
            (1, "database", 2, "insert"),
            (3, "database", None, "unlink: deleted_in_marketo"),
        ],
        "deleted_in_marketo": [(3, "database", True, "flag: deleted_in_marketo")],
    }


def test_status_shows_counts_conflicts_and_what_drifted(sides: Sides, command: Command):
    contact = in_conflict(sides)
    sides.edit_row(contact, score=5)
    command("reconcile")
    (counted,) = as_json(command("status", "--format", "json"))["objects"]
    assert (counted["linked"], counted["conflicts"], counted["drifted"]) == (1, 1, 1)
    assert "pulled" in command("status").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("reconcile", "--database-url", "sqlite:///x.db"), "two-way needs the Postgres"),
        (("reconcile", "--database-url", "nonsense"), "two-way needs the Postgres"),
        (("plan", "--mapping-file", "missing.yml"), "cannot be read"),
        (("plan", "--marketo-schema", "nowhere"), "there is no table nowhere.leads"),
    ],
)
def test_what_cannot_work_is_said_in_a_sentence(command: Command, words: Any, said: str):
    result = command(*words)
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        *(("plan",), ("reconcile",), ("status",), ("explain", "contacts", "1")),
        *(("conflicts", "list"), ("conflicts", "resolve", "--winner", "marketo")),
        *(("rejects", "list"), ("rejects", "retry")),
    ],
)
def test_every_command_gives_a_table_or_json(sides: Sides, command: Command, words: Any):
    in_conflict(sides)
    assert as_json(command(*words, "--format", "json")) is not None
    told = command(*words, "--format", "table")
    assert told.exit_code == 0
    with pytest.raises(json.JSONDecodeError):
        json.loads(told.stdout)


def test_commands_need_to_know_where_to_look():
    for words in (("status",), ("reconcile",), ("conflicts", "list")):
        result = CliRunner().invoke(main, words, env={"MARKETO_SYNC_DATABASE_URL": None})
        assert result.exit_code == 2
        assert "--database-url" in result.stderr


def test_a_second_run_stops_and_names_the_first(sides: Sides, command: Command):
    with Ledger.open(sides.database.url, command="target-marketo", host="localhost"):
        result = command("reconcile")
    assert result.exit_code == 1
    assert "held by target-marketo (process" in result.stderr


def test_a_signal_ends_the_run_between_two_batches(sides: Sides, mapping_file: Path):
    sides.linked(title="Countess")
    sides.edit(1001, title="Queen")
    with sides.database.connect() as connection, connection.cursor() as cursor:
        connection.autocommit = False
        cursor.execute("select * from crm.contacts for update")  # the run has to wait for it
        with subprocess.Popen(
            [str(PROGRAM), "reconcile", "--mapping-file", str(mapping_file)],
            env={**os.environ, "MARKETO_SYNC_DATABASE_URL": sides.database.url},
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
            while not sides.query(waiting):
                assert process.poll() is None
                time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            connection.rollback()
            _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert "stopped by signal 15" in said
    assert sides.contact(1)["title"] == "Queen"  # the batch in hand was finished
    assert sides.base(1, "title") == ("Queen", "Queen", "pull")
