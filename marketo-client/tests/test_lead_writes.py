"""Sync Leads and Delete Leads: one call, a result per record, and what a lost answer means."""

from __future__ import annotations

import json

import pytest
from marketo_client import LostAnswerError, RequestError, SyncAction, TransportError

ROWS = [{"email": "ada@example.com"}, {"email": "bob@example.com"}]


def sync(marketo, action=SyncAction.CREATE_OR_UPDATE, **more):
    return marketo.leads.sync(ROWS, action=action, lookup_field="email", **more)


def test_results_come_in_the_order_of_the_records(script, marketo, answers):
    reasons = [{"code": "1003", "message": "Invalid value for field 'email' and value 'bob@x'"}]
    script.will_answer(
        answers.success(
            result=[{"id": 7, "status": "created"}, {"status": "skipped", "reasons": reasons}]
        )
    )
    reply = sync(marketo, partition="EU")
    created, skipped = reply.results
    assert (created.status, created.id, created.code) == ("created", 7, None)
    assert (skipped.status, skipped.id, skipped.code) == ("skipped", None, "1003")
    assert "bob" not in (skipped.reason or "")
    assert reply.request_id == "e42b#19a1b2c3d4e"
    [(method, path, _, body)] = script.requests
    assert (method, path) == ("POST", "/rest/v1/leads.json")
    assert json.loads(body) == {
        "action": "createOrUpdate",
        "lookupField": "email",
        "partitionName": "EU",
        "input": ROWS,
    }


@pytest.mark.parametrize("action", [each for each in SyncAction if each != SyncAction.UPDATE_ONLY])
def test_a_call_that_may_create_is_never_repeated_blindly(script, marketo, answers, action):
    for failure in (
        answers.scripted(reset=True),
        answers.scripted(b"<html>", status=502),
        answers.scripted(answers.success(result=[]), cut=True),
        answers.failure("604"),
    ):
        script.requests.clear()
        script.will_answer(failure)
        with pytest.raises(LostAnswerError):
            sync(marketo, action)
        assert len(script.requests) == 1


def test_an_update_by_id_is_repeated_and_never_names_a_partition(script, marketo, answers):
    done = answers.success(result=[{"id": 7, "status": "updated"}, {"id": 8, "status": "updated"}])
    script.will_answer(answers.scripted(reset=True), answers.failure("604"), done)
    reply = sync(marketo, SyncAction.UPDATE_ONLY, partition="EU")
    assert [result.id for result in reply.results] == [7, 8]
    assert len(script.requests) == 3
    assert "partitionName" not in json.loads(script.requests[-1][3])


def test_busy_answers_are_waited_for_whatever_the_action(script, marketo, answers):
    done = answers.success(result=[{"id": 7, "status": "created"}, {"id": 8, "status": "created"}])
    script.will_answer(answers.failure("606"), answers.failure("615"), done)
    assert len(sync(marketo).results) == 2


def test_a_refusal_of_the_whole_call_keeps_its_code(script, marketo, answers):
    script.will_answer(answers.scripted(b"<html>", status=413))
    with pytest.raises(RequestError) as refused:
        sync(marketo)
    assert refused.value.code == "413"


def test_a_result_that_is_missing_counts_as_a_lost_answer(script, marketo, answers):
    script.will_answer(answers.success(result=[{"id": 7, "status": "created"}]))
    with pytest.raises(TransportError):
        sync(marketo)


def test_more_than_a_call_takes_is_not_sent(script, marketo):
    rows = [{"email": "a@example.com"}] * 301
    with pytest.raises(ValueError, match="300"):
        marketo.leads.sync(rows, action=SyncAction.CREATE_ONLY, lookup_field="email")
    rows = [{"freeText": "x" * 1_100_000}]
    with pytest.raises(ValueError, match="bytes"):
        marketo.leads.sync(rows, action=SyncAction.CREATE_ONLY, lookup_field="email")
    assert script.requests == []


def test_deletes_are_repeated_and_tell_which_lead_was_gone(script, marketo, answers):
    gone = {"id": 8, "status": "skipped", "reasons": [{"code": "1004", "message": "not found"}]}
    done = answers.success(result=[{"id": 7, "status": "deleted"}, gone])
    script.will_answer(answers.scripted(reset=True), done)
    reply = marketo.leads.delete([7, 8])
    assert [(r.status, r.id, r.code) for r in reply.results] == [
        ("deleted", 7, None),
        ("skipped", 8, "1004"),
    ]
    assert json.loads(script.requests[-1][3]) == {"input": [{"id": 7}, {"id": 8}]}
