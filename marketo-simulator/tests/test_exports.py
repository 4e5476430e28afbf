"""Bulk extract of leads: jobs, queue, quota, files."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from contextlib import closing
from http.client import HTTPConnection
from itertools import pairwise
from urllib.parse import urlsplit

import pytest

EXPORTS = "/bulk/v1/leads/export"
WINDOW = {"createdAt": {"startAt": "2026-11-01T00:00:00Z", "endAt": "2026-12-01T00:00:00Z"}}


def create(simulator, fields=("id", "email"), filter_=None, **more):
    body = {"fields": list(fields), "filter": filter_ or WINDOW, **more}
    return simulator.post(f"{EXPORTS}/create.json", body)


def new_job(simulator, **asked):
    return create(simulator, **asked)["result"][0]["exportId"]


def enqueue(simulator, job):
    return simulator.post(f"{EXPORTS}/{job}/enqueue.json")


def status(simulator, job):
    return simulator.get(f"{EXPORTS}/{job}/status.json")["result"][0]


def download(simulator, job, **headers):
    return simulator.send("GET", f"{EXPORTS}/{job}/file.json", headers=headers)


def finished(simulator, **asked):
    job = new_job(simulator, **asked)
    enqueue(simulator, job)
    return job, status(simulator, job)


def rows_of(answer, delimiter=","):
    text = io.StringIO(answer.content.decode(), newline="")
    return list(csv.DictReader(text, delimiter=delimiter))


def refusal(answer):
    return (answer["errors"][0]["code"], answer["errors"][0]["message"])


def test_job_goes_from_created_to_a_file_that_fits_its_checksum(empty):
    empty.create({"email": "ada@example.com"})
    created = create(empty)["result"][0]
    assert (created["status"], "queuedAt" in created) == ("Created", False)
    job = created["exportId"]
    assert download(empty, job).status_code == 404
    assert enqueue(empty, job)["result"][0]["status"] == "Queued"
    done = status(empty, job)
    answer = download(empty, job)
    assert answer.content == b"id,email\n1,ada@example.com"
    assert done["status"] == "Completed"
    assert (done["numberOfRecords"], done["fileSize"]) == (1, len(answer.content))
    assert done["fileChecksum"] == "sha256:" + hashlib.sha256(answer.content).hexdigest()


def test_job_is_made_and_queued_as_a_public_client_does_it(empty):
    address = urlsplit(empty.line["endpoint"])
    token = {"Authorization": empty.session.headers["Authorization"]}
    order = json.dumps({"fields": ["id"], "filter": WINDOW})
    with closing(HTTPConnection(address.hostname, address.port)) as line:  # leaves dots in paths
        headers = token | {"Content-Type": "application/json"}
        line.request("POST", f"/rest/..{EXPORTS}/create.json", order, headers)
        job = json.loads(line.getresponse().read())["result"][0]["exportId"]
        headers = token | {"Content-Type": "application/x-www-form-urlencoded"}
        line.request("POST", f"/rest/..{EXPORTS}/{job}/enqueue.json", "_method=POST", headers)
        assert json.loads(line.getresponse().read())["result"][0]["status"] == "Queued"


def test_job_takes_its_time_in_simulated_seconds_and_polls(empty):
    empty.control("POST", "/settings", {"export_seconds": 90, "export_polls": 1})
    job = new_job(empty)
    enqueue(empty, job)
    assert status(empty, job)["status"] == "Processing"
    assert status(empty, job)["status"] == "Processing"
    empty.control("POST", "/clock", {"advance_seconds": 200})
    done = status(empty, job)
    assert done["status"] == "Completed"
    assert (done["startedAt"], done["finishedAt"]) == (
        "2026-11-24T10:00:00Z",
        "2026-11-24T10:01:30Z",
    )


def test_file_shows_the_leads_as_they_were_when_the_job_started(empty):
    [lead_id] = empty.create({"email": "before@example.com"})
    job = new_job(empty)
    enqueue(empty, job)
    empty.control("POST", f"/leads/{lead_id}", {"email": "after@example.com"})
    empty.create({"email": "new@example.com"})
    status(empty, job)
    assert [row["email"] for row in rows_of(download(empty, job))] == ["before@example.com"]


def test_parts_of_a_file_can_be_asked_for(empty):
    empty.create(*[{"email": f"{number}@example.com"} for number in range(20)])
    job, done = finished(empty)
    whole = download(empty, job).content
    part = download(empty, job, Range="bytes=5-9")
    assert (part.status_code, part.content) == (206, whole[5:10])
    assert part.headers["Content-Range"] == f"bytes 5-9/{done['fileSize']}"
    assert download(empty, job, Range="bytes=100-").content == whole[100:]
    assert download(empty, job, Range="bytes=-7").content == whole[-7:]
    assert download(empty, job, Range="bytes=99999-").status_code == 416


def test_every_hard_text_comes_through_the_file(simulator):
    truth = {lead["id"]: lead for lead in simulator.control("GET", "/leads")["leads"]}
    found = {}
    days = ("2026-09-23", "2026-10-24", "2026-11-24")
    for start, end in pairwise(f"{day}T00:00:00Z" for day in days):
        filter_ = {"createdAt": {"startAt": start, "endAt": end}}
        job, _ = finished(simulator, fields=("id", "freeText", "contactKey"), filter_=filter_)
        text = download(simulator, job).content.decode()
        for row in csv.reader(io.StringIO(text, newline="")):
            found[row[0]] = row[1]
    del found["id"]
    expected = {str(lead_id): lead.get("freeText", "null") for lead_id, lead in truth.items()}
    assert found == expected


def test_no_value_is_the_word_null_and_cannot_be_told_from_the_text(empty):
    empty.create({"lastName": "null"}, {})
    job, _ = finished(empty, fields=("id", "lastName"))
    assert download(empty, job).content == b"id,lastName\n1,null\n2,null"


def test_integers_of_some_rows_have_a_decimal_point(empty):
    empty.create(*[{"seats": 3}] * 7)
    job, _ = finished(empty, fields=("id", "seats"))
    assert download(empty, job).content.splitlines()[-2:] == [b"6,3", b"7,3.0"]


def test_files_can_be_made_to_have_the_quirks_of_old_ones(empty):
    switches = {
        "csv_booleans": "1/0",
        "csv_undoubled_quotes": True,
        "csv_unquoted_returns": True,
        "csv_cut_characters": True,
    }
    empty.control("POST", "/settings", switches)
    empty.create({"lastName": 'first "Name" 1', "city": "a\rb", "title": "ends in é"})
    job, _ = finished(empty, fields=("lastName", "isVip", "city", "title"))
    expected = b'lastName,isVip,city,title\n"first "Name" 1",0,a\rb,ends in '
    assert download(empty, job).content == expected + "é".encode()[:1]


@pytest.mark.parametrize(("format_", "delimiter"), [("CSV", ","), ("TSV", "\t"), ("SSV", ";")])
def test_formats_headings_and_the_job_list(empty, format_, delimiter):
    empty.create({"lastName": f"a{delimiter}b"})
    headings = {"lastName": "Last Name"}
    job, _ = finished(empty, fields=("lastName",), format=format_, columnHeaderNames=headings)
    assert rows_of(download(empty, job), delimiter) == [{"Last Name": f"a{delimiter}b"}]
    listed = empty.get(f"{EXPORTS}.json", status="Completed,Failed")["result"]
    assert [(row["exportId"], row["format"]) for row in listed] == [(job, format_)]
    assert empty.get(f"{EXPORTS}.json", status="Created")["result"] == []


def test_export_without_rows_completes_with_a_header_only(empty):
    job, done = finished(empty)
    assert (done["status"], done["numberOfRecords"]) == ("Completed", 0)
    assert download(empty, job).content == b"id,email"


def test_both_ends_of_the_range_are_in_it(empty):
    empty.create({})
    second = {"startAt": "2026-11-24T10:00:00Z", "endAt": "2026-11-24T10:00:00Z"}
    _, done = finished(empty, filter_={"createdAt": second})
    assert done["numberOfRecords"] == 1


def test_eleventh_job_finds_the_queue_full(empty):
    empty.control("POST", "/settings", {"export_seconds": 600})
    jobs = [new_job(empty) for _ in range(11)]
    assert all(enqueue(empty, job)["success"] for job in jobs[:10])
    assert refusal(enqueue(empty, jobs[10])) == ("1029", "Too many jobs in queue")
    states = [status(empty, job)["status"] for job in jobs]
    assert states == ["Processing"] * 2 + ["Queued"] * 8 + ["Created"]


def test_job_cannot_be_queued_twice_nor_after_its_end(empty):
    empty.control("POST", "/settings", {"export_seconds": 600})
    job = new_job(empty)
    enqueue(empty, job)
    assert refusal(enqueue(empty, job)) == ("1029", "Job already queued")
    empty.control("POST", "/clock", {"advance_seconds": 600})
    assert refusal(enqueue(empty, job))[0] == "1003"


def test_spent_quota_refuses_jobs_until_midnight_central(empty):
    empty.control("POST", "/usage", {"userId": "other@example.com", "exportBytes": 500_000_000})
    job = new_job(empty)
    assert refusal(enqueue(empty, job)) == ("1029", "Export daily quota 500MB exceeded.")
    empty.control("POST", "/clock", {"now": "2026-11-25T05:59:59Z"})
    empty.log_in()
    assert refusal(enqueue(empty, job))[0] == "1029"
    empty.control("POST", "/clock", {"now": "2026-11-25T06:00:00Z"})
    assert enqueue(empty, job)["success"]


@pytest.mark.parametrize(
    ("spent_at", "still_spent", "free_again"),
    [
        ("2026-07-10T12:00:00Z", "2026-07-11T04:59:59Z", "2026-07-11T05:00:00Z"),
        ("2026-11-01T12:00:00Z", "2026-11-02T05:59:59Z", "2026-11-02T06:00:00Z"),
        ("2027-03-14T12:00:00Z", "2027-03-15T04:59:59Z", "2027-03-15T05:00:00Z"),
    ],
    ids=["in summer", "the day that has 25 hours", "the day that has 23"],
)
def test_midnight_central_moves_with_the_clocks(empty, spent_at, still_spent, free_again):
    empty.control("POST", "/clock", {"now": spent_at})
    empty.control("POST", "/usage", {"exportBytes": 500_000_000})
    empty.log_in()
    job = new_job(empty)
    empty.control("POST", "/clock", {"now": still_spent})
    empty.log_in()
    assert refusal(enqueue(empty, job))[0] == "1029"
    empty.control("POST", "/clock", {"now": free_again})
    assert enqueue(empty, job)["success"]


def test_status_can_be_as_old_as_a_minute(empty):
    empty.control("POST", "/settings", {"status_refresh_seconds": 60, "export_seconds": 10})
    job = new_job(empty)
    enqueue(empty, job)
    states = [status(empty, job)["status"]]
    for seconds in (59, 1):
        empty.control("POST", "/clock", {"advance_seconds": seconds})
        states.append(status(empty, job)["status"])
    assert states == ["Processing", "Processing", "Completed"]


def test_job_is_forgotten_thirty_days_after_its_end(empty):
    job, _ = finished(empty)
    empty.control("POST", "/clock", {"advance_seconds": 30 * 86_400})
    empty.log_in()
    assert status(empty, job)["status"] == "Completed"
    empty.control("POST", "/clock", {"advance_seconds": 1})
    empty.log_in()
    assert empty.code(f"{EXPORTS}/{job}/status.json") == "1013"


def test_updated_at_filter_needs_the_subscription_and_sees_every_change(empty):
    [lead_id, _] = empty.create({}, {})
    empty.control("POST", "/clock", {"advance_seconds": 60})
    empty.control("POST", f"/leads/{lead_id}", {"planCode": "P2"})
    minute = {"startAt": "2026-11-24T10:01:00Z", "endAt": "2026-11-24T10:02:00Z"}
    filter_ = {"updatedAt": minute}
    message = "Unsupported filter type for target subscription: updatedAt"
    assert refusal(create(empty, filter_=filter_)) == ("1035", message)
    empty.control("POST", "/settings", {"updated_at_filter": True})
    job, _ = finished(empty, fields=("id", "updatedAt"), filter_=filter_)
    assert rows_of(download(empty, job)) == [{"id": "1", "updatedAt": "2026-11-24T10:00:00Z"}]


def test_what_create_refuses(empty):
    late = {"startAt": "2026-10-01T00:00:00Z", "endAt": "2026-11-01T00:00:01Z"}
    backwards = {"startAt": "2026-11-02T00:00:00Z", "endAt": "2026-11-01T00:00:00Z"}
    assert refusal(create(empty, fields=("nope",)))[0] == "1006"
    assert refusal(create(empty, fields=()))[0] == "1002"
    assert refusal(create(empty, filter_={"createdAt": late}))[0] == "1003"
    assert refusal(create(empty, filter_={"createdAt": backwards}))[0] == "1003"
    assert refusal(create(empty, filter_={"createdAt": {"startAt": "soon"}}))[0] == "1003"
    assert refusal(create(empty, filter_={**WINDOW, "updatedAt": late}))[0] == "1003"
    assert refusal(create(empty, filter_={"smartListId": 7}))[0] == "1035"
    assert refusal(create(empty, filter_={"staticListId": 7}))[0] == "1013"
    assert refusal(create(empty, filter_={"leadIds": [7]}))[0] == "1003"
    assert refusal(create(empty, format="XLS"))[0] == "1003"
    assert refusal(create(empty, columnHeaderNames=["Id"]))[0] == "1003"


def test_open_jobs_can_be_cancelled_and_finished_ones_cannot(empty):
    job = new_job(empty)
    cancelled = empty.post(f"{EXPORTS}/{job}/cancel.json")["result"][0]
    assert cancelled["status"] == "Cancelled"
    assert refusal(enqueue(empty, job))[0] == "1003"
    done, _ = finished(empty)
    assert refusal(empty.post(f"{EXPORTS}/{done}/cancel.json"))[0] == "1003"


def test_jobs_belong_to_one_api_user(empty):
    job, _ = finished(empty)
    other = {"client_id": "other", "client_secret": "secret", "user": "other@example.com"}
    empty.control("POST", "/services", other)
    empty.log_in(client_id="other", client_secret="secret")
    assert empty.code(f"{EXPORTS}/{job}/status.json") == "1013"
    assert empty.get(f"{EXPORTS}.json")["result"] == []


def test_files_are_kept_for_seven_days(empty):
    job, _ = finished(empty)
    empty.control("POST", "/clock", {"advance_seconds": 7 * 86_400 + 1})
    empty.log_in()
    assert download(empty, job).status_code == 404


def test_job_can_be_made_to_fail(empty):
    empty.control("POST", "/faults", {"kind": "failed_job"})
    job, done = finished(empty)
    assert (done["status"], "errorMsg" in done, "fileSize" in done) == ("Failed", True, False)
    assert download(empty, job).status_code == 404
    assert finished(empty)[1]["status"] == "Completed"


def test_job_that_starts_in_a_later_call_can_be_made_to_fail(empty):
    finished(empty)
    calls = len(empty.control("GET", "/calls")["calls"])
    empty.control("POST", "/faults", {"kind": "failed_job", "call": calls + 4})
    states = [finished(empty)[1]["status"] for _ in range(3)]
    assert states == ["Completed", "Failed", "Completed"]
    [fault] = empty.control("GET", "/faults")["faults"]
    assert len(fault["struck"]) == 1


@pytest.mark.parametrize(
    ("kind", "status_code", "same_size"),
    [("corrupt_file", 200, True), ("short_file", 200, False), ("missing_file", 404, False)],
)
def test_files_can_be_made_bad_once(empty, kind, status_code, same_size):
    empty.create(*[{"email": f"{number}@example.com"} for number in range(50)])
    job, done = finished(empty)
    empty.control("POST", "/faults", {"kind": kind})
    bad, good = download(empty, job), download(empty, job)
    assert bad.status_code == status_code
    assert bad.content != good.content
    assert (len(bad.content) == done["fileSize"]) is same_size
    assert len(good.content) == done["fileSize"]


def test_all_jobs_can_be_looked_at_with_what_was_asked(empty):
    new_job(empty)
    job, _ = finished(empty, fields=["id", "email"])
    waiting, done = empty.control("GET", "/exports")["exports"]
    assert "queuedAt" not in waiting
    assert (done["exportId"], done["status"]) == (job, "Completed")
    assert done["asked"]["fields"] == ["id", "email"]
