"""From a table to leads: the first load, then runs that send only what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_runs import a_contact, singer

if TYPE_CHECKING:
    from target_runs import TargetRunner

CONTACTS = 1000
KNOWN = 900


def test_leads_that_exist_by_email_only_are_linked_and_the_rest_is_created(
    run_on_both: TargetRunner,
):
    known = [{"email": f"PERSON{n}@Example.com"} for n in range(1, KNOWN + 1)]
    run_on_both.simulator.post("/leads", input=known)
    contacts = [a_contact(n) for n in range(1, CONTACTS + 1)]
    run = run_on_both(singer(contacts))
    assert run.status == 0, run.stderr
    assert run.counts == {"taken": 1000, "created": 100, "updated": 900}
    expected = sorted((str(n), f"Person {n}", n) for n in range(1, CONTACTS + 1))
    assert sorted(run_on_both.leads("contactKey", "firstName", "seats")) == expected
    assert len(run_on_both.calls()) == 4
    assert run.states == [CONTACTS]
    assert {record["status"] for record in run_on_both.ledger("records")} == {"linked"}


def test_a_run_without_changes_makes_no_write_call_and_no_look_up(run_on_both: TargetRunner):
    contacts = [a_contact(n) for n in range(1, 401)]
    run_on_both(singer(contacts))
    run_on_both.simulator.delete("/calls")
    run = run_on_both(singer(contacts))
    assert run.counts == {"taken": 400, "unchanged": 400}
    assert run_on_both.calls() == []
    assert run_on_both.calls("GET") == []
    assert run.states == [400]


def test_only_the_fields_that_changed_are_sent_by_marketos_id(run_target: TargetRunner):
    contacts = [a_contact(n) for n in range(1, 11)]
    run_target(singer(contacts))
    contacts[2] |= {"first_name": "Renamed"}
    contacts[4] |= {"plan": None, "vip": True}
    run_target.simulator.delete("/calls")
    run = run_target(singer(contacts))
    assert run.counts == {"taken": 10, "updated": 2, "unchanged": 8}
    (call,) = run_target.calls()
    assert (call["body"]["action"], call["body"]["lookupField"]) == ("updateOnly", "id")
    assert call["body"]["input"] == [
        {"id": 3, "firstName": "Renamed"},
        {"id": 5, "planCode": None, "isVip": True},
    ]


def test_changes_of_many_batches_wait_for_full_calls(run_target: TargetRunner):
    contacts = [a_contact(n) for n in range(1, 1201)]
    run_target(singer(contacts))
    changed = [{**row, "plan": "pro"} if row["contact_id"] % 2 else row for row in contacts]
    run_target.simulator.delete("/calls")
    run = run_target(singer(changed, state_every=100))
    assert run.counts == {"taken": 1200, "updated": 600, "unchanged": 600}
    assert [len(call["body"]["input"]) for call in run_target.calls()] == [300, 300]
    assert run.states == sorted(run.states)
    assert run.states[-1] == 1200
    assert len(run.states) > 1


def test_without_a_ledger_every_row_is_sent_and_nothing_is_doubled(run_target: TargetRunner):
    contacts = [a_contact(n) for n in range(1, 6)]
    run_target(singer(contacts), ledger_url="none")
    run = run_target(singer(contacts), ledger_url="none")
    assert run.counts == {"taken": 5, "updated": 5}
    assert len(run_target.leads("id")) == 5
