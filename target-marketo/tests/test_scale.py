"""A hundred thousand rows: memory stays flat, a second run writes nothing and asks little."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from target_runs import COUNTS, a_contact, a_state, singer

if TYPE_CHECKING:
    from pathlib import Path

    from target_runs import TargetRunner

ROWS = 100_000
FEW = 10_000
MOST_GROWTH_KB = 15_000


def peak_memory(
    run_target: TargetRunner, rows: int, folder: Path, **settings: str
) -> tuple[int, str]:
    """Kilobytes at the most, and the log, of a run over that many rows."""
    source, log = folder / "input.jsonl", folder / "log"
    with source.open("w") as file:
        head = singer([])[0]
        file.write(json.dumps(head) + "\n")
        for number in range(1, rows + 1):
            record = {"type": "RECORD", "stream": head["stream"], "record": a_contact(number)}
            file.write(json.dumps(record) + "\n")
            if number % FEW == 0:
                file.write(json.dumps(a_state(number)) + "\n")
    with source.open() as stdin, log.open("w") as stderr:
        process = subprocess.Popen(
            run_target.command(**settings), stdin=stdin, stderr=stderr, stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    text = log.read_text()
    assert process.returncode == 0, text
    return usage.ru_maxrss, text


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(run_target: TargetRunner, tmp_path: Path):
    few, _ = peak_memory(run_target, FEW, tmp_path)
    many, log = peak_memory(run_target, ROWS, tmp_path)
    assert many - few < MOST_GROWTH_KB
    found = COUNTS.search(log)
    assert found
    assert (int(found["created"]), int(found["unchanged"])) == (ROWS - FEW, FEW)
    assert len(run_target.leads("id")) == ROWS
    run_target.simulator.delete("/calls")
    _, log = peak_memory(run_target, ROWS, tmp_path)
    assert run_target.calls() == []
    assert "3 calls" in log  # usage, two describes


@pytest.mark.slow
def test_memory_does_not_grow_with_the_leads_that_are_found(
    run_target: TargetRunner, tmp_path: Path
):
    peak_memory(run_target, ROWS, tmp_path)
    few, many = (
        peak_memory(run_target, rows, tmp_path, ledger_url=f"sqlite:///{tmp_path}/{rows}.db")
        for rows in (FEW, ROWS)
    )
    assert f"{ROWS} updated" in many[1]
    assert many[0] - few[0] < MOST_GROWTH_KB
