"""Bulk extract: a job's whole life, and files that are short, wrong or gone."""

from __future__ import annotations

import hashlib
import stat
from datetime import UTC, datetime

import pytest
from marketo_client import (
    CorruptExportError,
    ExportCountError,
    ExportQuotaError,
    Marketo,
    MarketoError,
    RequestError,
    Window,
)

WINDOW = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC))
CSV = b'id,email\n1,ada@example.com\n2,"b,ob"\n3,null'
FIELDS = ["id", "email"]


class Bulk:
    """Bulk extract against a script: builders of answers, and the whole flow in one call."""

    def __init__(self, script, answers, marketo, folder):
        self.script, self.answers, self.marketo, self.folder = script, answers, marketo, folder

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

    def file(self, body=CSV, **how):
        """An answer that is a file."""
        return self.answers.scripted(body, headers={"Content-Type": "text/csv"}, **how)

    def failure(self, code, message="no"):
        return self.answers.failure(code, message)

    def will_answer(self, *answers):
        self.script.will_answer(*answers)

    def open(self, **job):
        return self.marketo.lead_exports.read(
            fields=FIELDS, window=WINDOW, folder=self.folder, **job
        )

    def read(self, **job):
        with self.open(**job) as export:
            return list(export.rows())

    def create(self):
        return self.marketo.lead_exports.create(fields=FIELDS, window=WINDOW)

    @property
    def paths(self):
        return [
            request[1].removeprefix("/bulk/v1/leads/export/") for request in self.script.requests
        ]


@pytest.fixture
def bulk(script, answers, marketo, tmp_path):
    return Bulk(script, answers, marketo, tmp_path / "exports")


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
    assert clock.slept == [60, 60]
    assert bulk.marketo.calls.export_bytes == len(CSV)
    assert bulk.marketo.calls.by_endpoint["/bulk/v1/leads/export/{job_id}/status.json"] == 2


def test_the_file_is_private_and_gone_after_the_block(bulk):
    bulk.will_answer(bulk.job("Completed"), bulk.file())
    with bulk.open() as export:
        assert stat.S_IMODE(export.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(bulk.folder.stat().st_mode) == 0o700
        assert export.job.started_at == datetime(2026, 11, 24, 10, 1, tzinfo=UTC)
    assert list(bulk.folder.iterdir()) == []


def test_a_full_queue_is_waited_for(bulk, clock):
    full = bulk.failure("1029", "Too many jobs in queue")
    bulk.will_answer(
        bulk.job("Created"), full, full, bulk.job("Queued"), bulk.job("Completed"), bulk.file()
    )
    assert bulk.read() == ROWS
    assert all(30 <= wait <= 60 for wait in clock.slept)


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
    assert list(bulk.folder.iterdir()) == []


def test_a_file_that_stays_damaged_makes_another_job_once(bulk):
    bad = bulk.file(CSV[:-3])
    bulk.will_answer(bulk.job("Completed"), bad, bad, bulk.job("Completed", "job-2"), bulk.file())
    assert bulk.read() == ROWS
    assert bulk.paths[-1] == "job-2/file.json"


def test_a_second_bad_job_is_an_error_and_leaves_no_file(bulk):
    bad = bulk.file(CSV[:-3])
    bulk.will_answer(bulk.job("Completed"), bad, bad, bulk.job("Completed"), bad)
    with pytest.raises(CorruptExportError, match="SHA-256"):
        bulk.read()
    assert list(bulk.folder.iterdir()) == []


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Canceled"])
def test_a_job_that_did_not_complete_is_made_once_more(bulk, status):
    bulk.will_answer(bulk.job(status), bulk.job("Completed"), bulk.file())
    assert bulk.read() == ROWS


def test_a_completed_job_without_its_file_is_made_once_more(bulk):
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
    assert list(bulk.folder.iterdir()) == []


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
