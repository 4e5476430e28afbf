"""Bulk import: the file on the wire, waiting, and rows that went wrong."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from marketo_client import (
    LARGEST_FILE_BYTES,
    GivenUpError,
    ImportBatch,
    ImportProblem,
    ImportStatus,
    LostAnswerError,
    Marketo,
    QueueFullError,
    RecordNotFoundError,
    TransportError,
)

FILE = b"email,firstName\nada@example.com,Ada\n"
CSV = {"Content-Type": "text/csv"}


def over(number, **counts):
    """An import that is over, with a row of every kind unless told otherwise."""
    counts = {"processed": 1, "failed": 1, "with_warning": 1, **counts}
    now = datetime(2026, 11, 24, tzinfo=UTC)
    return ImportBatch(number, ImportStatus.COMPLETE, message="", read_at=now, **counts)


def batch(status, **more):
    return {"batchId": 3404, "importId": "3404", "status": status, **more}


def test_leads_go_as_multipart_with_what_the_import_needs(script, marketo, answers):
    script.will_answer(answers.success(result=[batch("Queued")]))
    made = marketo.lead_imports.create(FILE, lookup_field="email", partition="EU", static_list=1001)
    assert (made.id, made.status, made.processed) == (3404, ImportStatus.QUEUED, 0)
    [(method, path, _, body)] = script.requests
    assert (method, urlsplit(path).path) == ("POST", "/bulk/v1/leads.json")
    assert parse_qs(urlsplit(path).query) == {
        "format": ["csv"],
        "lookupField": ["email"],
        "partitionName": ["EU"],
        "listId": ["1001"],
    }
    assert b'form-data; name="file"; filename="import.csv"\r\nContent-Type: text/csv' in body
    assert FILE in body


def test_a_full_queue_and_a_busy_list_are_waited_for(script, marketo, answers):
    queued = answers.success(result=[batch("Queued")])
    script.will_answer(answers.failure("1016"), answers.failure("1019"), queued)
    assert marketo.lead_imports.create(FILE, lookup_field="id").id == 3404


def test_a_file_is_never_sent_twice_blindly(script, marketo, answers):
    for lost in (answers.scripted(reset=True), answers.failure("611")):
        script.requests.clear()
        script.will_answer(lost)
        with pytest.raises(LostAnswerError):
            marketo.custom_object_imports("order_c").create(FILE)
        assert [path for _, path, _, _ in script.requests] == [
            "/bulk/v1/customobjects/order_c/import.json?format=csv"
        ]


def test_files_that_marketo_would_refuse_are_not_sent(script, marketo):
    for file in (b"", b"x" * LARGEST_FILE_BYTES):
        with pytest.raises(ValueError, match="bytes in a file"):
            marketo.lead_imports.create(file, lookup_field="email")
    assert script.requests == []


def test_waiting_ends_with_the_import_whatever_its_end(script, marketo, answers, clock):
    counts = {"numOfObjectsProcessed": 2, "numOfRowsFailed": "1", "numOfRowsWithWarning": 0}
    script.will_answer(
        answers.success(result=[batch("Queued")]),
        answers.success(result=[batch("Importing")]),
        answers.success(result=[batch("Complete", message="1 failed", **counts)]),
    )
    orders = marketo.custom_object_imports("order_c")
    done = orders.wait(orders.status(3404))
    assert (done.status, done.processed, done.failed, done.with_warning, done.message) == (
        ImportStatus.COMPLETE,
        2,
        1,
        0,
        "1 failed",
    )
    assert sum(clock.slept) == 60
    assert script.requests[-1][1] == "/bulk/v1/customobjects/order_c/import/3404/status.json"
    script.will_answer(answers.success(result=[batch("Failed", message="Empty file")]))
    assert marketo.lead_imports.wait(done).is_over
    assert marketo.lead_imports.status(3404).status is ImportStatus.FAILED


def test_who_gives_up_waits_neither_for_a_place_nor_for_the_end(script, answers):
    with Marketo(script.connection()) as marketo, ThreadPoolExecutor() as pool:
        script.will_answer(answers.failure("1016"))
        sending = pool.submit(marketo.lead_imports.create, FILE, lookup_field="email")
        while marketo.calls.waits == 0:
            time.sleep(0.01)
        marketo.give_up_waiting()
        with pytest.raises(QueueFullError):
            sending.result()
        script.will_answer(answers.success(result=[batch("Queued")]))
        with pytest.raises(GivenUpError, match="still queued"):
            marketo.lead_imports.wait(marketo.lead_imports.status(3404))


def test_a_forgotten_import_says_so(script, marketo, answers):
    script.will_answer(answers.success(result=[]))
    with pytest.raises(RecordNotFoundError, match="seven days"):
        marketo.lead_imports.status(3404)


def test_failures_name_row_and_reason_through_broken_lines(script, marketo, answers):
    file = (
        "n,note,email,Import Failure Reason\r\n"
        '1,"a, quoted\nnote",ada@,Invalid email address\r\n'
        "2,two lines\nunquoted,bob@,Invalid data type in field Lead Score\r\n"
        "3,missing.dedupe.fields\r\n"
    )
    script.will_answer(answers.scripted(file.encode(), headers=CSV))
    problems = marketo.lead_imports.failures(over(3404), first_cells={"1", "2", "3"})
    assert problems == (
        ImportProblem(("1", "a, quoted\nnote", "ada@"), "Invalid email address"),
        ImportProblem(
            ("2", "two lines\nunquoted", "bob@"), "Invalid data type in field Lead Score"
        ),
        ImportProblem(("3",), "missing.dedupe.fields"),
    )
    assert script.requests[0][1] == "/bulk/v1/leads/batch/3404/failures.json"


def test_an_import_without_warnings_has_no_file(script, marketo, answers):
    script.will_answer(answers.scripted(b"not here", status=404, headers={"Content-Type": "text"}))
    assert marketo.custom_object_imports("order_c").warnings(over(1013)) == ()
    assert script.requests[0][1] == "/bulk/v1/customobjects/order_c/import/1013/warnings.json"


def test_an_import_without_problems_costs_no_call(script, marketo):
    fine = over(1013, failed=0, with_warning=0)
    assert marketo.lead_imports.failures(fine) == marketo.lead_imports.warnings(fine) == ()
    assert script.requests == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "text/html", ""])
def test_a_file_is_a_file_whatever_its_type(script, marketo, answers, content_type):
    file = b"email,Import Failure Reason\na@b.c,odd\n"
    script.will_answer(answers.scripted(file, headers={"Content-Type": content_type}))
    assert marketo.lead_imports.failures(over(1)) == (ImportProblem(("a@b.c",), "odd"),)


def test_a_page_of_a_gateway_is_no_file(script, marketo, answers):
    html = {"Content-Type": "text/html"}
    good = answers.scripted(b"email,Import Warning Reason\na@b.c,odd\n", headers=CSV)
    script.will_answer(
        answers.scripted(b"<html>", headers=html), answers.scripted(b"", headers=CSV), good
    )
    assert marketo.lead_imports.warnings(over(1)) == (ImportProblem(("a@b.c",), "odd"),)
    script.will_answer(answers.scripted(json.dumps({}).encode()))
    with pytest.raises(TransportError):
        marketo.lead_imports.warnings(over(1))
