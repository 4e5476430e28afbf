"""What was refused is kept, waits, and goes through once it can; pending rows go along."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from crm import ACCOUNTS
from sqlalchemy import create_engine, text
from target_runs import COLUMNS, ENTRY, a_contact, a_schema, a_state, singer

if TYPE_CHECKING:
    from target_runs import Row, TargetRunner

ANYTHING = {"type": ["null", "string", "number", "boolean", "integer"]}


def open_rejects(run_target: TargetRunner) -> dict[str, Row]:
    rows = run_target.ledger("rejects")
    return {row["record_key"]: row for row in rows if row["resolved_at"] is None}


def as_json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) and value[:1] in '{["' else value


def change_ledger(run_target: TargetRunner, statement: str, **values: str) -> None:
    engine = create_engine(run_target.ledger_url)
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def test_a_reject_keeps_the_row_its_reason_and_goes_when_the_row_is_mended(
    run_on_both: TargetRunner,
):
    run_on_both(singer([a_contact(1, email="bad"), a_contact(2)]))
    reject = open_rejects(run_on_both)["1"]
    assert as_json(reject["payload"]) == a_contact(1, email="bad")
    assert (reject["code"], reject["stream"]) == ("local.bad_email", "crm-contacts")
    assert reject["request_id"] is None
    run = run_on_both(singer([a_contact(1), a_contact(2)]))
    assert run.counts == {"taken": 2, "created": 1, "unchanged": 1}
    assert open_rejects(run_on_both) == {}
    assert len(run_on_both.ledger("rejects")) == 1


def test_each_reason_names_its_field_and_no_text_of_ours_shows_a_value(run_target: TargetRunner):
    """Not even where Marketo's own words repeat it."""
    planted = "planted"
    twins = [{"contactKey": "planted5"}, {"email": "planted6@example.com"}]
    run_target.simulator.post("/leads", input=[*twins, *twins])
    words = "Invalid JSON near 'planted broken'"
    run_target.fault("code", code="609", message=words, holding="planted broken", times=100)
    cases = {
        "email": {"email": planted}, "firstName": {"first_name": planted * 50},
        "seats": {"seats": planted}, "isVip": {"vip": planted}, "contact_id": {"contact_id": None},
        "contactKey": {"contact_id": "planted\0"}, "several leads match by email":
        {"email": "planted6@example.com"}, "Multiple lead": {"contact_id": "planted5"},
        "renewalDate": {"born": planted}, "what account names": {"account": planted},
        "609": {"plan": "planted broken"},
    }  # fmt: skip
    row = {"born": None, "account": None}
    rows = [{**a_contact(number), **row, **each} for number, each in enumerate(cases.values())]
    contacts = {**ENTRY, "company": "account"}
    contacts["fields"] = {**ENTRY["fields"], "born": "renewalDate"}
    columns = dict.fromkeys(rows[0], ANYTHING)
    streams = {"contacts": contacts, "accounts": ACCOUNTS}
    run = run_target(singer(rows, columns=columns), streams=streams)
    assert run.counts == {"taken": len(rows), "refused": len(rows) - 1, "held": 1}, run.stderr
    reasons = [row["reason"] for row in run_target.ledger("rejects")]
    assert {each for each in cases if any(each in reason for reason in reasons)} == cases.keys()
    assert planted not in run.stderr + "".join(reasons)


WITH_REF = {**COLUMNS, "ref": {"type": ["null", "string"]}}
KEYED_BY_REF = {"key": {"ref": "contactKey"}, "fields": {"first_name": "firstName"}}


def test_a_row_without_a_key_leaves_the_rejects_once_it_has_one(run_on_both: TargetRunner):
    """Its mapped key is not the table's: the table's tells which row it was."""
    rows = [a_contact(1, ref=None), a_contact(2, ref=""), a_contact(3, ref=None, vip=True)]
    run = run_on_both(singer(rows, columns=WITH_REF), entry=KEYED_BY_REF)
    assert run.counts == {"taken": 3, "refused": 3}
    assert set(open_rejects(run_on_both)) == {"?1", "?2", "?3"}
    mended = a_contact(1, ref="A1", first_name="Ada")
    run = run_on_both(singer([mended], columns=WITH_REF), entry=KEYED_BY_REF)
    assert run.counts == {"taken": 1, "created": 1}
    left_out = a_contact(2, ref=None, vip=None)
    entry = {**KEYED_BY_REF, "where": "vip"}
    assert run_on_both(singer([left_out], columns=WITH_REF), entry=entry).counts["held"] == 1
    assert set(open_rejects(run_on_both)) == {"?3"}


def test_a_row_without_a_key_is_one_reject_however_the_mapping_changes(run_target: TargetRunner):
    """A table without a key of its own, or whose own key is null."""
    run_target(singer([a_contact(1, contact_id=None)]))
    (first,) = open_rejects(run_target)
    run = run_target([a_schema(), a_state(0)], entry={"fields": {"first_name": "firstName"}})
    assert run.counts == {"taken": 1, "refused": 1}
    assert set(open_rejects(run_target)) == {first}
    entry = {"key": {"email": "email"}, "fields": {"first_name": "firstName"}}
    run = run_target([a_schema(), a_state(0)], entry=entry)
    assert run.counts == {"taken": 1, "created": 1}
    assert open_rejects(run_target) == {}


def test_a_reject_without_a_key_stays_until_its_row_is_sent(run_target: TargetRunner):
    """No row of the input stands behind it: who closed it before would lose the row."""
    rows = singer([a_contact(1, ref=None)], columns=WITH_REF)
    assert run_target(rows, entry=KEYED_BY_REF).counts == {"taken": 1, "refused": 1}
    none = singer([], columns=WITH_REF)
    by_email = {"key": {"email": "email"}, "fields": {"first_name": "firstName"}}
    run_target.fault("code", code="607", path="/rest/v1/leads.json", times=100)
    assert run_target(none, entry=by_email).status == 1
    assert set(open_rejects(run_target)) == {"?1"}
    run_target.simulator.delete("/faults")
    assert run_target(none, entry=by_email).counts == {"taken": 1, "created": 1}
    assert open_rejects(run_target) == {}


def test_a_row_that_goes_back_to_what_was_sent_closes_its_reject(run_target: TargetRunner):
    run_target(singer([a_contact(1)]))
    run_target(singer([a_contact(1, email="bad")]))
    assert set(open_rejects(run_target)) == {"1"}
    assert run_target(singer([a_contact(1)])).counts == {"taken": 1, "unchanged": 1}
    assert open_rejects(run_target) == {}


def test_a_refused_row_is_not_sent_again_until_a_day_has_passed(run_target: TargetRunner):
    run_target.simulator.post("/leads", input=[{"contactKey": "1"}, {"contactKey": "1"}])
    run_target(singer([a_contact(1)]))
    run_target.simulator.delete("/calls")
    assert run_target(singer([a_contact(1)])).counts == {"taken": 1, "refused": 1}
    assert run_target.calls() == []
    run_target.simulator.delete("/leads/2")
    change_ledger(run_target, "update rejects set last_at = '2020-01-01 00:00:00'")
    assert run_target(singer([])).counts == {"taken": 1, "updated": 1}
    assert open_rejects(run_target) == {}


def test_what_was_refused_here_is_not_tried_again_by_itself_after_a_day(run_target: TargetRunner):
    run_target(singer([a_contact(1, email="bad")]))
    change_ledger(run_target, "update rejects set last_at = '2020-01-01 00:00:00'")
    assert "again" not in run_target([a_schema(), a_state(0)]).stderr
    assert run_target(singer([a_contact(1, email="bad")])).counts == {"taken": 1, "refused": 1}
    assert open_rejects(run_target)["1"]["attempts"] == 2


def test_rejects_go_again_by_themselves_when_the_mapping_has_changed(run_target: TargetRunner):
    run_target(singer([a_contact(1, email="bad")]))
    entry = {"fields": {"first_name": "firstName"}}
    run = run_target([a_schema(), a_state(0)], entry=entry)
    assert run.counts == {"taken": 1, "created": 1}
    assert "1 of them taken again" in run.stderr
    assert run_target.leads("contactKey", "firstName") == [("1", "Person 1")]


def test_rejects_go_again_when_marketos_field_has_changed(run_target: TargetRunner):
    run_target(singer([a_contact(1, plan="x" * 300)]))
    assert open_rejects(run_target)["1"]["code"] == "local.too_long"
    run_target.simulator.post("/fields/planCode", length=400)
    assert run_target([a_schema(), a_state(0)]).counts == {"taken": 1, "created": 1}


def test_pending_rows_are_sent_whatever_the_source_brings(run_target: TargetRunner):
    run_target(singer([a_contact(1)]))
    row = json.dumps(a_contact(2))
    change_ledger(
        run_target,
        "insert into pending (instance, object, record_key, row, why)"
        " values ('default', 'contacts', '2', :row, 'review resolved')",
        row=row,
    )
    assert run_target([a_schema(), a_state(0)]).counts == {"taken": 1, "created": 1}
    assert run_target.ledger("pending") == []
    assert run_target.leads("contactKey") == [("1",), ("2",)]


def test_the_same_counts_are_in_the_cycles_of_the_ledger(run_target: TargetRunner):
    run_target(singer([a_contact(1), a_contact(2, email="bad")]))
    (cycle,) = run_target.ledger("cycles")
    counts = as_json(cycle["counts"])
    stream = counts["streams"]["crm-contacts"]
    assert (cycle["command"], cycle["status"]) == ("target-marketo", "done")
    assert (stream["in"], stream["sent"], stream["created"], stream["refused"]) == (2, 1, 1, 1)
    assert stream["reasons"] == {"local.bad_email": 1}
    assert counts["calls"]["/rest/v1/leads.json"] > 0


def test_each_push_is_in_the_changes_of_the_ledger(run_target: TargetRunner):
    run_target(singer([a_contact(1)]))
    run_target(singer([a_contact(1, plan="pro")]))
    changes = [row for row in run_target.ledger("changes") if row["field"] == "planCode"]
    found = [(as_json(row["old"]), as_json(row["new"]), row["side"]) for row in changes]
    assert found == [(None, "basic", "marketo"), ("basic", "pro", "marketo")]
