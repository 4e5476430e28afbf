"""Companies and custom objects over HTTP to the simulator: made, found, refused, deleted."""

from __future__ import annotations

import pytest
from marketo_client import (
    DedupeBy,
    FeatureMissingError,
    LinkTarget,
    Marketo,
    NewField,
    NewType,
    RecordNotFoundError,
    RequestError,
    SyncAction,
    TypeState,
)

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


ORDER = NewType("doctor_order", "Doctor Order", plural_name="Doctor Orders")
ORDER_FIELDS = [
    NewField("shop", "Shop", dedupe=True),
    NewField("number", "Number", "integer", dedupe=True),
    NewField("leadID", "Lead", related_to=LinkTarget("lead", "id")),
    NewField("total", "Total", "float"),
]
KEYS = [{"shop": "Paris, Nord", "number": 1}, {"shop": "Rome", "number": 2}]


@pytest.fixture
def orders(simulator, client):
    """The records of a custom object with a key of two fields, made through the metadata API."""
    simulator.control("POST", "/settings", {"custom_object_types": True})
    types = client.custom_object_types
    types.create(ORDER)
    types.add_fields(ORDER.api_name, ORDER_FIELDS)
    types.approve(ORDER.api_name)
    return client.custom_objects.records(ORDER.api_name)


@pytest.fixture
def lead_id(client):
    row = {"email": "ada@example.com"}
    reply = client.leads.sync([row], action=SyncAction.CREATE_ONLY, lookup_field="email")
    return reply.results[0].id


def test_a_type_goes_from_draft_to_records(simulator, client):
    simulator.control("POST", "/settings", {"custom_object_types": True})
    types = client.custom_object_types
    types.create(ORDER)
    draft = types.describe(ORDER.api_name)
    assert (draft.state, draft.id_field, draft.dedupe_fields) == ("draft", None, ())
    types.add_fields(ORDER.api_name, ORDER_FIELDS)
    assert ORDER.api_name not in {each.name for each in client.custom_objects.list()}
    types.approve(ORDER.api_name)
    [listed] = client.custom_objects.list(ORDER.api_name)
    described = client.custom_objects.records(ORDER.api_name).describe()
    approved = types.describe(ORDER.api_name, state=TypeState.APPROVED)
    for found in (listed, described, approved):
        assert (found.name, found.id_field) == (ORDER.api_name, "marketoGUID")
        assert set(found.dedupe_fields) == {"shop", "number"}
        [link] = found.relationships
        assert (link.field, link.related_to.lower()) == ("leadID", "lead")
    assert {field.name: field.data_type for field in described.fields}["leadID"] == "integer"


def test_a_later_field_waits_in_a_draft_until_it_is_approved_or_discarded(client, orders):
    types = client.custom_object_types

    def states():
        return [(each.state, each.version) for each in types.list(ORDER.api_name)]

    types.add_fields(ORDER.api_name, [NewField("note", "Note", "text")])
    assert states() == [("approvedWithDraft", "approved")]
    types.discard_draft(ORDER.api_name)
    assert states() == [("approved", "approved")]
    types.add_fields(ORDER.api_name, [NewField("note", "Note", "text")])
    types.approve(ORDER.api_name)
    assert "note" in {field.name for field in orders.describe().fields}


@pytest.mark.usefixtures("orders")
def test_what_links_and_fields_may_be_is_listed(client):
    types = client.custom_object_types
    assert {"string", "link", "float"} <= set(types.field_data_types())
    objects = {each.name: each for each in types.linkable_objects()}
    assert {"lead", "company"} <= objects.keys()
    assert "id" in {field.name.lower() for field in objects["lead"].fields}


def test_records_of_a_compound_key_are_written_found_and_deleted(orders, lead_id):
    rows = [{**key, "leadID": lead_id, "total": 9.5} for key in KEYS]
    created = orders.sync(rows, action=SyncAction.CREATE_OR_UPDATE)
    assert outcome(created) == [("created", None)] * 2
    guids = [result.id for result in created.results]
    fields = ["shop", "number", "total", "leadID"]
    for pages in (
        orders.by_keys([*KEYS, {"shop": "nowhere", "number": 3}], fields=fields),
        orders.by_filter(DedupeBy.ID_FIELD, guids, fields=fields),
        orders.by_filter("leadID", [lead_id], fields=fields),
    ):
        found = [row for page in pages for row in page.rows]
        assert sorted(row["number"] for row in found) == [1, 2]
        assert {(row["total"], int(row["leadID"])) for row in found} == {(9.5, lead_id)}
    assert outcome(orders.delete(KEYS[:1])) == [("deleted", None)]
    left = [{"marketoGUID": guid} for guid in guids]
    assert outcome(orders.delete(left, delete_by=DedupeBy.ID_FIELD)) == [
        ("skipped", "1013"),
        ("deleted", None),
    ]


def test_a_record_whose_lead_is_unknown_is_refused_alone(orders, lead_id):
    rows = [{**KEYS[0], "leadID": lead_id}, {**KEYS[1], "leadID": 999_999}]
    assert outcome(orders.sync(rows, action=SyncAction.CREATE_ONLY)) == [
        ("created", None),
        ("skipped", "1004"),
    ]


def test_keys_as_json_go_300_at_a_time(orders):
    keys = [{"shop": "Rome", "number": number} for number in range(301)]
    for some in (keys[:300], keys[300:]):
        orders.sync(some, action=SyncAction.CREATE_ONLY)
    pages = list(orders.by_keys(keys, fields=["number"]))
    assert sorted(row["number"] for page in pages for row in page.rows) == list(range(301))


def test_an_object_that_is_not_there_is_named(simulator, client):
    simulator.control("POST", "/settings", {"custom_object_types": True})
    for ask in (
        lambda: client.custom_object_types.describe("nothing"),
        client.custom_objects.records("nothing").describe,
    ):
        with pytest.raises(RecordNotFoundError, match=r"nothing/describe.*1013.*not see it"):
            ask()
