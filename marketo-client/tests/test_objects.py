"""Companies over HTTP to the simulator: written, found, refused, deleted."""

from __future__ import annotations

import pytest
from marketo_client import DedupeBy, FeatureMissingError, Marketo, RequestError, SyncAction

KEY = "externalCompanyId"
ACME = {KEY: "doctor & sons", "company": "Acme, Inc.", "numberOfEmployees": 7}


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


def outcome(reply):
    return [(result.status, result.code) for result in reply.results]


def test_companies_are_created_updated_and_refused_one_by_one(client):
    rows = [ACME, {KEY: "b", "numberOfEmployees": "many"}, ACME, {"company": "without key"}]
    reply = client.companies.sync(rows, action=SyncAction.CREATE_OR_UPDATE)
    assert outcome(reply) == [
        ("created", None),
        ("skipped", "1003"),
        ("skipped", "1036"),
        ("skipped", "1003"),
    ]
    assert [result.seq for result in reply.results] == [0, 1, 2, 3]
    assert "many" not in str(reply)
    by_id = [{"id": reply.results[0].id, "industry": "Anvils"}]
    again = client.companies.sync(by_id, action=SyncAction.UPDATE_ONLY, dedupe_by=DedupeBy.ID_FIELD)
    assert (again.results[0].status, again.results[0].id) == ("updated", reply.results[0].id)


def test_companies_are_found_by_key_and_to_the_last_page(client):
    rows = [{KEY: f"A-{number}", "company": "Same"} for number in range(301)]
    for some in (rows[:300], rows[300:]):
        client.companies.sync(some, action=SyncAction.CREATE_ONLY)
    by_key = client.companies.by_keys([{KEY: row[KEY]} for row in rows], fields=[KEY])
    by_name = client.companies.by_filter("company", ["Same"], fields=[KEY])
    for pages in (list(by_key), list(by_name)):
        assert [len(page.rows) for page in pages] == [300, 1]
        assert {row[KEY] for page in pages for row in page.rows} == {row[KEY] for row in rows}
    assert outcome(client.companies.sync(rows[:1], action=SyncAction.CREATE_ONLY)) == [
        ("skipped", "1017")
    ]


def test_companies_are_deleted_once(client):
    client.companies.sync([ACME], action=SyncAction.CREATE_ONLY)
    keys = [{KEY: ACME[KEY]}, {KEY: "nowhere"}]
    assert outcome(client.companies.delete(keys)) == [("deleted", None), ("skipped", "1013")]
    assert outcome(client.companies.delete(keys)) == [("skipped", "1013")] * 2


def test_a_company_in_use_says_so(client):
    client.companies.sync([ACME], action=SyncAction.CREATE_ONLY)
    lead = {"email": "ada@example.com", KEY: ACME[KEY]}
    client.leads.sync([lead], action=SyncAction.CREATE_ONLY, lookup_field="email")
    assert outcome(client.companies.delete([{KEY: ACME[KEY]}])) == [("skipped", "1022")]


def test_fields_that_cannot_be_searched_are_an_error(client):
    with pytest.raises(RequestError, match="1011"):
        list(client.companies.by_filter("industry", ["Anvils"], fields=["id"]))


def test_a_crm_that_owns_companies_is_named(simulator, client):
    with simulator.switched({"native_crm_sync": True}):
        with pytest.raises(FeatureMissingError, match="1018"):
            client.companies.sync([ACME], action=SyncAction.CREATE_OR_UPDATE)
        with pytest.raises(FeatureMissingError, match="1018"):
            client.companies.delete([{KEY: "b"}])


@pytest.mark.parametrize("fault", ["reset", "lost_answer", "cut_body", "http_502"])
def test_an_update_survives_every_fault(simulator, client, fault):
    client.companies.sync([ACME], action=SyncAction.CREATE_ONLY)
    simulator.control("POST", "/faults", {"kind": fault, "path": "*/companies.json"})
    row = {KEY: ACME[KEY], "industry": None}
    assert outcome(client.companies.sync([row], action=SyncAction.UPDATE_ONLY)) == [
        ("updated", None)
    ]
