"""What is told of a job when it is moved: little, old, or nothing at all."""

from __future__ import annotations

import pytest
from marketo_client import AlreadyQueuedError, ExportStatus, LeadFilter, UnreadableReplyError

QUEUED = {"exportId": "7", "status": "Queued"}
LITTLE = {"nothing": [], "no state": [{"exportId": "7"}], "no job": None}


@pytest.mark.parametrize("verb", ["enqueue", "cancel"])
@pytest.mark.parametrize("kind", LITTLE)
def test_a_job_is_moved_once_whatever_is_told_of_it(verb, kind, script, marketo, answers):
    script.will_answer(answers.success(result=LITTLE[kind]), answers.success(result=[QUEUED]))
    job = getattr(marketo.lead_exports, verb)("7")
    assert job.status is ExportStatus.QUEUED
    assert [path.rpartition("/")[2] for _, path, *_ in script.requests] == [
        f"{verb}.json",
        "status.json",
    ]


@pytest.mark.parametrize("verb", ["enqueue", "cancel"])
def test_what_is_posted_without_a_body_is_json_by_adobes_contract(verb, script, marketo, answers):
    script.will_answer(answers.success(result=[QUEUED]))
    getattr(marketo.lead_exports, verb)("7")
    assert script.content_types == ["application/json"]


@pytest.mark.parametrize("row", [{}, {"exportId": None}, {"exportId": ""}])
def test_a_job_without_an_id_is_the_one_that_was_asked_for(row, script, marketo, answers):
    script.will_answer(answers.success(result=[{**row, "status": "Queued"}]))
    assert marketo.lead_exports.status("7").id == "7"
    with pytest.raises(UnreadableReplyError, match="exportId"):
        marketo.lead_exports.create(fields=["id"], where=LeadFilter.static_list(1))


@pytest.mark.parametrize("row", [{}, {"status": None}, {"status": ""}])
def test_a_job_without_a_state_is_not_waited_for(row, script, marketo, answers):
    script.will_answer(answers.success(result=[{**row, "exportId": "7"}]))
    with pytest.raises(UnreadableReplyError, match="status"):
        marketo.lead_exports.status("7")


def test_a_job_that_is_queued_already_may_be_shown_as_created(script, marketo, answers):
    shown = [{"exportId": "7", "status": status} for status in ("Created", "Queued")]
    script.will_answer(
        answers.failure("1029", "Job already queued"),
        *(answers.success(result=[each]) for each in shown),
    )
    assert marketo.lead_exports.enqueue("7").status is ExportStatus.QUEUED


def test_a_job_that_stays_created_is_not_waited_for_all_day(script, marketo, answers):
    created = answers.success(result=[{"exportId": "7", "status": "Created"}])
    refusal = answers.failure("1029", "Job already queued")
    script.will_answer(refusal, *[created] * 10)
    with pytest.raises(AlreadyQueuedError, match="1029"):
        marketo.lead_exports.enqueue("7")
