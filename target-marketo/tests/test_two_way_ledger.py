"""What the target leaves to marketo-sync in a ledger that is reconciled."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from crm import ACCOUNTS, accounts, an_account
from sqlalchemy import create_engine, text
from target_runs import a_contact, a_schema, a_state, singer

if TYPE_CHECKING:
    from target_runs import Row, TargetRunner

FIELDS = ("contactKey", "firstName", "planCode")
OF_ROW_1 = {"instance": "default", "object": "contacts", "record_key": "1"}


def change_ledger(run_target: TargetRunner, statement: str, **values: object) -> None:
    engine = create_engine(run_target.ledger_url)
    with engine.begin() as connection:
        connection.execute(text(statement), {**OF_ROW_1, **values})
    engine.dispose()


def insert(run_target: TargetRunner, table: str, **values: object) -> None:
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    change_ledger(run_target, f"insert into {table} ({names}) values ({places})", **values)  # noqa: S608 - ours


def reconciled(run_target: TargetRunner) -> None:
    """As if `marketo-sync reconcile` had run; the target has made the ledger before."""
    run_target([a_schema(), a_state(0)])
    at = "2026-11-24 10:00:00"
    of = {"instance": "default", "command": "reconcile", "status": "done"}
    insert(run_target, "cycles", **of, started_at=at, finished_at=at)


def hold(run_target: TargetRunner, field: str) -> None:
    """An open conflict of row 1."""
    insert(run_target, "conflicts", **OF_ROW_1, field=field, policy="review")


def leave_pending(run_target: TargetRunner, row: Row, why: str = "resolved") -> None:
    insert(run_target, "pending", **OF_ROW_1, row=json.dumps(row), why=why)


def open_rejects(run_target: TargetRunner) -> list[str]:
    return [row["record_key"] for row in run_target.ledger("rejects") if not row["resolved_at"]]


def test_a_held_field_is_not_sent_until_its_conflict_is_applied(run_target: TargetRunner):
    run_target(singer([a_contact(1)]))
    hold(run_target, "planCode")
    edited = a_contact(1, plan="gold", first_name="Ada")
    assert run_target(singer([edited])).counts == {"taken": 1, "updated": 1}
    assert run_target.leads(*FIELDS) == [("1", "Ada", "basic")]
    change_ledger(run_target, "update conflicts set winner = 'database'")
    assert run_target(singer([edited])).counts == {"taken": 1, "unchanged": 1}
    change_ledger(run_target, "update conflicts set applied_at = '2026-11-24 10:00:00'")
    leave_pending(run_target, edited)
    run_target([a_schema(), a_state(0)])
    assert run_target.leads(*FIELDS) == [("1", "Ada", "gold")]


def test_a_whole_record_is_sent_without_its_held_fields(run_target: TargetRunner):
    run_target(singer([a_contact(1)]))
    hold(run_target, "planCode")
    edited = a_contact(1, plan="gold", first_name="Ada")
    run_target(singer([edited]), entry={"action": "createOrUpdate"})
    assert run_target.leads(*FIELDS) == [("1", "Ada", "basic")]


def test_the_history_names_the_rule_that_decided_for_a_push(run_target: TargetRunner):
    run_target(singer([a_contact(1)]))
    (record,) = run_target.ledger("records")
    base = json.loads(record["base"])
    base["planCode"]["rule"] = "decided: newest"
    change_ledger(run_target, "update records set base = :base", base=json.dumps(base))
    run_target(singer([a_contact(1, plan="gold", first_name="Ada")]))
    rules = {(row["field"], row["rule"]) for row in run_target.ledger("changes")[-2:]}
    assert rules == {("planCode", "push: newest"), ("firstName", "push")}


@pytest.mark.parametrize("status", ["merged", "gone_in_marketo"])
@pytest.mark.parametrize("policy", ["hold", "recreate"])
def test_a_row_whose_lead_went_by_a_known_merge_or_deletion_is_left_alone(
    run_target: TargetRunner, status: str, policy: str
):
    run_target(singer([a_contact(1)]))
    change_ledger(run_target, "update records set status = :status", status=status)
    run_target.simulator.delete("/calls")
    leave_pending(run_target, a_contact(1, plan="gold"))
    run = run_target(singer([a_contact(1, plan="gold")]), entry={"missing_in_marketo": policy})
    assert run.counts == {"taken": 2, "held": 2}
    assert run_target.calls() == []
    assert open_rejects(run_target) == []


def test_a_lead_that_is_found_is_linked_and_not_overwritten(run_target: TargetRunner):
    reconciled(run_target)
    run_target.simulator.post(
        "/leads", input=[{"email": "person1@example.com", "firstName": "Of Marketo"}]
    )
    assert run_target(singer([a_contact(1), a_contact(2)])).counts == {
        "taken": 2,
        "created": 1,
        "unchanged": 1,
    }
    leave_pending(run_target, a_contact(1, plan="gold"))
    run_target(singer([a_contact(1, plan="gold")]))
    links = {row["record_key"]: row["marketo_id"] for row in run_target.ledger("records")}
    assert links == {"1": "1", "2": "2"}
    # The key goes one way, so it needs no base; the fields of both sides wait for their first link.
    assert run_target.leads("id", *FIELDS) == [
        (1, "1", "Of Marketo", None),
        (2, "2", "Person 2", "basic"),
    ]


def test_fields_that_go_to_marketo_only_need_no_reconciling(run_target: TargetRunner):
    reconciled(run_target)
    run_target.simulator.post("/leads", input=[{"email": "person1@example.com"}])
    entry = {"fields": {"email": {"to": "email", "direction": "to_marketo"}}}
    assert run_target(singer([a_contact(1)]), entry=entry).counts == {"taken": 1, "updated": 1}


def test_a_field_that_goes_to_the_database_is_never_sent(run_target: TargetRunner):
    fields = {"email": "email", "plan": {"to": "planCode", "direction": "to_database"}}
    run_target(singer([a_contact(1)]), entry={"fields": fields})
    run_target(singer([a_contact(1, plan="gold")]), entry={"fields": fields})
    assert run_target.leads("contactKey", "planCode") == [("1", None)]


def test_a_pending_row_that_was_refused_waits_as_any_other(run_target: TargetRunner):
    row = a_contact(1)
    run_target.simulator.post("/leads", input=[{"contactKey": "1"}, {"contactKey": "1"}])
    run_target(singer([row]))
    run_target.simulator.delete("/calls")
    leave_pending(run_target, row, "a new row")
    assert run_target([a_schema(), a_state(0)]).counts == {"taken": 1, "refused": 1}
    assert run_target.calls() == []


def test_what_the_database_refused_is_never_sent_to_marketo(run_target: TargetRunner):
    run_target(singer([a_contact(1)]))
    at = {"first_at": "2020-01-01 00:00:00", "last_at": "2020-01-01 00:00:00", "attempts": 1}
    refused = {"code": "local.refused_by_database", "stream": "crm-contacts"}
    insert(
        run_target, "rejects", **OF_ROW_1, **at, **refused, payload=json.dumps({"plan": "marketo"})
    )
    run_target.simulator.delete("/calls")
    run_target(singer([a_contact(1)]))
    assert run_target.calls() == []
    assert open_rejects(run_target) == ["1"]


def test_a_company_that_is_linked_by_its_key_alone_gets_what_differs_from_the_base(
    run_target: TargetRunner,
):
    reconciled(run_target)
    simulator = run_target.simulator
    simulator.post(
        "/companies",
        input=[{"externalCompanyId": "1", "company": "Of Marketo", "numberOfEmployees": 5}],
    )
    base = {
        name: {"database": None, "marketo": None, "pushed_at": None, "cycle": 1, "rule": "agree"}
        for name in ("numberOfEmployees",)
    }
    linked = {**OF_ROW_1, "object": "accounts", "status": "linked", "base": json.dumps(base)}
    insert(run_target, "records", **linked)
    streams = {"accounts": ACCOUNTS}
    for _ in range(2):
        run = run_target(accounts.rows([an_account(1, employees=7)]), streams=streams)
        assert run.status == 0, run.stderr
    (company,) = simulator.get("/companies")["companies"]
    assert (company["company"], company["numberOfEmployees"]) == ("Of Marketo", 7)
    (record,) = run_target.ledger("records")
    assert record["marketo_id"] == str(company["id"])


def test_a_company_that_is_linked_by_its_key_alone_is_deleted_by_its_key(run_target: TargetRunner):
    reconciled(run_target)
    companies = [{"externalCompanyId": str(number)} for number in range(1, 12)]
    run_target.simulator.post("/companies", input=companies)
    for company in companies:
        key = company["externalCompanyId"]
        of = {"instance": "default", "object": "accounts", "record_key": key}
        insert(run_target, "records", **of, status="linked", base="{}")
    gone = accounts.rows([{"account_id": 1, "_sdc_deleted_at": "2026-11-24T10:00:00Z"}])
    streams = {"accounts": {**ACCOUNTS, "deleted_in_database": "delete"}}
    run = run_target(gone, streams=streams)
    assert run.status == 0, run.stderr
    assert len(run_target.simulator.get("/companies")["companies"]) == 10
