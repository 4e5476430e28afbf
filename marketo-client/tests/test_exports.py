"""Bulk extract: a job's whole life, and files that are short, wrong or gone."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from marketo_client import (
    ACTIVITY_COLUMNS,
    CorruptExportError,
    ExportCountError,
    ExportQuotaError,
    ExportStatus,
    FeatureMissingError,
    LeadFilter,
    Marketo,
    MarketoError,
    RequestError,
    TemporaryFileError,
    Window,
)

WINDOW = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC))
WHERE = LeadFilter.created(WINDOW)
CSV = b'id,email\n1,ada@example.com\n2,"b,ob"\n3,null'
FIELDS = ["id", "email"]


class Bulk:
    """Bulk extract against a script: builders of answers, and the whole flow in one call."""

    def __init__(self, script, answers, marketo):
        self.script, self.answers, self.marketo = script, answers, marketo

    def job(self, status, job_id="job-1", **members):
        """An answer that shows a job; a completed one has size, checksum and count."""
        done = {
            "numberOfRecords": 3,
            "fileSize": len(CSV),
            "fileChecksum": f"sha256:{hashlib.sha256(CSV).hexdigest()}",
            "startedAt": "2026-11-24T10:01:00Z",
        }
        row = {"exportId": job_id, "format": "CSV", "status": status} | members
        return self.answers.success(result=[(done if status == "Completed" else {}) | row])

    def file(self, body=CSV, headers=(), **how):
        """An answer that is a file."""
        return self.answers.scripted(
            body, headers={"Content-Type": "text/csv", **dict(headers)}, **how
        )

    def rest(self, start, body=CSV):
        """An answer that is the file from that byte on."""
        place = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
        return self.file(body[start:], headers=place, status=206)

    def failure(self, code, message="no"):
        return self.answers.failure(code, message)

    def will_answer(self, *answers):
        self.script.will_answer(*answers)

    def open(self, **job):
        return self.marketo.lead_exports.read(fields=FIELDS, where=WHERE, **job)

    def read(self, **job):
        with self.open(**job) as export:
            return list(export.rows())

    def create(self):
        return self.marketo.lead_exports.create(fields=FIELDS, where=WHERE)

    @property
    def paths(self):
        return [
            request[1].removeprefix("/bulk/v1/leads/export/") for request in self.script.requests
        ]


@pytest.fixture
def bulk(script, answers, marketo):
    return Bulk(script, answers, marketo)


ROWS = [["1", "ada@example.com"], ["2", "b,ob"], ["3", None]]


def test_a_job_is_made_queued_polled_downloaded_and_parsed(bulk, clock):
    bulk.will_answer(
        bulk.job("Created"),
        bulk.job("Queued"),
        bulk.job("Processing"),
        bulk.job("Completed"),
        bulk.file(),
    )
    assert bulk.read() == ROWS
    assert bulk.paths == [
        "create.json",
        "job-1/enqueue.json",
        "job-1/status.json",
        "job-1/status.json",
        "job-1/file.json",
    ]
    assert b'"createdAt":{"startAt":"2026-11-01T00:00:00Z"' in bulk.script.requests[0][3]
    assert sum(clock.slept) == 120
    assert bulk.marketo.calls.export_bytes == len(CSV)
    assert bulk.marketo.calls.by_endpoint["/bulk/v1/leads/export/{job_id}/status.json"] == 2


def test_the_file_has_no_name_that_a_killed_process_could_leave(bulk):
    bulk.will_answer(bulk.job("Completed"), bulk.file())
    with bulk.open() as export:
        assert list(export.rows()) == ROWS
        assert list(export.rows()) == ROWS
        assert os.fstat(export.file.fileno()).st_nlink == 0
        assert export.job.started_at == datetime(2026, 11, 24, 10, 1, tzinfo=UTC)


@contextmanager
def room_for(size):
    """This process can write files up to that size only."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [10, 1_000_000])
def test_a_disk_without_room_for_the_file_is_named(bulk, size):
    large = CSV + b"\n4,x" * size
    job = bulk.job("Completed", fileSize=len(large), fileChecksum=None)
    bulk.will_answer(job, bulk.file(large))
    room, folder = len(large) - 5, tempfile.gettempdir()
    with room_for(room), pytest.raises(TemporaryFileError, match=f"in {folder} .*TMPDIR"):
        bulk.read()


def test_a_machine_without_a_folder_for_temporary_files_is_told(bulk, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    with pytest.raises(TemporaryFileError, match="in /nowhere"):
        bulk.read()
    assert bulk.script.requests == []


def test_a_full_queue_is_waited_for(bulk, clock):
    full = bulk.failure("1029", "Too many jobs in queue")
    bulk.will_answer(
        bulk.job("Created"), full, full, bulk.job("Queued"), bulk.job("Completed"), bulk.file()
    )
    assert bulk.read() == ROWS
    assert 2 * 30 + 60 <= sum(clock.slept) <= 2 * 60 + 60  # for a place, for the file


def test_a_job_that_is_queued_already_is_polled(bulk):
    already = bulk.failure("1029", "Job already queued")
    bulk.will_answer(
        bulk.job("Created"), already, bulk.job("Processing"), bulk.job("Completed"), bulk.file()
    )
    assert bulk.read() == ROWS


def test_a_spent_export_quota_stops_at_once(bulk):
    bulk.will_answer(
        bulk.job("Created"), bulk.failure("1029", "Export daily quota 500MB exceeded.")
    )
    with pytest.raises(ExportQuotaError, match="midnight"):
        bulk.read()
    assert bulk.paths == ["create.json", "job-1/enqueue.json"]


@pytest.mark.parametrize(
    "damage", ["short", "other bytes", "longer", "an HTML page", "cut off", "reset"]
)
def test_a_damaged_download_is_fetched_again(bulk, damage):
    damaged = {
        "short": bulk.file(CSV[:-3]),
        "other bytes": bulk.file(CSV.replace(b"ada", b"odo")),
        "longer": bulk.file(CSV + b"\n"),
        "an HTML page": bulk.file(b"<html>busy</html>"),
        "cut off": bulk.file(cut=True),
        "reset": bulk.file(reset=True),
    }[damage]
    bulk.will_answer(bulk.job("Completed"), damaged, bulk.file())
    assert bulk.read() == ROWS


def test_a_file_that_stays_damaged_makes_another_job(bulk):
    bad = bulk.file(CSV[:-3])
    bulk.will_answer(bulk.job("Completed"), bad, bad, bulk.job("Completed", "job-2"), bulk.file())
    assert bulk.read() == ROWS
    assert bulk.paths[-1] == "job-2/file.json"


def test_a_job_is_made_again_three_times_and_then_it_is_an_error(bulk):
    bad = bulk.file(CSV[:-3])
    bulk.will_answer(*[bulk.job("Completed"), bad, bad] * 4)
    with pytest.raises(CorruptExportError, match="SHA-256"):
        bulk.read()
    assert bulk.paths.count("create.json") == 4


def test_each_job_is_told_of_before_it_is_paid(bulk):
    told = []
    bulk.will_answer(
        bulk.job("Failed"),
        bulk.job("Created", "job-2"),
        bulk.job("Queued", "job-2"),
        bulk.job("Completed", "job-2"),
        bulk.file(),
    )
    assert bulk.read(made=lambda job: told.append((job.id, len(bulk.paths)))) == ROWS
    assert told == [("job-1", 1), ("job-2", 2)]


LONG = CSV.replace(b"ada", b"a" * 300_000)
CAME = 131_072  # bytes of it that come before the connection breaks


def test_a_download_that_breaks_off_goes_on_behind_what_came(bulk):
    whole = bulk.job("Completed", fileSize=len(LONG), fileChecksum=None)
    bulk.will_answer(whole, bulk.file(LONG, cut=True), bulk.rest(CAME, LONG))
    assert [cells[0] for cells in bulk.read()] == ["1", "2", "3"]
    assert bulk.script.ranges[1:] == [None, f"bytes={CAME}-"]
    assert bulk.marketo.calls.export_bytes == len(LONG)


@pytest.mark.parametrize(
    "answer",
    [{"status": 416, "body": b""}, {"status": 206, "body": LONG[CAME:]}],
    ids=["refused range", "piece without its place"],
)
def test_a_rest_that_does_not_come_is_replaced_by_the_whole(bulk, answer):
    whole = bulk.job("Completed", fileSize=len(LONG), fileChecksum=None)
    bulk.will_answer(whole, bulk.file(LONG, cut=True), bulk.file(**answer), bulk.file(LONG))
    assert [cells[0] for cells in bulk.read()] == ["1", "2", "3"]
    assert bulk.script.ranges[1:] == [None, f"bytes={CAME}-", None]


def test_a_server_that_knows_no_ranges_sends_the_whole(bulk):
    bulk.will_answer(bulk.job("Completed"), bulk.file(cut=True), bulk.file())
    assert bulk.read() == ROWS


@pytest.mark.parametrize(
    ("where", "sent"),
    [
        (LeadFilter.updated(WINDOW), b'{"updatedAt":{"startAt":"2026-11-01T00:00:00Z","endAt":'),
        (LeadFilter.static_list(1001), b'{"staticListId":1001}'),
        (LeadFilter.static_list("Lions"), b'{"staticListName":"Lions"}'),
        (LeadFilter.smart_list(2001), b'{"smartListId":2001}'),
        (LeadFilter.smart_list("Tigers"), b'{"smartListName":"Tigers"}'),
    ],
)
def test_each_filter_goes_out_under_marketos_name(bulk, where, sent):
    bulk.will_answer(bulk.job("Created"))
    bulk.marketo.lead_exports.create(fields=FIELDS, where=where)
    assert b'"filter":' + sent in bulk.script.requests[0][3]


def test_a_filter_that_the_subscription_lacks_is_a_missing_feature(bulk):
    bulk.will_answer(bulk.failure("1035", "Unsupported filter type for target subscription"))
    with pytest.raises(FeatureMissingError, match="1035"):
        bulk.marketo.lead_exports.create(fields=FIELDS, where=LeadFilter.updated(WINDOW))


def test_jobs_are_listed_page_by_page(bulk):
    first = {"exportId": "job-1", "status": "Completed", "fileSize": 7}
    second = {"exportId": "job-2", "status": "Canceled"}
    bulk.will_answer(
        bulk.answers.success(result=[first], nextPageToken="next"),
        bulk.answers.success(result=[second]),
    )
    jobs = list(bulk.marketo.lead_exports.jobs(ExportStatus.COMPLETED, ExportStatus.CANCELLED))
    assert [(job.id, job.status, job.size) for job in jobs] == [
        ("job-1", ExportStatus.COMPLETED, 7),
        ("job-2", ExportStatus.CANCELLED, None),
    ]
    assert "status=Completed,Cancelled" in bulk.script.requests[0][1]
    assert "nextPageToken=next" in bulk.script.requests[1][1]


def test_activities_of_all_types_are_one_job(bulk):
    cells = b"g1,7,2026-11-02T00:00:00Z,12,null,null,null," + b'"{""Source Type"":""Web""}"'
    header = ",".join(ACTIVITY_COLUMNS).encode()
    body = header + b"\n" + cells
    bulk.will_answer(
        bulk.job("Completed", numberOfRecords=1, fileSize=len(body), fileChecksum=None),
        bulk.file(body),
    )
    types = list(range(1, 37))
    with bulk.marketo.activity_exports.read(window=WINDOW, type_ids=types) as file:
        [row] = file.rows()
    assert row[-1] == '{"Source Type":"Web"}'
    assert json.loads(bulk.script.requests[0][3])["filter"]["activityTypeIds"] == types


@pytest.mark.parametrize("types", [[], [1, 37]])
def test_activities_that_marketo_does_not_export_are_refused_here(marketo, types):
    with pytest.raises(ValueError, match="37"):
        marketo.activity_exports.create(window=WINDOW, type_ids=types)


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Canceled"])
def test_a_job_that_did_not_complete_is_made_again(bulk, status):
    bulk.will_answer(bulk.job(status), bulk.job("Completed"), bulk.file())
    assert bulk.read() == ROWS


def test_a_completed_job_without_its_file_is_made_again(bulk):
    gone = bulk.file(b"Not Found", status=404)
    bulk.will_answer(bulk.job("Completed"), gone, bulk.job("Completed"), bulk.file())
    assert bulk.read() == ROWS


def test_a_token_that_dies_before_the_download_is_replaced(bulk):
    bulk.will_answer(bulk.job("Completed"), bulk.failure("602"), bulk.file())
    assert bulk.read() == ROWS


def test_a_job_of_an_earlier_run_is_taken_up_and_not_made_again(bulk):
    bulk.will_answer(bulk.job("Created"), bulk.job("Queued"), bulk.job("Completed"), bulk.file())
    earlier = bulk.create()
    assert bulk.read(job=earlier) == ROWS
    assert bulk.paths.count("create.json") == 1


def test_a_job_that_marketo_forgot_is_made_again(bulk):
    bulk.will_answer(
        bulk.job("Created"),
        bulk.failure("1013", "Export not found"),
        bulk.job("Completed"),
        bulk.file(),
    )
    earlier = bulk.create()
    assert bulk.read(job=earlier) == ROWS


def test_a_field_that_is_gone_is_told_as_it_is(bulk):
    bulk.will_answer(bulk.failure("1003", "Invalid field"))
    with pytest.raises(RequestError, match="1003"):
        bulk.read()


def test_a_file_with_another_number_of_rows_is_told_at_its_end(bulk):
    bulk.will_answer(bulk.job("Completed", numberOfRecords=4), bulk.file())
    seen = []
    with (
        bulk.open() as export,
        pytest.raises(ExportCountError, match="3 rows in the file, 4 announced"),
    ):
        seen.extend(export.rows())
    assert seen == ROWS


def test_a_job_that_never_ends_is_given_up_after_a_day(script, clock, bulk):
    bulk.will_answer(bulk.job("Created"), bulk.job("Queued"))
    twice_a_day = script.connection(poll_interval_seconds=43_200)
    with (
        Marketo(twice_a_day, clock=clock) as marketo,
        pytest.raises(MarketoError, match="24 hours"),
    ):
        marketo.lead_exports.wait(bulk.create())


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 3, tzinfo=UTC)),
        (datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),
        (datetime(2026, 11, 2, tzinfo=UTC).replace(tzinfo=None), WINDOW.end),
    ],
)
def test_a_window_that_marketo_would_refuse_is_refused(start, end):
    with pytest.raises(ValueError, match="window"):
        Window(start, end)
