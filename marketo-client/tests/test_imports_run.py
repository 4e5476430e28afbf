"""Bulk import over HTTP to the simulator: rows arrive, and those that do not are named."""

from __future__ import annotations

import csv
import io

import pytest
from marketo_client import (
    DedupeBy,
    ImportStatus,
    LostAnswerError,
    Marketo,
    RecordNotFoundError,
    SyncAction,
)

COLUMNS = ("planCode", "email", "firstName", "leadScore", "plan_code")


def table(columns, rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    return text.getvalue().encode()


@pytest.fixture(scope="module")
def running(started):
    with started("--profile", "small") as simulator:
        yield simulator


@pytest.fixture
def simulator(running):
    running.control("POST", "/reset", {"profile": "small"})
    return running


@pytest.fixture
def client(simulator, clock):
    with Marketo(simulator.connection(), clock=clock) as marketo:
        yield marketo


def leads(client, *emails):
    pages = client.leads.by_filter("email", emails, fields=["email", "firstName", "leadScore"])
    return {
        row["email"]: (row["firstName"], row["leadScore"]) for page in pages for row in page.rows
    }


def test_leads_arrive_and_the_others_are_named_by_their_marker(client):
    rows = [
        ("m1", "ada@example.com", "Ada", 7, "m1"),
        ("m2", "bob@example.com", 'Bob, "the\nbuilder"', "many", "m2"),
        ("m3", "cyd@example.com", "Cyd", "", "m3"),
    ]
    imports = client.lead_imports
    done = imports.wait(imports.create(table(COLUMNS, rows), lookup_field="email"))
    assert (done.status, done.processed + done.failed, done.failed) == (ImportStatus.COMPLETE, 3, 1)
    [problem] = imports.failures(done, first_cells={"m1", "m2", "m3"})
    assert (problem.cells[0], "Lead Score" in problem.reason) == ("m2", True)
    assert imports.warnings(done) == ()
    found = leads(client, "ada@example.com", "bob@example.com", "cyd@example.com")
    assert found.keys() == {"ada@example.com", "cyd@example.com"}
    assert found["ada@example.com"] == ("Ada", 7)


@pytest.mark.parametrize(
    "quirks", [{}, {"import_problems_unquoted": True}, {"import_problems_shifted": True}]
)
def test_markers_lead_through_every_form_of_a_failures_file(simulator, client, quirks):
    simulator.control("POST", "/settings", quirks)
    rows = [
        ("m1", "ada@example.com", "one, two\nthree", "many", ""),
        ("m2", "bob@example.com", "Bob", "more", ""),
    ]
    imports = client.lead_imports
    done = imports.wait(imports.create(table(COLUMNS, rows), lookup_field="email"))
    problems = imports.failures(done, first_cells={"m1", "m2"})
    assert [problem.cells[0] for problem in problems] == ["m1", "m2"]
    assert all("Lead Score" in problem.reason for problem in problems)


def test_custom_objects_arrive_by_their_key(client):
    imports = client.custom_object_imports("car")
    rows = [("V-1", "Anvil"), ("", "Nobody's")]
    done = imports.wait(imports.create(table(("vin", "make"), rows)))
    assert (done.status, done.failed) == (ImportStatus.COMPLETE, 1)
    assert imports.status(done.id).id == done.id
    [problem] = imports.failures(done)
    assert problem.cells == ("", "Nobody's")
    cars = client.custom_objects.records("car")
    [page] = cars.by_filter(DedupeBy.DEDUPE_FIELDS, ["V-1"], fields=["make"])
    assert [row["make"] for row in page.rows] == ["Anvil"]


def test_an_import_that_is_not_there_is_an_error_of_its_own(client):
    with pytest.raises(RecordNotFoundError):
        client.lead_imports.status(4711)


def test_a_lost_answer_is_told_and_the_rows_are_there(simulator, client):
    simulator.control("POST", "/faults", {"kind": "lost_answer", "path": "/bulk/v1/leads.json"})
    file = table(("email", "firstName"), [("ada@example.com", "Ada")])
    with pytest.raises(LostAnswerError):
        client.lead_imports.create(file, lookup_field="email")
    assert leads(client, "ada@example.com") != {}


def test_updates_by_id_create_nothing(client):
    created = client.leads.sync(
        [{"email": "ada@example.com"}], action=SyncAction.CREATE_ONLY, lookup_field="email"
    )
    rows = [(created.results[0].id, "Ada"), (999_999, "Nobody")]
    imports = client.lead_imports
    done = imports.wait(imports.create(table(("id", "firstName"), rows), lookup_field="id"))
    assert done.failed == 1
    assert leads(client, "ada@example.com")["ada@example.com"][0] == "Ada"
