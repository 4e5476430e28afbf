"""A dry run reads, prints what would be sent beside what is there, and leaves no trace."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest
from target_runs import COLUMNS, a_contact, singer

if TYPE_CHECKING:
    from pathlib import Path

    from target_runs import Row, TargetRunner

BOOLEAN = {"type": ["null", "boolean"]}
TEXT = {"type": ["null", "string"]}


def test_differences_are_printed_and_written_and_nothing_is_sent(
    run_target: TargetRunner, tmp_path: Path
):
    run_target(singer([a_contact(1), a_contact(2)]))
    run_target.simulator.post("/leads/2", planCode="by hand")
    run_target.simulator.delete("/calls")
    records = run_target.ledger("records")
    path = tmp_path / "differences.jsonl"
    path.touch(mode=0o644)
    rows = [a_contact(1), a_contact(2, plan="pro"), a_contact(3), a_contact(4, email="bad")]
    run = run_target(singer(rows), dry_run=True, dry_run_path=str(path))
    assert run.status == 0, run.stderr
    assert run.stdout == ""
    assert run_target.calls() == []
    assert run_target.ledger("records") == records
    assert run_target.ledger("rejects") == []
    found = [json.loads(line) for line in path.read_text().splitlines()]
    changed = [line for line in found if line["record_key"] == "2"]
    assert changed == [
        {
            "object": "contacts",
            "record_key": "2",
            "marketo_id": 2,
            "result": "updated",
            "field": "planCode",
            "marketo": "by hand",
            "database": "pro",
        }
    ]
    created = {line["field"]: line["database"] for line in found if line["record_key"] == "3"}
    assert created["firstName"] == "Person 3"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    table = [line.split() for line in run.stderr.splitlines()]
    assert ["contacts", "2", "updated", "planCode", "by", "hand", "pro"] in table
    reason = "email: no ASCII address with one @"
    assert ["contacts", "4", "refused", "local.bad_email", *reason.split()] in table
    assert run.counts == {"taken": 4, "created": 1, "updated": 1, "unchanged": 1, "refused": 1}


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"missing_in_marketo": "recreate", "deleted_in_database": "delete", "nulls": "always"},
        {"action": "createOrUpdate"},
        pytest.param({"action": "updateOnly"}, marks=pytest.mark.slow),
        pytest.param({"action": "createOnly"}, marks=pytest.mark.slow),
    ],
    ids=["auto", "recreate", "createOrUpdate", "updateOnly", "createOnly"],
)
def test_what_it_counts_is_what_the_next_run_does(run_target: TargetRunner, entry: Row):
    columns = {**COLUMNS, "consent": BOOLEAN, "gone_at": TEXT}
    entry = {"where": "consent", "deleted_at": "gone_at", **entry}

    def rows(*numbers: int, **changes: object) -> list[Row]:
        changes = {"consent": True, "gone_at": None, **changes}
        return [a_contact(number, **changes) for number in numbers]

    first = singer(rows(*range(1, 9)), columns=columns)
    run_target(first, entry={**entry, "action": "auto"})
    run_target.simulator.delete("/leads/3")
    others = ["person20@example.com", *2 * ["person21@example.com"]]
    keyed = [{"contactKey": key} for key in ("22", "22", "23")]
    run_target.simulator.post("/leads", input=[*({"email": each} for each in others), *keyed])
    mixed = [
        *rows(1, 20, 21, 22, 23, 24), *rows(2, 3, plan="pro"), *rows(4, consent=False, plan="pro"),
        *rows(5, plan=None), *rows(6, gone_at="2026-11-24T09:00:00Z"), *rows(7, email="bad"),
        *rows(25, first_name="x" * 300), *rows(24, plan="later"),
    ]  # fmt: skip
    for dry_run in (True, False):
        messages = singer(mixed, columns=columns)
        run = run_target(messages, entry=entry, dry_run=dry_run, max_delete_percent=100)
        assert run.status == 0, run.stderr
    streams = [json.loads(cycle["counts"])["streams"] for cycle in run_target.ledger("cycles")]
    told, done = (each["crm-contacts"] for each in streams[1:])
    assert told["in"] == len(mixed)
    told["reasons"].pop("dry run: would be sent")
    assert told == done


def test_a_row_that_comes_twice_is_shown_once_in_each_batch(run_target: TargetRunner):
    run = run_target(singer([a_contact(n % 300) for n in range(1, 602)]), dry_run=True)
    assert run.counts == {"taken": 601, "created": 601}
    cycles = run_target.ledger("cycles")
    assert [cycle["status"] for cycle in cycles] == ["done"]
    assert "dry_run" in str(cycles[0]["counts"])


def test_marketos_values_are_read_once_for_300_rows(run_target: TargetRunner):
    run_target(singer([a_contact(n) for n in range(1, 301)]))
    run_target.simulator.delete("/calls")
    run_target(singer([a_contact(n, plan="pro") for n in range(1, 301)]), dry_run=True)
    assert len(run_target.calls("GET")) == 1
