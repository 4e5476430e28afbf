"""Bulk import: the queue, what becomes of each row, and the files of what went wrong."""

from __future__ import annotations

import pytest

LEADS = "/bulk/v1/leads.json"
CARS = "/bulk/v1/customobjects/car/import.json"
VIN = {"name": "vin", "displayName": "VIN", "dataType": "string", "isDedupeField": True}
CAR_FIELDS = [
    VIN,
    {"name": "year", "displayName": "Model Year", "dataType": "integer"},
    {
        "name": "leadID",
        "displayName": "Lead ID",
        "dataType": "link",
        "relatedTo": {"name": "lead", "field": "id"},
    },
]


def send(simulator, file, path=LEADS, **query):
    """The answer to a file that is sent as CSV."""
    files = {"file": ("import.csv", file.encode(), "text/csv")}
    return simulator.send("POST", path, params={"format": "csv", **query}, files=files)


def start(simulator, file, path=LEADS, **query):
    """The number of a new batch."""
    answer = send(simulator, file, path, **query).json()
    assert answer["success"], answer
    return answer["result"][0]["batchId"]


def code(simulator, file, path=LEADS, **query):
    return send(simulator, file, path, **query).json()["errors"][0]["code"]


def status(simulator, batch):
    [shown] = simulator.get(f"/bulk/v1/leads/batch/{batch}.json")["result"]
    return shown


def problems(simulator, batch, kind="failures"):
    answer = simulator.send("GET", f"/bulk/v1/leads/batch/{batch}/{kind}.json")
    return answer.text.splitlines() if answer.status_code == 200 else answer.status_code


def leads(simulator, *names):
    return [
        tuple(lead.get(name) for name in names)
        for lead in simulator.control("GET", "/leads")["leads"]
    ]


def switch(simulator, **settings):
    simulator.control("POST", "/settings", settings)


@pytest.fixture
def cars(empty):
    """A Marketo with a type `car` and one lead."""
    kind = {"apiName": "car", "displayName": "Car", "fields": CAR_FIELDS}
    empty.control("POST", "/custom_object_types", kind)
    empty.create({"email": "ada@example.com"})
    return empty


def test_rows_become_leads_by_their_key(empty):
    empty.create({"email": "ada@example.com", "title": "Dr"})
    answer = send(empty, "email,firstName\nADA@example.com,Ada\nbob@example.com,Bob\n").json()
    assert answer["result"] == [{"batchId": 1001, "importId": "1001", "status": "Queued"}]
    assert status(empty, 1001) == {
        "batchId": 1001,
        "importId": "1001",
        "status": "Complete",
        "numOfLeadsProcessed": 2,
        "numOfRowsFailed": 0,
        "numOfRowsWithWarning": 0,
        "message": "Import succeeded, 2 records imported (2 members)",
    }
    assert leads(empty, "firstName", "title") == [("Ada", "Dr"), ("Bob", None)]
    assert problems(empty, 1001) == problems(empty, 1001, "warnings") == 404


def test_a_key_that_comes_twice_updates_the_lead_that_it_made(empty):
    start(empty, "contactKey,title\nk,Ms\nk,Dr\n", lookupField="contactKey")
    status(empty, 1001)
    assert leads(empty, "contactKey", "title") == [("k", "Dr")]


def test_rows_leave_the_activities_of_an_import(empty):
    empty.create({"email": "ada@example.com"})
    answer = send(empty, "email,title\nada@example.com,Dr\nbob@example.com,Ms\n").json()
    status(empty, 1001)
    rows = empty.control("GET", "/activities")["activities"]
    new, changed = (
        {pair["name"]: pair["value"] for pair in row["attributes"]} for row in reversed(rows[-2:])
    )
    assert new["Source Type"] == "List import"
    assert changed["Source"] == "List import"
    for attributes in (new, changed):
        assert attributes["Modifying User"] == "api.user@example.com"
        assert attributes["API Method Name"] == "importLead"
        assert attributes["Request Id"] == answer["requestId"]


def test_bad_rows_are_told_with_their_reason_and_the_others_go_through(empty):
    empty.create({"email": "two@example.com"}, {"email": "two@example.com"})
    file = (
        "email,behaviorScore,isVip,lastName\n"
        ",1,true,No Key\n"
        "a@example.com,many,true,Bad Score\n"
        "b@example.com,1,maybe,Bad Boolean\n"
        "two@example.com,1,true,Two\n"
        "noaddress,1,1,Warned\n"
        'good@example.com,7,false,"Good, and\nlong"\n'
    )
    batch = start(empty, file)
    shown = status(empty, batch)
    counts = [shown[f"numOf{name}"] for name in ("LeadsProcessed", "RowsFailed", "RowsWithWarning")]
    assert counts == [2, 4, 1]
    assert shown["message"] == (
        "Import completed with errors, 2 records imported (2 members), 4 failed"
    )
    assert problems(empty, batch) == [
        "email,behaviorScore,isVip,lastName,Import Failure Reason",
        ",1,true,No Key,Value for lookup field 'email' not found",
        "a@example.com,many,true,Bad Score,Invalid data type in field Behavior Score",
        "b@example.com,1,maybe,Bad Boolean,Invalid data type in field Is VIP",
        "two@example.com,1,true,Two,Multiple lead match lookup criteria",
    ]
    assert problems(empty, batch, "warnings") == [
        "email,behaviorScore,isVip,lastName,Import Warning Reason",
        "noaddress,1,1,Warned,Invalid email address",
    ]
    assert leads(empty, "email", "behaviorScore", "isVip", "lastName")[2:] == [
        ("noaddress", 1, True, "Warned"),
        ("good@example.com", 7, False, "Good, and\nlong"),
    ]


@pytest.mark.parametrize(("shifted", "cells"), [(True, ",x,"), (False, ",x,,,")])
def test_trailing_empty_cells_of_a_failed_row_are_left_out(empty, shifted, cells):
    switch(empty, import_problems_shifted=shifted)
    batch = start(empty, "email,title,city,country\n,x,,\n")
    status(empty, batch)
    assert problems(empty, batch)[1] == cells + "Value for lookup field 'email' not found"


def test_problem_file_may_lack_quotes(empty):
    batch = start(empty, 'email,title\n,"a,b"\n')
    status(empty, batch)
    assert problems(empty, batch)[1].startswith(',"a,b",')
    switch(empty, import_problems_unquoted=True)
    assert problems(empty, batch)[1].startswith(",a,b,")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [("Dr", "null")]),
        ({"import_empty_cells": "cleared"}, [(None, "null")]),
        ({"import_null_cells": "cleared"}, [("Dr", None)]),
    ],
)
def test_empty_cells_and_nulls_mean_what_the_settings_say(empty, settings, expected):
    switch(empty, **settings)
    empty.create({"email": "ada@example.com", "title": "Dr", "city": "Rome"})
    status(empty, start(empty, "email,title,city\nada@example.com,,null\n"))
    assert leads(empty, "title", "city") == expected


def test_by_id_leads_are_only_updated(empty):
    [known] = empty.create({"email": "ada@example.com"})
    file = f"id,email\n{known},new@example.com\n99,b@example.com\nseven,c@example.com\n"
    batch = start(empty, file, lookupField="id")
    status(empty, batch)
    assert leads(empty, "email") == [("new@example.com",)]
    reasons = [line.rpartition(",")[2] for line in problems(empty, batch)[1:]]
    assert reasons == ["Lead not found", "Invalid data type in field Id"]


def test_companies_and_partitions_are_as_in_a_sync(empty):
    empty.control(
        "POST", "/companies", {"input": [{"externalCompanyId": "A-1", "company": "Acme"}]}
    )
    file = "email,externalCompanyId\na@example.com,A-1\nb@example.com,NONE\n"
    batch = start(empty, file, partitionName="EU")
    status(empty, batch)
    shown = leads(empty, "email", "company", "leadPartitionId")
    assert shown == [("a@example.com", "Acme", 2)]
    assert "externalCompanyId" in problems(empty, batch)[1].rpartition(",")[2]


def test_leads_of_an_import_can_join_a_static_list(empty):
    made = empty.control("POST", "/lists", {"name": "Fair"})["id"]
    switch(empty, import_seconds=60)
    batch = start(empty, "email\na@example.com\n,\n", listId=made)
    assert code(empty, "email\nb@example.com\n", listId=made) == "1019"
    empty.control("POST", "/clock", {"advance_seconds": 60})
    assert status(empty, batch)["status"] == "Complete"
    [listed] = [found for found in empty.control("GET", "/lists")["lists"] if found["id"] == made]
    assert listed["members"] == [1]
    start(empty, "email\nb@example.com\n", listId=made)
    assert code(empty, "email\nb@example.com\n", listId=99) == "1013"


def test_parameters_may_stand_in_the_form_and_other_delimiters_in_the_file(empty):
    for number, (word, delimiter) in enumerate([("tsv", "\t"), ("ssv", ";"), ("CSV", ",")]):
        file = f"email{delimiter}title\n{number}@example.com{delimiter}Dr\n".encode()
        form = {"format": (None, word), "lookupField": (None, "email")}
        answer = empty.send("POST", LEADS, files={"file": ("f", file), **form}).json()
        batch = answer["result"][0]["batchId"]
        assert status(empty, batch)["numOfLeadsProcessed"] == 1
    assert leads(empty, "title") == [("Dr",)] * 3


def test_calls_that_are_wrong_as_a_whole_are_refused_as_a_whole(empty):
    good = "email\na@example.com\n"
    assert code(empty, "email\n") == "1003"
    assert code(empty, "") == "1003"
    assert code(empty, good, format="xls") == "1003"
    assert code(empty, "email,nothing\na@example.com,x\n") == "1006"
    assert code(empty, "email, title\na@example.com,x\n") == "1006"
    assert code(empty, good, lookupField="nothing") == "1006"
    assert code(empty, good, lookupField="firstName") == "1011"
    assert empty.post(LEADS, {"x": 1})["errors"][0]["code"] == "612"
    no_file = empty.send("POST", LEADS, files={"format": (None, "csv")}).json()
    assert no_file["errors"][0]["code"] == "1002"
    broken = empty.send(
        "POST", LEADS, data=b"x", headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert broken.json()["errors"][0]["code"] == "613"
    assert empty.code("/bulk/v1/leads/batch/1.json") == "1013"


def test_file_of_ten_megabytes_is_413_without_json(empty):
    head = "email,title\n"
    row = "a@example.com," + "x" * 9_000 + "\n"
    rows = (10_000_000 - len(head)) // len(row)
    assert send(empty, head + row * rows).status_code == 200
    answer = send(empty, head + row * (rows + 1))
    assert (answer.status_code, answer.text[:6]) == (413, "<html>")
    assert send(empty, "x" * 11_000_000).status_code == 413


def test_two_batches_run_and_eight_wait_in_their_order(empty):
    switch(empty, import_seconds=60)
    batches = [start(empty, f"email\n{number}@example.com\n") for number in range(10)]
    states = [status(empty, batch)["status"] for batch in batches]
    assert states == ["Importing"] * 2 + ["Queued"] * 8
    refused = send(empty, "email\nx@example.com\n").json()["errors"][0]
    assert refused == {
        "code": "1016",
        "message": "There are 10 imports currently being processed. Please try again later",
    }
    assert problems(empty, batches[0]) == 404
    empty.control("POST", "/clock", {"advance_seconds": 60})
    states = [status(empty, batch)["status"] for batch in batches]
    assert states == ["Complete"] * 2 + ["Importing"] * 2 + ["Queued"] * 6
    start(empty, "email\nx@example.com\n")


def test_rows_of_a_running_batch_come_one_after_another(empty):
    switch(empty, import_seconds=100)
    batch = start(empty, "email\n" + "".join(f"{n}@example.com\n" for n in range(10)))
    assert status(empty, batch)["numOfLeadsProcessed"] == 0
    empty.control("POST", "/clock", {"advance_seconds": 55})
    assert len(leads(empty, "email")) == 5
    shown = status(empty, batch)
    assert (shown["status"], shown["numOfLeadsProcessed"]) == ("Importing", 5)
    assert "message" not in shown
    empty.control("POST", "/clock", {"advance_seconds": 45})
    assert len(leads(empty, "email")) == 10
    assert status(empty, batch)["status"] == "Complete"


def test_batch_stays_unfinished_for_as_many_polls_as_set(empty):
    switch(empty, import_polls=3)
    batch = start(empty, "email\na@example.com\n")
    states = [status(empty, batch)["status"] for _ in range(4)]
    assert states == ["Importing", "Importing", "Complete", "Complete"]


@pytest.mark.parametrize(("kind", "written"), [("failed_import", 0), ("broken_import", 2)])
def test_a_batch_may_fail_at_once_or_halfway(empty, kind, written):
    empty.control("POST", "/faults", {"kind": kind})
    batch = start(empty, "email\n" + "".join(f"{n}@example.com\n" for n in range(5)))
    shown = status(empty, batch)
    assert (shown["status"], shown["numOfLeadsProcessed"]) == ("Failed", written)
    assert shown["message"].startswith("Import failed")
    assert len(leads(empty, "email")) == written
    again = start(empty, "email\nx@example.com\n")
    assert status(empty, again)["status"] == "Complete"


def test_batches_are_known_for_seven_days_to_the_user_who_made_them(empty):
    batch = start(empty, "email\na@example.com\n")
    second = {"client_id": "two", "client_secret": "secret", "user": "two@example.com"}
    empty.control("POST", "/services", second)
    token = empty.session.headers["Authorization"]
    empty.log_in(client_id="two", client_secret="secret")
    assert empty.code(f"/bulk/v1/leads/batch/{batch}.json") == "1013"
    empty.session.headers["Authorization"] = token
    assert status(empty, batch)["status"] == "Complete"
    assert empty.code(f"/bulk/v1/customobjects/car/import/{batch}/status.json") == "1013"
    empty.control("POST", "/clock", {"advance_seconds": 7 * 86_400 + 1})
    empty.log_in()
    assert empty.code(f"/bulk/v1/leads/batch/{batch}.json") == "1013"


def test_rows_become_records_of_a_custom_object(cars):
    file = "vin,year,leadID,colour\nA,2003,1,red\nB,old,1,red\nC,2003,99,red\n,1,1,red\nA,1999,,\n"
    answer = send(cars, file, CARS).json()["result"]
    assert answer == [{"batchId": 1001, "status": "Queued", "objectApiName": "car"}]
    base = "/bulk/v1/customobjects/car/import/1001"
    assert cars.get(f"{base}/status.json")["result"] == [
        {
            "batchId": 1001,
            "operation": "import",
            "status": "Complete",
            "objectApiName": "car",
            "numOfObjectsProcessed": 2,
            "numOfRowsFailed": 3,
            "numOfRowsWithWarning": 0,
            "importTime": "0 second(s)",
            "message": "Import completed with errors, 2 records imported (2 members), 3 failed",
        }
    ]
    failures = cars.send("GET", f"{base}/failures.json").text.splitlines()
    assert failures == [
        "vin,year,leadID,colour,Import Failure Reason",
        "B,old,1,red,Invalid data type in field Model Year",
        "C,2003,99,red,Lead not found",
        ",1,1,red,missing.dedupe.fields",
    ]
    assert cars.send("GET", f"{base}/warnings.json").status_code == 404
    [record] = cars.control("GET", "/custom_objects/car")["records"]
    assert (record["vin"], record["year"], record["leadID"]) == ("A", 1999, 1)


def test_stray_blank_before_a_key_column_fails_every_row(cars):
    start(cars, "year, vin\n2003,A\n", CARS)
    cars.get("/bulk/v1/customobjects/car/import/1001/status.json")
    answer = cars.send("GET", "/bulk/v1/customobjects/car/import/1001/failures.json")
    assert answer.text == "year, vin,Import Failure Reason\n2003,A,missing.dedupe.fields\n"


def test_type_that_is_gone_fails_the_rows_that_are_left(cars):
    switch(cars, import_seconds=10)
    start(cars, "vin\nA\nB\n", CARS)
    cars.get("/bulk/v1/customobjects/car/import/1001/status.json")
    cars.control("DELETE", "/custom_object_types/car")
    cars.control("POST", "/clock", {"advance_seconds": 10})
    answer = cars.send("GET", "/bulk/v1/customobjects/car/import/1001/failures.json")
    assert answer.text.count("Object not found") == 2
    assert code(cars, "vin\nA\n", CARS) == "1013"


@pytest.mark.parametrize(
    ("permission", "path"), [("Read-Write Lead", LEADS), ("Read-Write Custom Object", CARS)]
)
def test_imports_need_the_permission_to_write(cars, permission, path):
    cars.control("POST", "/permissions", {"denied": [permission]})
    assert code(cars, "vin\nA\n", path) == "603"
