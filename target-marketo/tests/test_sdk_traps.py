"""Where the SDK's stock target would lose rows, mix them up or say too much: what ours does."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from target_runs import (
    COLUMNS,
    ENTRY,
    STREAM,
    a_contact,
    a_record,
    a_schema,
    a_state,
    lines,
    singer,
)

if TYPE_CHECKING:
    from pathlib import Path

    from target_runs import TargetRunner

PARTNERS = "crm-partners"
TWO_STREAMS = {
    "contacts": ENTRY,
    "partners": {**ENTRY, "table": "crm.partners"},
}


def version(number: int, stream: str = STREAM) -> dict[str, Any]:
    return {"type": "ACTIVATE_VERSION", "stream": stream, "version": number}


def wait_for(condition) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def test_a_batch_is_never_larger_than_a_call_whatever_the_setting_says(run_target: TargetRunner):
    run = run_target(singer([a_contact(n) for n in range(1, 651)]), batch_size_rows=10_000)
    assert run.counts == {"taken": 650, "created": 650}
    assert [len(call["body"]["input"]) for call in run_target.calls()] == [300, 300, 50]


def test_the_same_schema_again_changes_nothing(run_target: TargetRunner):
    messages = [a_schema()]
    for number in range(1, 4):
        messages += [a_record(a_contact(number)), a_schema()]
    run = run_target([*messages, a_state(3)])
    assert run.counts == {"taken": 3, "created": 3}
    assert len(run_target.calls()) == 1


def test_rows_of_two_streams_are_sent_one_after_the_other(run_target: TargetRunner):
    """The stock target has eight threads; two rows would find one lead at the same time."""
    run_target.simulator.post("/leads", input=[{"email": "same@example.com"}])
    rows = [a_contact(n, email="same@example.com") for n in (1, 2)]
    messages = [
        a_schema(),
        a_schema(stream=PARTNERS),
        a_record(rows[0]),
        a_record(rows[1], stream=PARTNERS),
        a_state(2),
    ]
    run = run_target(messages, streams=TWO_STREAMS)
    assert run.status == 0, run.stderr
    assert run.states == [2]
    assert sorted(key for (key,) in run_target.leads("contactKey")) == ["1", "2"]


def test_state_waits_for_the_rows_of_all_streams(run_target: TargetRunner):
    """What one stream could not send holds STATE back, also where other streams are done."""
    run_target.fault("code", code="607", holding='"partner"', times=1000)
    partner = a_contact(900, plan="partner")
    messages = [
        a_schema(),
        a_schema(stream=PARTNERS),
        *(a_record(a_contact(n)) for n in range(1, 301)),
        a_state(300),
        a_record(partner, stream=PARTNERS),
        a_state(301),
    ]
    run = run_target(messages, streams=TWO_STREAMS)
    assert run.status == 1
    assert run.states == [300]
    assert len(run_target.ledger("records")) == 300


def test_state_of_interleaved_streams_covers_no_row_that_is_not_in_the_ledger(
    run_target: TargetRunner,
):
    """Each STATE has a bookmark of both; the calls of one stream fail from some row on."""
    run_target.fault("code", code="607", holding='"5350"', times=1000)
    messages = [a_schema(), a_schema(stream=PARTNERS)]
    for number in range(1, 601):
        bookmarks = {stream: {"upto": number} for stream in (STREAM, PARTNERS)}
        messages += [
            a_record(a_contact(number)),
            a_record(a_contact(5000 + number), stream=PARTNERS),
            {"type": "STATE", "value": {"bookmarks": bookmarks}},
        ]
    run = run_target(messages, streams=TWO_STREAMS)
    assert run.status == 1
    assert run.states == [300]
    keys = {record["record_key"] for record in run_target.ledger("records")}
    covered = [*range(1, 301), *range(5001, 5301)]
    assert keys.issuperset(map(str, covered))


def test_a_version_message_does_not_overtake_the_rows_before_it(run_target: TargetRunner):
    messages = [version(1), a_schema(), a_record(a_contact(1)), version(1), a_record(a_contact(2))]
    run = run_target([*messages, version(1), a_state(2)])
    assert run.status == 0, run.stderr
    assert run.counts == {"taken": 2, "created": 2}
    assert run.states == [2]


def test_a_view_without_a_key_is_known_by_the_key_of_its_mapping(run_target: TargetRunner):
    schema = {**a_schema(), "key_properties": []}
    messages = [schema, a_record(a_contact(1)), a_record(a_contact(2)), a_state(2)]
    assert run_target(messages).counts == {"taken": 2, "created": 2}
    assert run_target(messages).counts == {"taken": 2, "unchanged": 2}


def test_columns_of_the_sdks_metadata_reach_the_target(run_target: TargetRunner):
    """The stock sink takes `_sdc_deleted_at` away, and so a deleted row for a living one."""
    columns = {**COLUMNS, "_sdc_deleted_at": {"type": ["null", "string"]}}
    living, gone = a_contact(1, _sdc_deleted_at=None), a_contact(2, _sdc_deleted_at="2026-11-24")
    run = run_target(singer([living, gone], columns=columns))
    assert run.counts == {"taken": 2, "created": 1, "held": 1}
    assert run_target.leads("contactKey") == [("1",)]


def test_a_setting_that_would_mean_nothing_is_not_there(run_target: TargetRunner):
    run = run_target(singer([a_contact(1)]), load_method="overwrite")
    assert run.status == 1
    assert "`load_method` is not a setting" in run.last_line


def test_stdout_holds_states_and_nothing_else(run_target: TargetRunner):
    maps = {STREAM: {"first_name": "first_name + 1"}}  # fails, and the SDK says so
    run = run_target(singer([a_contact(1)]), stream_maps=maps)
    assert run.status == 1
    assert run.stdout == ""
    assert "Person 1" not in run.stderr, run.stderr


def test_a_message_that_lacks_a_part_is_named_by_its_line_without_its_values(
    run_target: TargetRunner,
):
    row = a_contact(1)
    cases: dict[str, dict[str, Any]] = {
        "lacks `record`": {"type": "RECORD", "stream": STREAM, "values": row},
        "lacks `stream`": {"type": "RECORD", "record": row},
        "is a message of an unknown type": {"type": "RECORDS", "record": row},
        "lacks `value`": {"type": "STATE", "state": row},
    }
    for words, message in cases.items():
        run = run_target([a_schema(), message])
        assert run.status == 1
        assert f"line 2 of the input {words}" in run.last_line, run.stderr
        assert row["email"] not in run.stderr
        assert "Traceback" not in run.stderr


def test_a_part_of_a_message_that_is_none_of_singers_is_named_by_its_line(
    run_target: TargetRunner,
):
    """The SDK ends in a traceback. A STATE may be anything: it is the tap's."""
    row, batch = a_record(a_contact(1)), {"type": "BATCH", "stream": STREAM, "manifest": []}
    jsonl = {"format": "jsonl"}
    cases: list[tuple[str, dict[str, Any]]] = [
        ("`record` is none", {**row, "record": None}),
        ("`record` is none", {**row, "record": ["planted"]}),
        ("`stream` is none", {**row, "stream": [STREAM]}),
        ("`schema` is none", {**a_schema(), "schema": None}),
        ("`properties` is none", {**a_schema(), "schema": {"properties": ["planted"]}}),
        ("`key_properties` is none", {**a_schema(), "key_properties": "contact_id"}),
        ("`encoding` is none", {**batch, "encoding": None}),
        ("BATCH files are read as JSON lines", {**batch, "encoding": {}}),
        ("`manifest` is none", {**batch, "encoding": jsonl, "manifest": None}),
        ("BATCH file 5: its path is not absolute", {**batch, "encoding": jsonl, "manifest": [5]}),
        ("BATCH file x: cannot be", {**batch, "encoding": jsonl, "manifest": ["s3://a/x"]}),
        ("is no Singer message", {**row, "type": ["RECORD"]}),
    ]
    for words, message in cases:
        run = run_target([a_schema(), message, a_state(1)])
        assert (run.status, run.stdout) == (1, "")
        assert words in run.last_line, run.stderr
        assert "Traceback" not in run.stderr
        assert "planted" not in run.stderr
    for value in (None, ["x"], {"bookmarks": ["x"]}):
        state = {"type": "STATE", "value": value}
        run = run_target([state, a_schema(), a_record(a_contact(1)), state])
        assert run.status == 0, run.stderr


def test_batch_files_that_cannot_be_read_stop_the_run_with_their_name(
    run_target: TargetRunner, tmp_path: Path
):
    whole = gzip.compress(json.dumps(a_contact(1)).encode() + b"\n")
    (tmp_path / "cut.gz").write_bytes(whole[:-12])
    (tmp_path / "no.gz").write_text(json.dumps(a_contact(1)))
    (tmp_path / "broken.gz").write_bytes(gzip.compress(b'{"contact_id": 1}\n{broken'))
    cases = {
        "BATCH file missing.gz: cannot be read: No such file": "missing.gz",
        "BATCH file cut.gz: cannot be read: it is cut off": "cut.gz",
        "BATCH file no.gz: cannot be read": "no.gz",
        "BATCH file broken.gz: line 2 is no JSON object": "broken.gz",
    }
    for words, name in cases.items():
        batch = {
            "type": "BATCH",
            "stream": STREAM,
            "encoding": {"format": "jsonl", "compression": "gzip"},
            "manifest": [f"file://{tmp_path / name}"],
        }
        run = run_target([a_schema(), batch, a_state(1)])
        assert run.status == 1
        assert words in run.last_line, run.stderr
        assert run.states == []
        assert "Traceback" not in run.stderr


def test_a_second_signal_ends_the_run_at_once(run_target: TargetRunner):
    run_target.fault("timeout", path="*/usage.json", seconds=120)
    with run_target.start(request_timeout_seconds=120) as process:
        process.stdin.write(lines(singer([a_contact(1)])[:-1]))
        process.stdin.flush()
        wait_for(lambda: run_target.calls("GET", "/rest/v1/stats/usage.json"))

        while process.poll() is None:
            process.send_signal(signal.SIGTERM)  # again: two before it looks count as one
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1)  # a third, while it ends, would end it as a stranger
        process.stdin.close()
        process.stdin = None
        stdout, _ = process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert [json.loads(line) for line in stdout.splitlines()] == []


def test_a_signal_ends_a_run_whose_row_waits_behind_a_lost_answer(run_target: TargetRunner):
    """Nobody may send the first form again yet, so the second one never gets its turn."""
    run_target.fault("late_work", path="/rest/v1/leads.json", holding="createOrUpdate", seconds=90)
    rows = [a_contact(1), a_contact(1, plan="gold")]
    with run_target.start(request_timeout_seconds=90, batch_size_rows=1) as process:
        process.stdin.write(lines(singer(rows)))
        process.stdin.flush()
        looked_up = ("GET", "/rest/v1/leads.json")  # by key, by e-mail, and for the lost answer
        wait_for(lambda: len(run_target.calls(*looked_up)) > len(rows))
        process.send_signal(signal.SIGTERM)
        try:
            stdout, stderr = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 128 + signal.SIGTERM, stderr
    assert stdout == ""


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            {"first_name": "first_name +"},
            "cannot be used (Failed to parse expression first_name +)",
        ),
        ({"__key_properties__": ["shoe"]}, "cannot be used (Invalid key properties"),
        ({"first_name": "first_name + 1"}, "cannot be applied to one of its records (TypeError)"),
        ({"seats": "int(first_name)"}, "cannot be applied to one of its records (ValueError)"),
        ({"first_name": "shoe"}, "cannot be applied to one of its records (Failed to evaluate"),
    ],
)
def test_stream_map_that_fails_is_told_with_its_stream_and_without_a_value(
    run_target: TargetRunner, rule: dict[str, Any], words: str
):
    run = run_target(singer([a_contact(1)]), stream_maps={STREAM: rule})
    assert run.status == 1
    assert f"`stream_maps`: what is set for {STREAM} {words}" in run.last_line
    assert "Traceback" not in run.stderr
    assert "Person 1" not in run.stderr
