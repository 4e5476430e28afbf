"""Rows that wait for their parents: on disk, behind STATE, and safe against kills."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from crm import CONTACTS, ORDERS, TEXT, a_contact, an_order, contacts, orders, state
from target_runs import lines
from test_custom_objects import ORDER_TYPE, records

if TYPE_CHECKING:
    from pathlib import Path

    from target_runs import TargetRunner

STREAMS = {"contacts": CONTACTS, "orders": {**ORDERS, "create_type": False}}
FEW = 5_000
MANY = 100_000
MOST_GROWTH_KB = 30_000


@pytest.fixture(autouse=True)
def with_type(run_target: TargetRunner) -> None:
    run_target.simulator.post("/custom_object_types", **ORDER_TYPE)


def test_state_stays_behind_rows_that_wait_and_goes_on_with_them(run_target: TargetRunner):
    messages = [
        *orders.rows([an_order(1, 7), an_order(2, 8)]),
        state(2),
        *contacts.rows([a_contact(7)]),
        state(3),
        contacts.schema({**contacts.columns, "notes": TEXT}),  # sends what the old columns brought
        *contacts.rows([a_contact(8)])[1:],
        state(4),
    ]
    with run_target.start(streams=STREAMS) as process:
        process.stdin.write(lines(messages[:-1]))
        process.stdin.flush()
        while not records(run_target, "orderId"):
            assert process.poll() is None
        stdout, stderr = process.communicate(lines(messages[-1:]))
    assert process.returncode == 0, stderr
    states = [json.loads(line)["bookmarks"]["crm-contacts"]["upto"] for line in stdout.splitlines()]
    assert states == sorted(states)
    assert states[-1] == 4
    assert [number for (number,) in records(run_target, "orderId")] == ["1", "2"]


def test_a_row_that_waits_gives_way_to_a_later_one_with_its_key(run_target: TargetRunner):
    rows = [an_order(1, 7, status="old"), an_order(2, 7)]
    later = [an_order(1, 7, status="new")]
    messages = [
        *orders.rows(rows),
        orders.schema(),
        *orders.rows(later)[1:],
        *contacts.rows([a_contact(7)]),
        state(4),
    ]
    run = run_target(messages, streams=STREAMS)
    assert run.status == 0, run.stderr
    assert records(run_target, "orderId", "status") == [("1", "new"), ("2", "open")]
    assert "crm-orders: 3 in = 3 sent" in run.stderr
    assert run.states == [4]


def test_a_column_that_went_while_a_row_waited_is_sent_once_it_is_back(run_target: TargetRunner):
    run_target([*contacts.rows([a_contact(7)]), *orders.rows([an_order(1, 7)])], streams=STREAMS)
    moved = orders.rows([an_order(1, 8, status="new")])
    narrower = {name: column for name, column in orders.columns.items() if name != "status"}
    messages = [*moved, orders.schema(narrower), *contacts.rows([a_contact(8)]), state(2)]
    assert run_target(messages, streams=STREAMS).status == 0
    assert records(run_target, "leadID", "status") == [(2, "open")]
    run_target([*moved, state(1)], streams=STREAMS)
    assert records(run_target, "leadID", "status") == [(2, "new")]


def test_a_run_that_is_killed_while_rows_wait_loses_none(run_target: TargetRunner):
    waiting = orders.rows([an_order(n, n) for n in range(1, 701)])
    parents = contacts.rows([a_contact(n) for n in range(1, 701)])
    with run_target.start(streams=STREAMS) as process:
        process.stdin.write(lines([*waiting, state(700), *parents[:302]]))
        process.stdin.flush()
        while not records(run_target, "orderId"):
            assert process.poll() is None
        process.kill()
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.stdin = None
        stdout, _ = process.communicate()
    assert stdout == ""
    run = run_target([*waiting, state(700), *parents, state(1400)], streams=STREAMS)
    assert run.status == 0, run.stderr
    ids = dict(run_target.leads("contactKey", "id"))
    assert records(run_target, "orderId", "leadID") == sorted(
        ((str(n), ids[str(n)]) for n in range(1, 701)), key=str
    )
    assert run.states == [1400]


def peak_memory(run_target: TargetRunner, rows: int, folder: Path) -> int:
    """Kilobytes at the most of a run in which that many orders wait for their contacts."""
    source, log = folder / "input.jsonl", folder / "log"
    with source.open("w") as file:
        file.write(lines(orders.rows([])))
        for number in range(1, rows + 1):
            file.write(lines(orders.rows([an_order(number, number)])[1:]))
        file.write(lines([state(rows), *contacts.rows([])]))
        for number in range(1, rows + 1):
            file.write(lines(contacts.rows([a_contact(number)])[1:]))
        file.write(lines([state(2 * rows)]))
    with source.open() as stdin, log.open("w") as stderr:
        process = subprocess.Popen(
            run_target.command(streams=STREAMS),
            stdin=stdin,
            stderr=stderr,
            stdout=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, log.read_text()
    return usage.ru_maxrss


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_memory_does_not_grow_with_the_rows_that_wait(run_target: TargetRunner, tmp_path: Path):
    few = peak_memory(run_target, FEW, tmp_path)
    many = peak_memory(run_target, MANY, tmp_path)
    assert many - few < MOST_GROWTH_KB
    assert len(records(run_target, "orderId")) == MANY
