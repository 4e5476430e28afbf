"""The Singer side: STATE, signals, schemas, BATCH files, settings, and what stops a run."""

from __future__ import annotations

import gzip
import json
import signal
import stat
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from target_runs import COLUMNS, a_contact, a_record, a_schema, a_state, lines, singer

from tests.faults import forks

if TYPE_CHECKING:
    from target_runs import TargetRunner

SECONDS_TO_GET_THERE = 30


def wait_for(condition) -> None:
    deadline = time.monotonic() + SECONDS_TO_GET_THERE
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def test_state_comes_as_soon_as_all_rows_before_it_are_settled(run_target: TargetRunner):
    with run_target.start() as process:
        contacts = [a_contact(n) for n in range(1, 302)]
        process.stdin.write(lines(singer(contacts, state_every=300)[:-1]))
        process.stdin.write(lines(a_record(a_contact(n)) for n in range(302, 901)))
        process.stdin.flush()
        first = json.loads(process.stdout.readline())
        assert first == a_state(300)["value"]
        assert len(run_target.leads("id")) >= 300
        process.communicate(lines([a_state(900)]))
    assert process.returncode == 0


def test_a_state_that_only_comes_at_the_end_covers_everything(run_target: TargetRunner):
    run = run_target(singer([a_contact(n) for n in range(1, 4)]))
    assert run.states == [3]


def test_no_state_covers_what_the_ledger_did_not_take(run_target: TargetRunner):
    run_target(singer([]))
    run_target.change_ledger(
        "create trigger no before insert on records when new.record_key = '302'"
        " begin select raise(abort, 'no'); end"
    )
    contacts = [a_contact(n) for n in range(1, 303)]
    run = run_target(singer(contacts, state_every=300))
    assert run.status == 1
    assert run.states == [300]
    assert "person302" not in run.stderr
    run_target.change_ledger("drop trigger no")
    assert run_target(singer(contacts)).counts == {"taken": 302, "updated": 2, "unchanged": 300}


def test_sigterm_inside_a_batch_finishes_it_and_prints_no_state_beyond_it(
    run_target: TargetRunner,
):
    run_target.simulator.post("/settings", latency_seconds=1.0)
    with run_target.start() as process:
        contacts = [a_contact(n) for n in range(1, 351)]
        process.stdin.write(lines(singer(contacts, state_every=10)[:-1]))
        process.stdin.flush()
        wait_for(run_target.calls)
        process.send_signal(signal.SIGTERM)
        stdout, stderr = process.communicate()
    assert process.returncode == 128 + signal.SIGTERM, stderr
    assert len(run_target.leads("id")) == 300
    assert len(run_target.ledger("records")) == 300
    upto = [json.loads(line)["bookmarks"]["crm-contacts"]["upto"] for line in stdout.splitlines()]
    assert all(number <= 300 for number in upto)
    run_target.simulator.post("/settings", latency_seconds=0.0)
    run = run_target(singer(contacts))
    assert run.counts == {"taken": 350, "created": 50, "unchanged": 300}
    assert len(run_target.leads("id")) == 350


def test_sigint_while_waiting_for_input_ends_the_run_at_once(run_target: TargetRunner):
    with run_target.start() as process:
        process.stdin.write(lines(singer([a_contact(1)])[:1]))
        process.stdin.flush()
        wait_for(lambda: run_target.calls("GET", "/rest/v1/leads/describe2.json"))
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate()
    assert process.returncode == 128 + signal.SIGINT, stderr
    assert "stopped by SIGINT" in stderr.rstrip().rpartition("\n")[2]


def test_rows_before_a_schema_change_are_sent_before_the_rows_after_it(run_target: TargetRunner):
    wider = {**COLUMNS, "note": {"type": ["null", "string"]}}
    messages = [
        *singer([a_contact(1, plan="first")])[:-1],
        a_schema(wider),
        a_record(a_contact(1, plan="second", note="x")),
        a_state(2),
    ]
    run = run_target(messages)
    assert run.counts == {"taken": 2, "created": 1, "updated": 1}
    assert run_target.leads("planCode") == [("second",)]
    assert run.states == [2]


def test_rows_before_a_schema_change_are_sent_with_all_columns_that_they_came_with(
    run_target: TargetRunner,
):
    run_target(singer([a_contact(1), a_contact(2)]))
    narrower = {name: schema for name, schema in COLUMNS.items() if name != "plan"}
    row = {name: a_contact(2, first_name="New")[name] for name in narrower}
    messages = [*singer([a_contact(1, plan="pro")])[:-1], a_schema(narrower), a_record(row)]
    run = run_target([*messages, a_state(2)])
    assert run.counts == {"taken": 2, "updated": 2}
    assert run_target.leads("firstName", "planCode") == [("New", "basic"), ("Person 1", "pro")]


def test_rows_of_batch_files_are_sent_by_300_like_any_others(
    run_target: TargetRunner, tmp_path: Path
):
    plain, packed = tmp_path / "one.jsonl", tmp_path / "two.jsonl.gz"
    plain.write_text("".join(json.dumps(a_contact(n)) + "\n" for n in range(1, 651)))
    packed.write_bytes(gzip.compress(json.dumps(a_contact(651)).encode() + b"\n"))
    batches = [
        {"format": "jsonl", "manifest": [f"file://{plain}"]},
        {"format": "jsonl", "compression": "gzip", "manifest": [f"file://{packed}"]},
    ]
    messages = [
        a_schema(),
        *(
            {
                "type": "BATCH",
                "stream": "crm-contacts",
                "encoding": {k: v for k, v in batch.items() if k != "manifest"},
                "manifest": batch["manifest"],
            }
            for batch in batches
        ),
        a_state(651),
    ]
    run = run_target(messages)
    assert run.counts == {"taken": 651, "created": 651}, run.stderr
    assert [len(call["body"]["input"]) for call in run_target.calls()] == [300, 300, 51]
    assert run.states == [651]


def test_rows_marked_as_deleted_are_neither_sent_nor_emptied(run_target: TargetRunner):
    run_target(singer([a_contact(1), a_contact(2)]))
    columns = {**COLUMNS, "gone_at": {"type": ["null", "string"]}}
    deleted = {"contact_id": 1, "_sdc_deleted_at": "2026-11-24T09:00:00Z", "_sdc_lsn": 5}
    rows = [deleted, a_contact(2, plan="pro", gone_at="2026-11-24T09:00:00Z")]
    run = run_target(singer(rows, columns=columns), entry={"deleted_at": "gone_at"})
    assert run.counts == {"taken": 2, "held": 2}
    assert run_target.leads("firstName", "planCode") == [
        ("Person 1", "basic"),
        ("Person 2", "basic"),
    ]


def test_rows_without_consent_are_neither_sent_nor_deleted(run_target: TargetRunner):
    columns = {**COLUMNS, "consent": {"type": ["null", "boolean"]}}
    rows = [a_contact(n, consent=given) for n, given in enumerate((True, False, None), start=1)]
    run = run_target(singer(rows, columns=columns), entry={"where": "consent"})
    assert run.counts == {"taken": 3, "created": 1, "held": 2}
    assert run_target.leads("contactKey") == [("1",)]


def test_consent_that_comes_back_sends_what_has_changed_meanwhile(run_target: TargetRunner):
    columns = {**COLUMNS, "consent": {"type": ["null", "boolean"]}}

    def counts(*rows: tuple[bool, str], **settings: object) -> dict[str, int]:
        contacts = [a_contact(1, consent=consent, plan=plan) for consent, plan in rows]
        messages = singer(contacts, columns=columns)
        return run_target(messages, entry={"where": "consent"}, **settings).counts

    assert counts((True, "a")) == {"taken": 1, "created": 1}
    assert counts((False, "b")) == {"taken": 1, "held": 1}
    assert counts((True, "a")) == {"taken": 1, "unchanged": 1}
    steps = [(True, "c"), (False, "d"), (True, "e")]
    assert counts(*steps, batch_size_rows=1) == {"taken": 3, "updated": 2, "held": 1}
    assert run_target.leads("planCode") == [("e",)]


def test_stream_maps_and_record_metadata_keep_working(run_target: TargetRunner):
    maps = {"people": {"__alias__": "crm-contacts", "first_name": "first_name.upper()"}}
    run = run_target(
        singer([a_contact(1)], stream="people"), stream_maps=maps, add_record_metadata=True
    )
    assert run.status == 0, run.stderr
    assert run_target.leads("contactKey", "firstName") == [("1", "PERSON 1")]
    run = run_target(
        singer([a_contact(1)], stream="people"), stream_maps=maps, add_record_metadata=True
    )
    assert run.counts == {"taken": 1, "unchanged": 1}


def test_what_is_no_singer_input_stops_the_run_with_its_place(run_target: TargetRunner):
    cases = {
        "stream 'crm-contacts' was encountered before": [a_record(a_contact(1))],
        "line 2 of the input is not JSON": [a_schema(), "{broken"],
        "line 2 of the input is no Singer message": [a_schema(), "[1]"],
        "lacks its key column contact_id": [a_schema(), a_record({"email": "a@example.com"})],
        "stream `other`: nothing says what it becomes; map it under `streams` or in `mapping_file`,"
        " as crm-contacts": [a_schema(stream="other")],
    }
    for words, messages in cases.items():
        run = run_target([*messages, a_state(1)])
        assert run.status == 1
        assert words in run.last_line, run.stderr
        assert "Traceback" not in run.stderr
        assert run.states == []
        assert "example.com" not in run.stderr


@pytest.mark.parametrize("text", ["null", "[]", "5"])
def test_a_config_file_without_an_object_stops_the_run(run_target: TargetRunner, text: str):
    (run_target.folder / "odd.json").write_text(text)
    done = forks.run(run_target.server, ["--config", "odd.json"], run_target.folder)
    assert (done.status, done.stdout) == (1, "")
    assert "`--config` names a file that does not hold a JSON object" in done.stderr
    assert "Traceback" not in done.stderr


def test_full_disk_behind_the_output_ends_the_run_and_loses_nothing(run_target: TargetRunner):
    rows = singer([a_contact(1)])
    paths = {name: str(run_target.folder / name) for name in ("stdin", "stderr")}
    Path(paths["stdin"]).write_text(lines(rows))
    order = {
        "arguments": run_target.command()[1:],
        "folder": str(run_target.folder),
        "temporary": str(run_target.folder),
        "stdout": "/dev/full",
        **paths,
    }
    with forks.started(run_target.server, order) as running:
        assert running.wait() == 1
    told = Path(paths["stderr"]).read_text()
    assert "STATE cannot be written (No space left on device)" in told.rstrip().rpartition("\n")[2]
    assert "Traceback" not in told
    assert run_target(rows).counts == {"taken": 1, "unchanged": 1}


def test_closed_output_ends_the_run_before_a_call(run_target: TargetRunner):
    closed = ["sh", "-c", 'exec "$@" >&-', "sh", *run_target.command()]
    done = subprocess.run(
        closed, input=lines(singer([a_contact(1)])), capture_output=True, check=False, text=True
    )
    assert done.returncode == 1
    assert "stdout is closed" in done.stderr.rstrip().rpartition("\n")[2]
    assert "Traceback" not in done.stderr
    assert run_target.simulator.get("/calls")["calls"] == []


def test_an_empty_input_opens_nothing(run_target: TargetRunner):
    assert run_target([]).status == 0
    assert run_target.simulator.get("/calls")["calls"] == []


def test_an_empty_ledger_below_a_state_is_a_loud_warning(run_target: TargetRunner):
    messages = [a_state(7), *singer([a_contact(1)])]
    assert "the ledger is EMPTY" in run_target(messages).stderr
    assert "the ledger is EMPTY" not in run_target(messages).stderr


def test_settings_are_checked_before_the_first_call(run_target: TargetRunner):
    secret = "a-planted-secret"
    cases = {
        "`dry_rum` is not a setting; did you mean `dry_run`?": {"dry_rum": True},
        "`client_secret` must be of type": {"client_secret": [secret]},
        "`endpoint` must begin with https": {"endpoint": "http://marketo.example.com"},
        "`max_rejects_percent` must be 100 or less": {"max_rejects_percent": 101},
        "`mapping_file` are both set": {"mapping_file": "mapping.yml"},
    }
    for words, settings in cases.items():
        run = run_target(singer([a_contact(1)]), **settings)
        assert run.status == 1
        assert words in run.last_line, run.stderr
        assert secret not in run.stderr
    assert run_target.simulator.get("/calls")["calls"] == []


def test_two_targets_at_once_the_second_stops_and_names_the_first(run_on_both: TargetRunner):
    with run_on_both.start() as first:
        first.stdin.write(lines([a_schema()]))
        first.stdin.flush()
        wait_for(lambda: run_on_both.calls("GET", "/rest/v1/leads/describe2.json"))
        second = run_on_both(singer([a_contact(1)]))
        assert second.status == 1
        assert f"process {first.pid}" in second.last_line
        assert "target-marketo" in second.last_line
        first.communicate(lines([a_record(a_contact(1)), a_state(1)]))
    assert first.returncode == 0
    assert run_on_both.leads("contactKey") == [("1",)]


@pytest.mark.parametrize("setting", ["rejects_path", "dry_run_path"])
def test_a_file_that_cannot_be_written_stops_the_run_before_the_first_call(
    run_target: TargetRunner, tmp_path: Path, setting: str
):
    where = str(tmp_path / "nowhere" / "lines.jsonl")
    settings = {setting: where, "dry_run": setting == "dry_run_path"}
    run = run_target(singer([a_contact(1, email="bad")]), **settings)
    assert (run.status, run.stdout) == (1, "")
    assert f"`{setting}` names cannot be written: No such file or directory" in run.last_line
    assert "Traceback" not in run.stderr
    assert run_target.simulator.get("/calls")["calls"] == []


def test_the_copy_of_the_rejects_is_for_its_owner_only(run_target: TargetRunner, tmp_path: Path):
    path = tmp_path / "rejects.jsonl"
    path.touch(mode=0o644)
    run_target(singer([a_contact(1, email="bad")]), rejects_path=str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (reject,) = (json.loads(line) for line in path.read_text().splitlines())
    assert (reject["record_key"], reject["code"]) == ("1", "local.bad_email")
    assert reject["payload"]["email"] == "bad"
