"""Answers that Adobe's documentation allows and our simulator does not give: they read the same.

One table for each kind of answer: what Marketo sends, and what comes of it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import UTC, datetime

import pytest
from marketo_client import (
    AlreadyQueuedError,
    BudgetError,
    CredentialsError,
    ExportQuotaError,
    ExportStatus,
    FeatureMissingError,
    LeadFilter,
    Marketo,
    QueueFullError,
    RenewTokenError,
    SyncAction,
    UnreadableReplyError,
    Window,
)
from marketo_client.errors import error_rule
from marketo_client.http.replies import Answer
from marketo_client.http.tokens import read_token

DATED = {"Date": "Tue, 24 Nov 2026 10:00:00 GMT"}
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WINDOW = Window(datetime(2026, 11, 1, tzinfo=UTC), NOON)
WHERE = LeadFilter.created(WINDOW)
ROW = {"id": 1}


# The envelope

ENVELOPES = {
    "keys in another order": {"success": True, "result": [ROW], "requestId": "1#19a1b2c3d4e"},
    "keys that nobody knows": {"success": True, "result": [ROW], "warnings": [], "x": {}, "y": 1},
    "no request id": {"success": True, "result": [ROW]},
    "errors, and none": {"success": True, "errors": [], "warnings": [], "result": [ROW]},
    "a word for true": {"success": "true", "result": [ROW]},
    "another word for true": {"success": "True", "result": [ROW]},
    "no token, in words": {"success": True, "result": [ROW], "nextPageToken": None},
    "an empty token": {"success": True, "result": [ROW], "nextPageToken": ""},
    "a token on the last page": {
        "success": True, "result": [ROW], "nextPageToken": "T", "moreResult": False,
    },
    "the same in words": {
        "success": True, "result": [ROW], "nextPageToken": "T", "moreResult": "false",
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", ENVELOPES)
def test_a_page_is_read_whatever_is_around_it(kind, script, marketo, answers):
    script.will_answer(answers.scripted(ENVELOPES[kind], headers=DATED))
    pages = list(marketo.leads.pages_by_ids([1], fields=["id"]))
    assert [page.rows for page in pages] == [[ROW]]
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"success": True},
        {"success": True, "result": None},
        {"success": True, "result": []},
        {"success": True, "result": [], "nextPageToken": "T", "moreResult": True},
        {"success": True, "warnings": ["No assets found for the given search criteria."]},
        {"success": False, "errors": [{"code": 702, "message": "No data found"}]},
    ],
)
def test_nothing_found_is_an_empty_page(body, script, marketo, answers):
    script.will_answer(answers.scripted(body, headers=DATED))
    assert [page.rows for page in marketo.leads.pages_by_ids([1], fields=["id"])] == [[]]


@pytest.mark.parametrize(("word", "more"), [("true", True), ("false", False), ("True", True)])
def test_a_feed_may_say_in_a_word_whether_more_comes(word, more, script, marketo, answers):
    script.will_answer(answers.success(nextPageToken="U", moreResult=word))
    assert marketo.activities.page("T", type_ids=[1]).more is more


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error": "invalid_token"}'])
def test_a_call_that_is_answered_401_gets_another_token(body, script, marketo, answers):
    refused = answers.scripted(body, status=401)
    script.will_answer(refused, answers.success(result=[{"total": 7}]))
    assert marketo.usage.calls_today() == 7
    assert len(script.token_requests) == 2
    script.will_answer(refused)
    with pytest.raises(RenewTokenError, match="HTTP 401"):
        marketo.usage.calls_today()


def test_an_error_comes_with_any_status_and_its_code_may_be_a_number(script, marketo, answers):
    busy = {"success": False, "errors": [{"code": 606, "message": "Max rate limit exceeded"}]}
    script.will_answer(
        answers.scripted(busy, status=400), answers.scripted(busy, status=503),
        answers.success(result=[{"total": "7"}]),
    )  # fmt: skip
    assert marketo.usage.calls_today() == 7


# What time it is

TIMELESS = {"requestId": "a unique id", "success": True, "nextPageToken": "T"}


def test_an_answer_without_a_time_is_dated_by_the_answers_before(script, marketo, answers, clock):
    script.will_answer(answers.scripted(TIMELESS, headers=DATED), answers.scripted(TIMELESS))
    first = marketo.activities.paging_token(NOON)
    clock.sleep(90)
    second = marketo.activities.paging_token(NOON)
    assert second.read_at == datetime(2026, 11, 24, 10, 1, 30, tzinfo=UTC)
    assert (second.read_at - first.read_at).total_seconds() == 90


def test_the_identity_service_tells_the_time_too(script, marketo):
    [token] = script.tokens
    token.headers.update(DATED)
    script.will_answer(TIMELESS)
    assert marketo.activities.paging_token(NOON).read_at.hour == 10


@pytest.mark.parametrize(
    "date",
    [
        "Tue, 24 Nov 2026 10:00:00 +0000",
        "Tue, 24 Nov 2026 04:00:00 -0600",
        "Tuesday, 24-Nov-26 10:00:00 GMT",
        "24 Nov 2026 10:00:00 GMT",
    ],
)
def test_a_date_header_has_several_forms(date, script, marketo, answers):
    script.will_answer(answers.scripted(TIMELESS, headers={"Date": date}))
    token = marketo.activities.paging_token(NOON)
    assert token.read_at == datetime(2026, 11, 24, 10, tzinfo=UTC)


# The identity service

CREDENTIALS = {
    "401 and an error": (401, b'{"error": "invalid_client", "error_description": "Bad client"}'),
    "401 and another": (401, b'{"error": "unauthorized"}'),
    "401 and a page": (401, b"<html>Unauthorized</html>"),
    "401 and nothing": (401, b""),
    "401 in Marketo's envelope": (401, b'{"success": false, "errors": [{"code": "601"}]}'),
    "400": (400, b'{"error": "invalid_request"}'),
    "200 and an error": (200, b'{"error": "invalid_client"}'),
}


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_refused_credentials_are_told_as_such(kind):
    status, body = CREDENTIALS[kind]
    with pytest.raises(CredentialsError, match=r"`client_id`.*`client_secret`"):
        read_token(Answer(status, {}, body), asked_at=0)


@pytest.mark.parametrize("life", [3599, "3599", 3599.0, None])
def test_a_token_lives_as_long_as_it_is_said_in_any_form(life):
    body = json.dumps({"access_token": "T", "expires_in": life, "scope": None}).encode()
    assert read_token(Answer(200, {}, body), asked_at=0).seconds_left >= 3599


# Texts of errors

TEXTS = {
    "Too many jobs in queue": QueueFullError,
    "Export job queue is full": QueueFullError,
    "The queue already contains 10 jobs": QueueFullError,
    "Maximum number of queued jobs reached": QueueFullError,
    "": QueueFullError,
    "Export daily quota 500MB exceeded.": ExportQuotaError,
    "Daily limit of 500 MB reached": ExportQuotaError,
    "You have exceeded your quota for today": ExportQuotaError,
    "Job already queued": AlreadyQueuedError,
    "Job is already in the queue": AlreadyQueuedError,
    "This job has already been enqueued": AlreadyQueuedError,
}


@pytest.mark.parametrize("text", TEXTS)
def test_the_meanings_of_1029_are_told_apart_in_other_words(text):
    assert error_rule("1029", text).family is TEXTS[text]


@pytest.mark.parametrize("code", ["1035", "1003"])
def test_a_filter_that_is_not_there_is_a_missing_feature(code, script, marketo, answers):
    script.will_answer(answers.failure(code, "Unsupported filter type for target subscription"))
    with pytest.raises(FeatureMissingError):
        marketo.lead_exports.create(fields=["id"], where=LeadFilter.updated(WINDOW))


# Describe

OLD = {"id": 53, "displayName": "First Name", "dataType": "string", "length": 255,
       "rest": {"name": "firstName", "readOnly": False}}  # fmt: skip
NEW = {"name": "firstName", "displayName": "First Name", "dataType": "string", "length": 255,
       "updateable": True}  # fmt: skip
DESCRIBES = {
    "numbers as text": ({**OLD, "id": "53", "length": "255"}, NEW, (53, "firstName", 255)),
    "no length": ({k: v for k, v in OLD.items() if k != "length"},
                  {k: v for k, v in NEW.items() if k != "length"}, (53, "firstName", None)),
    "no type": ({**OLD, "dataType": None}, {**NEW, "dataType": None}, (53, "firstName", 255)),
    "no readOnly": ({**OLD, "rest": {"name": "firstName"}}, NEW, (53, "firstName", 255)),
    "no id": ({**OLD, "id": None}, NEW, (None, "firstName", 255)),
}  # fmt: skip


@pytest.mark.parametrize("kind", DESCRIBES)
def test_a_field_is_read_as_far_as_it_is_described(kind, script, marketo, answers):
    old, new, expected = DESCRIBES[kind]
    soap_only = {"id": 1, "displayName": "SOAP only", "dataType": "string"}
    script.will_answer(
        answers.success(result=[soap_only, old]), answers.success(result=[{"fields": [new]}])
    )
    [field] = marketo.leads.describe().fields
    assert (field.id, field.name, field.length) == expected
    assert (field.data_type, field.updateable) == ("string", True)


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("lacking", ["describe", "describe2"])
def test_one_describe_is_enough(lacking, status, script, marketo, answers):
    unknown = answers.scripted(
        answers.failure("610", "Requested resource not found"), status=status
    )
    both = {
        "describe": answers.success(result=[OLD]),
        "describe2": answers.success(result=[{"fields": [NEW]}]),
    }
    script.will_answer(*(both | {lacking: unknown}).values())
    assert [field.name for field in marketo.leads.describe().fields] == ["firstName"]


KEYS = {
    "no second Describe": None,
    "a second one that lists no keys": {"fields": [NEW]},
    "keys in lists": {"fields": [NEW], "searchableFields": [["firstName"], ["email"]]},
    "keys by themselves": {"fields": [NEW], "searchableFields": ["firstName", "email"]},
}


@pytest.mark.parametrize("kind", KEYS)
def test_leads_can_be_looked_up_however_keys_are_told(kind, script, marketo, answers):
    email = OLD | {"dataType": "Email", "rest": {"name": "email"}}
    score = OLD | {"dataType": "score", "rest": {"name": "leadScore"}}
    told = KEYS[kind]
    script.will_answer(
        answers.success(result=[OLD, email, score]),
        answers.success(result=[told]) if told else answers.failure("610"),
    )
    keys = marketo.leads.describe().searchable_fields
    assert keys == (("firstName",), ("email",))


# What the day has left

REFUSALS = ["603", "610", "616", "1003"]


@pytest.mark.parametrize("code", REFUSALS)
def test_a_budget_of_calls_that_nobody_tells_of_counts_ones_own(
    code, script, clock, answers, caplog
):
    types = answers.success(result=[ROW])
    script.will_answer(answers.failure(code), *[types] * 4, answers.failure(code))
    with Marketo(script.connection(max_daily_calls=5), clock=clock) as marketo:
        for _ in range(3):
            marketo.activities.types()
    assert "counts the calls of this run only" in caplog.text


def test_a_budget_of_calls_holds_where_statistics_lag_behind(script, clock, answers):
    script.will_answer(answers.success(result=[{"id": 1, "total": 1}]))  # types, and calls so far
    client = Marketo(script.connection(max_daily_calls=6), clock=clock)
    with client as marketo, pytest.raises(BudgetError):
        [marketo.activities.types() for _ in range(9)]
    assert len(script.requests) <= 6


@pytest.mark.parametrize("day", ["2026-11-24", "2026-11-24T00:00:00Z", "2026-11-24T00:00:00-06:00"])
def test_a_day_of_calls_may_be_told_as_a_moment(day, script, marketo, answers):
    script.will_answer(answers.success(result=[{"date": day, "total": "73", "users": None}]))
    [told] = marketo.usage.today()
    assert (told.date.isoformat(), told.total, told.by_user) == ("2026-11-24", 73, {})


@pytest.mark.parametrize("code", REFUSALS)
def test_exports_that_are_not_listed_do_not_count(code, script, clock, answers, caplog):
    caplog.set_level(logging.INFO)
    created, queued = ({"exportId": 7, "status": status} for status in ("Created", "Queued"))
    script.will_answer(
        answers.success(result=[created]), answers.failure(code), answers.failure(code),
        answers.success(result=[queued]),
    )  # fmt: skip
    with Marketo(script.connection(max_daily_export_mb=5), clock=clock) as marketo:
        job = marketo.lead_exports.create(fields=["id"], where=WHERE)
        assert marketo.lead_exports.enqueue(job.id).status is ExportStatus.QUEUED
    assert (code == "603") is ("exports of other runs do not count" not in caplog.text)


# Bulk extract

CSV = b"id,email\n1,ada@example.com\n2,null"
DIGEST = hashlib.sha256(CSV).hexdigest()
JOBS = {
    "numbers as text": {"numberOfRecords": "2", "fileSize": str(len(CSV))},
    "neither size nor number": {},
    "a digest without its name": {"fileChecksum": DIGEST},
    "a digest in capitals": {"fileChecksum": f"SHA-256:{DIGEST.upper()}"},
    "a digest of another kind": {"fileChecksum": "md5:d41d8cd98f00b204e9800998ecf8427e"},
    "a size on disk that is not the file's": {"fileSize": 4096, "fileChecksum": f"sha256:{DIGEST}"},
    "other words": {"status": "COMPLETE"},
    "other dates": {
        "createdAt": "2026-11-24T10:00:00+0000", "queuedAt": None, "startedAt": "",
        "finishedAt": "2026-11-24 04:01:00 -0600",
    },
}  # fmt: skip


def finished(script, marketo, answers, file, **job):
    """The rows of a job that Marketo shows so, with a file that it sends so."""
    told = {"exportId": "7", "format": "CSV", "status": "Completed", **job}
    script.will_answer(answers.success(result=[told]), file)
    with marketo.lead_exports.read(fields=["id", "email"], where=WHERE) as export:
        return list(export.rows())


MADE_AT = {  # and how often it is told that clocks differ
    None: 0,
    "2026-11-24T09:55:00Z": 0,
    "2026-11-24T03:55:00-06:00": 0,
    "2026-11-17T10:00:00Z": 1,
    "2026-11-26T10:00:00+0000": 1,
}


@pytest.mark.parametrize("made_at", MADE_AT)
def test_a_clock_that_is_not_that_of_the_answers_is_told(made_at, script, marketo, answers, caplog):
    told = [{"exportId": "7", "status": "Created", "createdAt": made_at}]
    script.will_answer(answers.scripted(answers.success(result=told), headers=DATED))
    for _ in range(2):
        marketo.lead_exports.create(fields=["id"], where=WHERE)
    assert caplog.text.count("`Date` of its answers differ") == MADE_AT[made_at]


@pytest.mark.parametrize("kind", JOBS)
def test_a_job_is_read_as_far_as_it_is_shown(kind, script, marketo, answers):
    file = answers.scripted(CSV, headers={"Content-Type": "text/csv"})
    rows = finished(script, marketo, answers, file, **JOBS[kind])
    assert rows == [["1", "ada@example.com"], ["2", None]]
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    "content_type",
    ["text/csv;charset=UTF-8", "application/octet-stream", "application/json", "text/html", ""],
)
def test_a_file_is_a_file_whatever_its_type(content_type, script, marketo, answers):
    file = answers.scripted(CSV, headers={"Content-Type": content_type})
    assert len(finished(script, marketo, answers, file)) == 2
    assert len(script.requests) == 2


@pytest.mark.parametrize("content_type", ["text/csv", "text/plain", "application/json"])
def test_a_refusal_is_no_file_whatever_its_type(content_type, script, marketo, answers):
    refusal = answers.scripted(answers.failure("602"), headers={"Content-Type": content_type})
    told = answers.success(result=[{"exportId": "7", "status": "Completed"}])
    script.will_answer(told, refusal, answers.scripted(CSV, headers={"Content-Type": "text/csv"}))
    with marketo.lead_exports.read(fields=["id", "email"], where=WHERE) as export:
        assert len(list(export.rows())) == 2


FILES = {
    "quoted head": b'"id","email"\n1,ada@example.com\n2,null',
    "CRLF": b"id,email\r\n1,ada@example.com\r\n2,null\r\n",
    "BOM": b"\xef\xbb\xbfid,email\n1,ada@example.com\n2,null",
    "BOM and quotes": b'\xef\xbb\xbf"id","email"\r\n"1","ada@example.com"\r\n"2",null\r\n',
    "newline at the end": CSV + b"\n",
    "empty lines": b"id,email\n1,ada@example.com\n\n2,null\n\n",
    "other order": b"email,id\nada@example.com,1\nnull,2",
    "more columns": b"programId,id,email,x\n9,1,ada@example.com,\n9,2,null,",
    "other case": b"Id,EMAIL\n1,ada@example.com\n2,null",
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_has_several_forms(kind, script, marketo, answers):
    file = answers.scripted(FILES[kind], headers={"Content-Type": "text/csv"})
    rows = finished(script, marketo, answers, file, numberOfRecords=2)
    assert rows == [["1", "ada@example.com"], ["2", None]]


@pytest.mark.parametrize("body", [b"", b"id,email", b"id,email\n", b"\xef\xbb\xbfid,email\r\n"])
def test_a_job_without_rows_has_an_empty_file_or_only_a_head(body, script, marketo, answers):
    file = answers.scripted(body, headers={"Content-Type": "text/csv"})
    size = len(body)
    found = finished(script, marketo, answers, file, numberOfRecords=0, fileSize=size)
    assert found == []


def test_columns_that_differ_in_case_alone_keep_their_places(script, marketo, answers):
    told = answers.success(result=[{"exportId": "7", "status": "Completed"}])
    csv = answers.scripted(b"id,Code,code\n1,A,b", headers={"Content-Type": "text/csv"})
    script.will_answer(told, csv)
    with marketo.lead_exports.read(fields=["id", "code", "Code"], where=WHERE) as export:
        assert list(export.rows()) == [["1", "b", "A"]]


@pytest.mark.parametrize("job_id", [7, "7", "ce45a7a1-f19d-4ce2-882c-a3c795940a7d"])
def test_a_job_has_an_id_of_any_kind(job_id, script, marketo, answers):
    script.will_answer(answers.success(result=[{"exportId": job_id, "status": "Created"}]))
    assert marketo.lead_exports.create(fields=["id"], where=WHERE).id == str(job_id)


# Writing leads

RECORDS = [{"email": "ada@example.com"}, {"email": "bob@example.com"}]
SKIPPED = {
    "reasons": {"status": "skipped", "reasons": [{"code": "1007", "message": "two"}]},
    "one reason, as Adobe's contract has it": {
        "status": "skipped", "reason": {"code": "1007", "message": "two"},
    },
    "reasons that are one": {"status": "skipped", "reasons": {"code": "1007", "message": "two"}},
    "errors": {"status": "skipped", "errors": [{"code": "1007", "message": "two"}]},
    "a number": {"status": "skipped", "reasons": [{"code": 1007, "message": "two"}]},
    "capitals": {"status": "Skipped", "reasons": [{"code": "1007", "message": "two"}]},
    "no status": {"reasons": [{"code": "1007", "message": "two"}]},
    "an id": {"id": "8", "status": "skipped", "reasons": [{"code": "1007", "message": "two"}]},
}  # fmt: skip


def sync(marketo):
    return marketo.leads.sync(RECORDS, action=SyncAction.CREATE_OR_UPDATE, lookup_field="email")


@pytest.mark.parametrize("kind", SKIPPED)
def test_a_skipped_record_is_told_in_any_form(kind, script, marketo, answers):
    script.will_answer(answers.success(result=[{"id": "7", "status": "Created"}, SKIPPED[kind]]))
    created, skipped = sync(marketo).results
    assert (created.status, created.id) == ("created", 7)
    assert (skipped.status, skipped.code, skipped.reason) == ("skipped", "1007", "two")
    assert skipped.id == (8 if kind == "an id" else None)


def test_a_reason_that_is_a_text_names_no_value(script, marketo, answers):
    odd = {"status": "skipped", "reasons": ["Invalid value 'ada' for bob@example.com"]}
    script.will_answer(answers.success(result=[odd, {"status": "skipped"}]))
    first, second = sync(marketo).results
    assert (first.code, second.code) == ("0", "0")
    assert "Invalid value" in (first.reason or "")
    assert not any(name in (first.reason or "") for name in ("ada", "bob"))


def test_an_answer_of_no_known_form_is_one_sentence(script, marketo, answers):
    script.will_answer(answers.scripted({"success": True, "result": "none"}, headers=DATED))
    with pytest.raises(UnreadableReplyError, match=r"leads\.json"):
        sync(marketo)
