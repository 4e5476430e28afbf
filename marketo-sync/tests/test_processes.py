"""Two processes on one ledger, and processes that are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from marketo_sync import Ledger, LedgerLockedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from marketo_sync import Outcome

    Build = Callable[..., Outcome]
    Rows = Callable[[str], list[dict[str, Any]]]

PROCESSES = Path(__file__).parent / "processes"
PATIENCE_SECONDS = 60
MOST_STATEMENTS = 20


@contextmanager
def opened(url: str, **changed: Any) -> Iterator[Ledger]:
    given = {"command": "reconcile", "host": "localhost", **changed}
    with Ledger.open(url, **given) as ledger:
        yield ledger


@contextmanager
def start(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A running program of `processes/`; killed at the end."""
    command = [sys.executable, str(PROCESSES / program), *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ask(process: subprocess.Popen[str], line: str) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def wait_until_held(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"


@contextmanager
def holder(url: str, *instance: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the ledger."""
    with start("hold.py", url, *instance) as process:
        wait_until_held(process)
        yield process


def test_second_run_stops_and_names_the_first(ledger_url: str) -> None:
    locked = pytest.raises(LedgerLockedError)
    with holder(ledger_url) as first, locked as caught, opened(ledger_url):
        pass
    assert "instance default is held by target-marketo" in str(caught.value)
    assert f"process {first.pid}" in str(caught.value)


def test_second_process_stops_while_this_one_holds_the_ledger(ledger_url: str) -> None:
    with opened(ledger_url):
        second = subprocess.run(
            [sys.executable, str(PROCESSES / "hold.py"), ledger_url],
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
    assert second.returncode == 1
    assert "held by reconcile" in second.stderr


def test_another_instance_of_the_same_ledger_is_free(ledger_url: str) -> None:
    with holder(ledger_url, "sandbox"), opened(ledger_url) as ledger:
        assert ledger.is_empty()


def test_killed_run_leaves_the_ledger_free_and_is_found_out(ledger_url: str, rows: Rows) -> None:
    with holder(ledger_url) as first:
        first.send_signal(signal.SIGKILL)
        first.wait(PATIENCE_SECONDS)
    with opened(ledger_url):
        pass
    statuses = [row["status"] for row in sorted(rows("cycles"), key=lambda row: row["id"])]
    assert statuses == ["killed", "stopped"]
    assert [row["command"] for row in rows("instances")] == [None]


def test_processes_that_meet_no_ledger_make_one(ledger_url: str, rows: Rows) -> None:
    with ExitStack() as started:
        processes = [
            started.enter_context(start("hold.py", ledger_url, name)) for name in ("one", "two")
        ]
        for process in processes:
            wait_until_held(process)
        assert len(rows("cycles")) == len(processes)


def test_kill_anywhere_inside_a_settle_leaves_all_of_it_or_nothing(
    ledger_url: str, refused: Build, rows: Rows
) -> None:
    with opened(ledger_url) as ledger:
        ledger.settle([refused("2")])
    with start("die.py", ledger_url) as process:
        for statement in range(MOST_STATEMENTS):
            if ask(process, str(statement)) == "0":
                break
            assert [row["resolved_at"] for row in rows("rejects")] == [None]
            assert rows("records") == rows("changes") == rows("known_fields") == []
    assert statement > 5, "the sweep has to strike between the statements"
    is_open = {row["record_key"]: row["resolved_at"] is None for row in rows("rejects")}
    assert is_open == {"2": False, "3": True}
    assert len(rows("records")) == 2
    assert [row["new"] for row in rows("changes")] == ["new"]


@pytest.mark.parametrize("statement", [2, 8, 12])
def test_kill_inside_an_upgrade_leaves_no_half_made_ledger(
    ledger_url: str, rows: Rows, created: Build, statement: int
) -> None:
    killed = subprocess.run(
        [sys.executable, str(PROCESSES / "die_upgrading.py"), ledger_url, str(statement)],
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert killed.returncode == -signal.SIGKILL
    with opened(ledger_url) as ledger:
        ledger.settle([created("1")])
    assert len(rows("records")) == 1
