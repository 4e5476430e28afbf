"""Mapping against Marketo before the first write: what never worked stops, drift does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from target_runs import COLUMNS, ENTRY, a_contact, a_record, a_schema, a_state, singer

if TYPE_CHECKING:
    from pathlib import Path

    from target_runs import TargetRunner

FIELDS = {"email": "email", "first_name": "firstName", "plan": "planCode", "seats": "seats"}


def test_everything_that_is_wrong_is_said_at_once_before_a_call_is_spent_on_records(
    run_target: TargetRunner,
):
    entry = {
        "key": {"contact_id": "firstName"},
        "match": ["city"],
        "fields": {
            "email": "emial",
            "first_name": "createdAt",
            "plan": "fitFormula",
            "seats": {"to": "city"},
        },
    }
    run = run_target(singer([a_contact(1)]), entry=entry)
    assert run.status == 1
    for words in (
        "key contact_id: Marketo looks no leads up by firstName",
        "column email: Marketo has no field emial; is email meant?",
        "column first_name: createdAt is read-only",
        "column plan: fitFormula is read-only",
        "match city: Marketo looks no leads up by city",
    ):
        assert words in run.stderr
    calls = run_target.simulator.get("/calls")["calls"]
    paths = {call["path"].rpartition("/")[2] for call in calls}
    assert paths == {"token", "usage.json", "describe.json", "describe2.json"}
    assert run.states == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("planCode", "planCode is read-only"),
        ("score1", "score1 is score; a key is text or integer"),
        ("contactkey", "Marketo has no field contactkey; is contactKey meant?"),
    ],
)
def test_a_key_that_cannot_be_one_is_told(run_target: TargetRunner, name: str, why: str):
    run_target.simulator.post("/fields", name="score1", dataType="score")
    run_target.simulator.post("/fields/planCode", readOnly=True)
    entry = {"key": {"contact_id": name}, "fields": {"email": "email"}}
    run = run_target(singer([a_contact(1)]), entry=entry)
    assert run.status == 1
    assert f"entry `contacts`, key contact_id: {why}" in run.last_line
    assert run_target.calls() == []


def test_a_marketo_that_does_not_tell_its_keys_is_written_to(run_target: TargetRunner):
    run_target.fault("code", code="610", path="*/describe2.json", times=100)
    run = run_target(singer([a_contact(1)]))
    assert run.counts == {"taken": 1, "created": 1}


def test_columns_are_checked_when_the_schema_comes(run_target: TargetRunner):
    columns = {"contact_id": {"type": "integer"}, "email": {"type": "boolean"}}
    run = run_target(singer([a_contact(1)], columns=columns))
    assert run.status == 1
    assert "column email: boolean cannot fill email, which is email" in run.stderr
    assert "column plan: the stream has no such column" in run.stderr
    assert run_target.calls() == []


def test_a_later_stream_that_cannot_be_sent_does_not_deny_what_was_sent(run_target: TargetRunner):
    other = {**COLUMNS, "email": {"type": "boolean"}}
    later = singer([a_contact(1, email=True)], columns=other, stream="crm-later")
    streams = {"contacts": ENTRY, "later": {**ENTRY, "table": "crm.later"}}
    run = run_target(
        [*singer(a_contact(number) for number in range(2_000)), *later], streams=streams
    )
    assert run.status == 1
    assert "column email: boolean cannot fill email" in run.stderr
    assert "nothing was sent" not in run.stderr
    assert run_target.leads("contactKey") != []


def test_what_this_version_does_not_do_is_refused_and_never_ignored(run_target: TargetRunner):
    cases = {
        "never makes duplicates": {"action": "createDuplicate"},
    }
    for words, entry in cases.items():
        run = run_target(singer([a_contact(1)]), entry=entry)
        assert run.status == 1
        assert words.strip() in run.stderr, run.stderr
    deal = {
        "object": "opportunity",
        "key": {"id": "externalOpportunityId"},
        "fields": {"n": "name"},
    }
    run = run_target(singer([a_contact(1)]), streams={"deals": deal})
    assert "entry `deals`: this version writes no opportunity" in run.stderr
    assert run_target.calls() == []


def test_a_mapping_file_gives_all_its_errors_with_their_lines(
    run_target: TargetRunner, tmp_path: Path
):
    path = tmp_path / "mapping.yml"
    path.write_text(
        "objects:\n  contacts:\n    object: leed\n    key: {id: contactKey}\n    nuls: never\n"
        "    fields: {email: email}\n"
    )
    run = run_target(singer([a_contact(1)]), streams=None, mapping_file=str(path))
    assert run.status == 1
    assert "line 3" in run.stderr
    assert "line 5" in run.stderr
    path.write_text(
        "objects:\n  contacts:\n    object: lead\n    table: crm.contacts\n"
        "    key: {contact_id: contactKey}\n    fields: {email: email}\n"
    )
    run = run_target(singer([a_contact(1)]), streams=None, mapping_file=str(path))
    assert run.counts == {"taken": 1, "created": 1}


def test_a_field_that_worked_before_and_is_gone_is_left_out_with_a_warning(
    run_target: TargetRunner,
):
    run_target(singer([a_contact(1)]), entry={"fields": FIELDS})
    run_target.simulator.post("/fields/planCode", hidden=True)
    fewer = {name: schema for name, schema in COLUMNS.items() if name != "seats"}
    row = {name: value for name, value in a_contact(1, first_name="New").items() if name in fewer}
    run = run_target([a_schema(fewer), a_record(row), a_state(1)], entry={"fields": FIELDS})
    assert run.counts == {"taken": 1, "updated": 1}
    assert "left out: entry `contacts`, column plan: Marketo has no field planCode" in run.stderr
    assert "left out: entry `contacts`, column seats: the stream has no such column" in run.stderr
    _, _, summary = run.stderr.rpartition("summary:")
    assert "left out: entry `contacts`, column plan" in summary
    assert run_target.leads("firstName", "seats") == [("New", 1)]
    counts = run_target.ledger("cycles")[-1]["counts"]
    assert "planCode" in str(counts)


def test_a_key_that_is_gone_stops_the_run_even_if_it_worked_before(run_target: TargetRunner):
    run_target(singer([a_contact(1)]))
    run_target.simulator.post("/fields/contactKey", hidden=True)
    run = run_target(singer([a_contact(1, plan="pro")]))
    assert run.status == 1
    assert "key contact_id: Marketo has no field contactKey" in run.stderr
    assert run_target.leads("planCode") == [("basic",)]


def test_the_ledger_of_one_instance_is_not_used_with_another(run_target: TargetRunner):
    run_target(singer([a_contact(1)]))
    other = run_target.simulator.endpoint.replace("127.0.0.1", "localhost")
    run = run_target(singer([a_contact(2)]), endpoint=other)
    assert run.status == 1
    assert "127.0.0.1" in run.last_line
    assert run_target.leads("contactKey") == [("1",)]


def test_a_mapping_of_one_instance_is_not_used_with_another(
    run_target: TargetRunner, tmp_path: Path
):
    entry = {**ENTRY, "stream": "contacts"}
    file = tmp_path / "mapping.yml"
    file.write_text(json.dumps({"instance": "123-ABC-456", "objects": {"contacts": entry}}))
    elsewhere = "https://789-DEF-012.mktorest.com/rest"
    run = run_target(
        singer([a_contact(1)]), endpoint=elsewhere, mapping_file=str(file), streams=None
    )
    assert run.status == 1
    assert "123-ABC-456" in run.last_line
    assert "789-def-012.mktorest.com" in run.last_line
    assert run.states == []


@pytest.mark.parametrize("role", ["where", "deleted_at", "marketo_id"])
def test_a_column_that_decides_what_becomes_of_a_row_has_to_be_there(
    run_target: TargetRunner, role: str
):
    """Without it no row would be sent, no delete be seen, or each row be taken for a new lead."""
    run = run_target(singer([a_contact(1)]), entry={role: "seat"})
    assert run.status == 1
    told = f"entry `contacts`, {role} seat: the stream has no such column; is seats meant?"
    assert told in run.stderr
