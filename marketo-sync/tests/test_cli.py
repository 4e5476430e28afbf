"""The command as a user starts it: tables for people, JSON for scripts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from marketo_sync import CycleStatus, Result, Status
from marketo_sync.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from marketo_sync import Ledger, Outcome

    Build = Callable[..., Outcome]
    OpenLedger = Callable[..., AbstractContextManager[Ledger]]
    Command = Callable[..., str]

PROGRAM = Path(sys.executable).parent / "marketo-sync"
PATIENCE_SECONDS = 60
COUNTS = {
    "streams": {"crm-contacts": {"in": 5, "created": 2, "refused": 2, "held": 1, "unchanged": 0}},
    "left_out": ["contacts.planCode"],
}


@pytest.fixture
def command(ledger_url: str) -> Command:
    """Runs a command against the ledger and gives its output."""

    def ran(*arguments: str) -> str:
        result = CliRunner().invoke(main, [*arguments, "--ledger-url", ledger_url])
        assert (result.exit_code, result.stderr) == (0, "")
        return result.stdout

    return ran


@pytest.fixture
def filled(open_ledger: OpenLedger, created: Build, refused: Build) -> None:
    """Two linked rows, one gone, two refused, and a run that says so."""
    gone = refused("3", result=Result.HELD, code="1004", status=Status.GONE_IN_MARKETO)
    partner = replace(refused("9", code="local.ambiguous", request_id=None), object="partners")
    with open_ledger() as ledger:
        ledger.settle([created("1"), created("2"), created("3")])
        ledger.settle([gone, refused("4"), partner])
        ledger.finish(CycleStatus.DONE, COUNTS)


@pytest.mark.usefixtures("filled")
def test_status_shows_runs_counts_and_what_waits(command: Command) -> None:
    lines = [line.split() for line in command("status").splitlines()]
    assert ["default", "123-abc-456.mktorest.com"] in lines
    assert ["crm-contacts", "5", "2", "0", "2", "1"] in lines
    assert ["default", "contacts", "2", "1", "2"] in lines
    assert ["default", "partners", "1"] in lines
    assert ["default", "partners", "local.ambiguous", "1", "Field", "not", "found"] in lines
    assert any("contacts.planCode" in line for line in lines)


def test_status_says_which_run_was_dry(command: Command, open_ledger: OpenLedger) -> None:
    with open_ledger() as ledger:
        ledger.finish(CycleStatus.DONE, {**COUNTS, "dry_run": True})
    assert "  done (dry run)  " in command("status")
    assert command("rejects", "list") == "no open rejects\n"


@pytest.mark.usefixtures("filled")
def test_status_as_json_has_the_same(command: Command) -> None:
    state = json.loads(command("status", "--format", "json"))
    assert state["last_cycles"][0]["counts"] == COUNTS
    assert state["objects"] == [
        {
            "instance": "default",
            "object": "contacts",
            "rejects": 2,
            "linked": 2,
            "gone_in_marketo": 1,
        },
        {"instance": "default", "object": "partners", "rejects": 1},
    ]
    assert {row["code"]: row["rows"] for row in state["open_rejects"]} == {
        "1004": 1,
        "1006": 1,
        "local.ambiguous": 1,
    }


@pytest.mark.usefixtures("filled")
def test_rejects_are_listed_with_reason_and_request_but_without_values(command: Command) -> None:
    table = command("rejects", "list")
    assert "Field not found" in table
    assert "e42b#1" in table
    assert "payload" not in table
    assert len(table.splitlines()) == 4


@pytest.mark.usefixtures("filled")
def test_rejects_as_json_hold_the_row_as_received(command: Command) -> None:
    (reject,) = json.loads(command("rejects", "list", "--key", "4", "--format", "json"))
    assert reject["payload"] == {"id": "4"}
    assert reject["first_at"].endswith("+00:00")


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("options", "keys"),
    [
        (["--object", "partners"], ["9"]),
        (["--code", "1004"], ["3"]),
        (["--object", "contacts", "--code", "1006"], ["4"]),
        (["--instance", "other"], []),
        ([], ["3", "4", "9"]),
    ],
)
def test_options_pick_rejects(command: Command, options: list[str], keys: list[str]) -> None:
    found = json.loads(command("rejects", "list", "--format", "json", *options))
    assert [reject["record_key"] for reject in found] == keys


@pytest.mark.usefixtures("filled")
def test_retry_lets_the_next_run_send_what_was_chosen(
    command: Command, open_ledger: OpenLedger
) -> None:
    words = command("rejects", "retry", "--object", "contacts", "--key", "4")
    assert words == "1 rejects go out again with the next run of the target\n"
    with open_ledger() as ledger:
        digests = {reject.record_key: reject.digest for reject in ledger.open_rejects("contacts")}
        assert digests == {"3": "one", "4": None}
        assert ledger.find("contacts", ["4"])["4"].reject_last_at is not None


@pytest.mark.usefixtures("filled")
def test_ledger_can_be_looked_into_while_a_run_holds_it(
    command: Command, open_ledger: OpenLedger
) -> None:
    with open_ledger():
        assert '"command": "target-marketo"' in command("status", "--format", "json")
        assert json.loads(command("rejects", "retry", "--format", "json")) == {"retried": 3}


def test_resolved_rejects_are_not_listed(
    command: Command, open_ledger: OpenLedger, created: Build, refused: Build
) -> None:
    with open_ledger() as ledger:
        ledger.settle([refused("1")])
        ledger.settle([created("1")])
    assert json.loads(command("rejects", "list", "--format", "json")) == []
    assert "no open rejects" in command("status")


def test_place_without_a_ledger_is_an_error_and_stays_without(ledger_url: str) -> None:
    for _ in range(2):
        result = CliRunner().invoke(main, ["status", "--ledger-url", ledger_url])
        assert result.exit_code == 1
        assert "there is no ledger at" in result.stderr


@pytest.mark.usefixtures("filled")
def test_installed_program_takes_the_ledger_from_its_variable(ledger_url: str) -> None:
    result = subprocess.run(
        [str(PROGRAM), "rejects", "list"],
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env={**os.environ, "MARKETO_SYNC_LEDGER_URL": ledger_url},
    )
    assert "local.ambiguous" in result.stdout
