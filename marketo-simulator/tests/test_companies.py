"""Companies: what a sync does with each record, what leads linked to one show, what goes when."""

from __future__ import annotations

import pytest

COMPANIES = "/rest/v1/companies.json"
LEADS = "/rest/v1/leads.json"
DELETE = "/rest/v1/companies/delete.json"
ACME = {"externalCompanyId": "ACME-1", "company": "Acme", "industry": "Software"}
OWN = {"company": "Own Ltd", "industry": "Public"}


def sync(simulator, *records, **order):
    answer = simulator.post(COMPANIES, {"input": list(records), **order})
    return answer["result"] if answer["success"] else answer["errors"][0]["code"]


def sync_leads(simulator, *records, **order):
    return simulator.post(LEADS, {"input": list(records), **order})["result"]


def codes(results):
    return [result.get("reasons", [{"code": None}])[0]["code"] for result in results]


def companies(simulator, values, filter_type="externalCompanyId", **query):
    query = {"filterType": filter_type, "filterValues": values, **query}
    return simulator.get(COMPANIES, **query)["result"]


def lead(simulator, lead_id, fields="externalCompanyId,company,industry"):
    query = {"filterType": "id", "filterValues": lead_id, "fields": fields}
    [found] = simulator.get(LEADS, **query)["result"]
    return {name: value for name, value in found.items() if name != "id"}


def changes(simulator, lead_id):
    rows = simulator.control("GET", "/activities", typeId="13")["activities"]
    return {
        row["primaryAttributeValue"]: {pair["name"]: pair["value"] for pair in row["attributes"]}
        for row in rows
        if row["leadId"] == lead_id
    }


@pytest.fixture
def acme(empty):
    """A Marketo with one company and one lead linked to it, by their ids."""
    [company] = sync(empty, ACME)
    [linked] = sync_leads(empty, {"email": "ada@example.com", "externalCompanyId": "ACME-1"})
    return company["id"], linked["id"]


def test_each_record_has_its_place_and_its_id_in_the_result(empty):
    assert sync(empty, ACME, {"externalCompanyId": "B-1"}) == [
        {"seq": 0, "id": 1, "status": "created"},
        {"seq": 1, "id": 2, "status": "created"},
    ]
    results = sync(empty, {"externalCompanyId": "b-1", "industry": None}, ACME)
    assert results == [
        {"seq": 0, "id": 2, "status": "updated"},
        {"seq": 1, "id": 1, "status": "updated"},
    ]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("createOrUpdate", [None, None]),
        ("createOnly", ["1017", None]),
        ("updateOnly", [None, "1013"]),
    ],
)
def test_each_action_does_its_own(empty, action, expected):
    sync(empty, ACME)
    assert codes(sync(empty, ACME, {"externalCompanyId": "NEW"}, action=action)) == expected


def test_one_bad_record_is_skipped_and_the_others_go_through(empty):
    results = sync(
        empty,
        {"company": "No Key"},
        {"externalCompanyId": ""},
        {"externalCompanyId": "x" * 101},
        {"externalCompanyId": "C-1", "firstName": "Ada"},
        {"externalCompanyId": "C-1", "numberOfEmployees": "many"},
        {"externalCompanyId": "C-2", "id": 7},
        {"externalCompanyId": "C-3", "createdAt": "2026-11-24T10:00:00Z"},
        {"externalCompanyId": "C-4", "numberOfEmployees": 12, "website": ""},
        {"externalCompanyId": "c-4", "numberOfEmployees": 13},
    )
    expected = ["1003", "1003", "1003", "1006", "1003", "1003", "1003", None, "1036"]
    assert codes(results) == expected
    assert [result["seq"] for result in results] == list(range(9))
    assert all("id" not in result for result in results if result["status"] == "skipped")
    assert companies(empty, "C-4", fields="numberOfEmployees,website") == [
        {"seq": 0, "id": 1, "numberOfEmployees": 12, "website": None}
    ]


def test_by_id_only_known_companies_are_updated_and_their_key_stays(empty):
    [made] = sync(empty, ACME)
    by_id = {"dedupeBy": "idField", "action": "updateOnly"}
    results = sync(
        empty, {"id": made["id"], "industry": "Public"}, {"id": 99, "industry": "Public"}, **by_id
    )
    assert codes(results) == [None, "1013"]
    moved = sync(empty, {"id": made["id"], "externalCompanyId": "OTHER"}, **by_id)
    assert codes(moved) == ["1003"]
    assert companies(empty, "ACME-1", fields="industry")[0]["industry"] == "Public"


def test_calls_that_are_wrong_as_a_whole_are_refused_as_a_whole(empty):
    assert sync(empty, ACME, action="upsert") == "1003"
    assert sync(empty, ACME, dedupeBy="company") == "1003"
    assert sync(empty, ACME, dedupeBy="idField") == "1003"
    assert sync(empty, *[ACME] * 301) == "1003"
    assert sync(empty) == "1002"
    assert sync(empty, "ACME-1") == "1003"
    assert empty.post(DELETE, {"deleteBy": "company", "input": [ACME]})["errors"][0]["code"] == (
        "1003"
    )


def test_companies_are_found_by_searchable_fields_and_aliases_only(empty):
    sync(empty, ACME, {"externalCompanyId": "B-1", "company": "Acme"})
    default = {
        "seq": 0,
        "id": 1,
        "externalCompanyId": "ACME-1",
        "updatedAt": "2026-11-24T10:00:00Z",
        "createdAt": "2026-11-24T10:00:00Z",
    }
    for filter_type, values in [("dedupeFields", "acme-1,none"), ("idField", 1), ("id", 1)]:
        assert companies(empty, values, filter_type) == [default]
    by_name = companies(empty, "acme", "company", fields="company")
    assert [(row["seq"], row["id"]) for row in by_name] == [(0, 1), (1, 2)]
    query = {"filterValues": "Software"}
    assert empty.code(COMPANIES, filterType="industry", **query) == "1011"
    assert empty.code(COMPANIES, filterType="nothing", **query) == "1011"
    assert empty.code(COMPANIES, filterType="id") == "1002"
    assert empty.code(COMPANIES, **query) == "1002"
    assert empty.code(COMPANIES, filterType="id", filterValues="1", fields="email") == "1006"
    values = ",".join(map(str, range(301)))
    assert empty.code(COMPANIES, filterType="id", filterValues=values) == "1003"


def test_a_query_may_be_a_form_or_json_in_a_post(empty):
    sync(empty, ACME)
    path = COMPANIES + "?_method=GET"
    form = {"filterType": "externalCompanyId", "filterValues": "ACME-1,B-1"}
    found = empty.send("POST", path, data=form).json()["result"]
    body = {"filterType": "dedupeFields", "input": [{"externalCompanyId": "ACME-1"}]}
    assert empty.post(path, body)["result"] == found
    assert found[0]["id"] == 1
    assert empty.post(path, {"input": [{"company": "Acme"}]})["errors"][0]["code"] == "1002"


def test_matches_come_in_pages_that_end_without_a_token(empty):
    records = [{"externalCompanyId": f"E-{n}", "company": "Same"} for n in range(5)]
    sync(empty, *records)
    query = {"filterType": "company", "filterValues": "Same", "batchSize": 2}
    answer, seen = empty.get(COMPANIES, **query), []
    while True:
        seen += [row["id"] for row in answer["result"]]
        if "nextPageToken" not in answer:
            break
        answer = empty.get(COMPANIES, **query, nextPageToken=answer["nextPageToken"])
    assert seen == [1, 2, 3, 4, 5]
    assert empty.code(COMPANIES, **query, nextPageToken="made up") == "1003"


def test_fields_without_a_value_are_null_or_left_out(empty):
    sync(empty, {"externalCompanyId": "B-1"})
    assert companies(empty, "B-1", fields="industry") == [{"seq": 0, "id": 1, "industry": None}]
    empty.control("POST", "/settings", {"null_fields_omitted": True})
    assert companies(empty, "B-1", fields="industry") == [{"seq": 0, "id": 1}]


def test_linked_leads_show_their_companys_values_everywhere(empty, acme):
    _, lead_id = acme
    shown = {"externalCompanyId": "ACME-1", "company": "Acme", "industry": "Software"}
    assert lead(empty, lead_id) == shown
    by_key = {"filterType": "externalCompanyId", "filterValues": "acme-1"}
    assert [row["id"] for row in empty.get(LEADS, **by_key)["result"]] == [lead_id]
    assert empty.control("GET", f"/leads/{lead_id}")["industry"] == "Software"
    assert empty.control("GET", "/companies/1")["leads"] == [lead_id]
    sync(empty, {**ACME, "industry": None, "company": "Acme Corp"})
    assert lead(empty, lead_id) == {**shown, "company": "Acme Corp", "industry": None}


@pytest.mark.usefixtures("acme")
def test_a_file_of_leads_shows_their_companys_values(empty):
    base = "/bulk/v1/leads/export"
    span = {"startAt": "2026-11-24T00:00:00Z", "endAt": "2026-11-25T00:00:00Z"}
    order = {"fields": ["email", "industry", "externalCompanyId"], "filter": {"createdAt": span}}
    job = empty.post(f"{base}/create.json", order)["result"][0]["exportId"]
    empty.post(f"{base}/{job}/enqueue.json")
    empty.get(f"{base}/{job}/status.json")
    file = empty.send("GET", f"{base}/{job}/file.json").text
    assert file.splitlines()[1] == "ada@example.com,Software,ACME-1"


def test_a_companys_change_leaves_a_row_on_each_of_its_leads(empty, acme):
    _, lead_id = acme
    [unlinked] = empty.create(OWN)
    answer = empty.post(COMPANIES, {"input": [{**ACME, "industry": "Public"}]})
    [row] = changes(empty, lead_id).values()
    assert row["Old Value"] == "Software"
    assert row["New Value"] == "Public"
    assert row["API Method Name"] == "syncCompany"
    assert row["Modifying User"] == "api.user@example.com"
    assert row["Request Id"] == answer["requestId"]
    assert changes(empty, unlinked) == {}
    pages = empty.feed("/rest/v1/activities/leadchanges.json", fields="industry,company")
    rows = [row for page in pages for row in page["result"] if row["activityTypeId"] == 13]
    assert [(row["leadId"], row["fields"][0]["name"]) for row in rows] == [(lead_id, "industry")]


def test_rows_of_a_companys_change_can_be_switched_off(empty, acme):
    _, lead_id = acme
    empty.control("POST", "/settings", {"company_changes_on_leads": False})
    sync(empty, {**ACME, "industry": "Public"})
    assert lead(empty, lead_id)["industry"] == "Public"
    assert changes(empty, lead_id) == {}


@pytest.mark.usefixtures("acme")
def test_linking_replaces_own_values_with_a_row_for_each(empty):
    [lead_id] = empty.create({"email": "bob@example.com", **OWN, "site": "Paris"})
    sync_leads(empty, {"email": "bob@example.com", "externalCompanyId": "acme-1"})
    shown = {"externalCompanyId": "ACME-1", "company": "Acme", "industry": "Software", "site": None}
    assert lead(empty, lead_id, ",".join(shown)) == shown
    rows = changes(empty, lead_id)
    assert set(rows) == {"External Company Id", "Company Name", "Industry", "Site"}
    assert "New Value" not in rows["Site"]


def test_a_lead_moves_to_another_company_but_never_out_of_one(empty, acme):
    _, lead_id = acme
    sync(empty, {"externalCompanyId": "B-1", "company": "B"})
    for key in (None, "", "B-1"):
        record = {"email": "ada@example.com", "externalCompanyId": key}
        assert sync_leads(empty, record)[0]["status"] == "updated"
        expected = key or "ACME-1"
        assert lead(empty, lead_id, "externalCompanyId") == {"externalCompanyId": expected}
    assert lead(empty, lead_id, "company") == {"company": "B"}


def test_link_to_no_company_is_skipped(empty):
    results = sync_leads(
        empty,
        {"email": "a@example.com", "externalCompanyId": "NONE"},
        {"email": "b@example.com", "externalCompanyId": None},
    )
    assert codes(results) == ["1003", None]
    assert len(empty.control("GET", "/leads")["leads"]) == 1


@pytest.mark.parametrize(
    ("setting", "code", "shown"),
    [
        ("refused", "1021", {"industry": "Software", "title": None}),
        ("ignored", None, {"industry": "Software", "title": "Dr"}),
        ("written", None, {"industry": "Public", "title": "Dr"}),
    ],
)
def test_company_fields_of_a_linked_lead(empty, acme, setting, code, shown):
    company_id, lead_id = acme
    empty.control("POST", "/settings", {"company_fields_of_linked_leads": setting})
    record = {"email": "ada@example.com", "industry": "Public", "title": "Dr"}
    assert codes(sync_leads(empty, record)) == [code]
    assert lead(empty, lead_id, "industry,title") == shown
    assert empty.control("GET", f"/companies/{company_id}")["industry"] == shown["industry"]
    new = {"email": "new@example.com", "externalCompanyId": "ACME-1", "industry": "Public"}
    assert codes(sync_leads(empty, new)) == [code]


def test_company_fields_of_an_unlinked_lead_are_its_own_or_refused(empty):
    record = {"email": "ada@example.com", "industry": "Public"}
    [made] = sync_leads(empty, record)
    assert lead(empty, made["id"], "industry") == {"industry": "Public"}
    empty.control("POST", "/settings", {"company_fields_of_unlinked_leads": "refused"})
    assert codes(sync_leads(empty, record, {"email": "b@example.com"})) == ["1021", None]


def test_setting_takes_only_its_words(empty):
    answer = empty.session.post(
        empty.line["control"] + "/settings", json={"company_fields_of_linked_leads": "maybe"}
    )
    assert answer.status_code == 400
    assert answer.json()["error"].endswith("takes refused or ignored or written")


def test_delete_by_either_key_and_1013_for_what_is_not_there(empty):
    sync(empty, ACME, {"externalCompanyId": "B-1"})
    answer = empty.post(DELETE, {"input": [{"externalCompanyId": "ACME-1"}, ACME]})
    assert answer["result"][0] == {"seq": 0, "id": 1, "status": "deleted"}
    assert answer["result"][1]["reasons"][0]["code"] == "1036"
    answer = empty.post(DELETE, {"deleteBy": "idField", "input": [{"id": 2}, {"id": 1}]})
    assert answer["result"] == [
        {"seq": 0, "id": 2, "status": "deleted"},
        {
            "seq": 1,
            "status": "skipped",
            "reasons": [{"code": "1013", "message": "Record not found"}],
        },
    ]
    assert companies(empty, "1,2", "id") == []


def test_a_company_with_leads_stays_until_they_are_gone(empty, acme):
    company_id, lead_id = acme
    order = {"input": [{"externalCompanyId": "ACME-1"}]}
    assert codes(empty.post(DELETE, order)["result"]) == ["1022"]
    empty.control("DELETE", f"/leads/{lead_id}")
    assert empty.post(DELETE, order)["result"][0]["id"] == company_id


def test_a_company_may_be_deleted_under_its_leads(empty, acme):
    _, lead_id = acme
    empty.control("POST", "/settings", {"companies_in_use_deletable": True})
    empty.post(DELETE, {"input": [{"externalCompanyId": "ACME-1"}]})
    own = {"externalCompanyId": None, "company": "Acme", "industry": "Software"}
    assert lead(empty, lead_id) == own
    assert set(changes(empty, lead_id)) == {"External Company Id"}
    record = {"email": "ada@example.com", "industry": "Public"}
    assert codes(sync_leads(empty, record)) == [None]


@pytest.mark.parametrize("linked", ["winner", "loser", "both"])
@pytest.mark.usefixtures("acme")
def test_winner_of_a_merge_keeps_its_company_or_takes_the_losers(empty, linked):
    sync(empty, {"externalCompanyId": "B-1", "company": "B", "site": "Rome"})
    to_acme, to_b = {"externalCompanyId": "ACME-1"}, {"externalCompanyId": "B-1"}
    pairs = {"winner": (to_acme, OWN), "loser": (OWN, to_b), "both": (to_acme, to_b)}
    winner, loser = empty.create(*pairs[linked])
    empty.post(f"/rest/v1/leads/{winner}/merge.json?leadId={loser}")
    acme_shown = {**ACME, "site": None}
    b_shown = {**to_b, "company": "B", "industry": None, "site": "Rome"}
    expected = b_shown if linked == "loser" else acme_shown
    assert lead(empty, winner, "externalCompanyId,company,industry,site") == expected


def test_native_crm_sync_makes_companies_read_only(simulator):
    simulator.control("POST", "/settings", {"native_crm_sync": True})
    assert sync(simulator, ACME) == "1018"
    answer = simulator.post(DELETE, {"input": [{"externalCompanyId": "ACME-000"}]})
    assert answer["errors"][0]["code"] == "1018"
    assert companies(simulator, "ACME-000", fields="company")[0]["company"] == "Acme, Inc."


def test_describes_agree_on_which_fields_are_a_companys(simulator):
    [described] = simulator.get("/rest/v1/companies/describe.json")["result"]
    of_company = {field["name"]: field for field in described["fields"]}
    of_lead = {
        field["name"]: field
        for field in simulator.get("/rest/v1/leads/describe2.json")["result"][0]["fields"]
    }
    assert set(of_company) - {"id", "createdAt", "updatedAt"} <= set(of_lead)
    for name in set(of_company) - {"id", "createdAt", "updatedAt", "externalCompanyId"}:
        assert of_company[name] == of_lead[name]
    assert not of_company["externalCompanyId"]["updateable"]
    assert of_lead["externalCompanyId"]["updateable"]
    assert of_company["accountTier"]["dataType"] == "string"
    simulator.control("POST", "/fields/accountTier", {"hidden": True})
    [described] = simulator.get("/rest/v1/companies/describe.json")["result"]
    assert "accountTier" not in {field["name"] for field in described["fields"]}


def test_seeds_have_companies_with_leads_and_leads_with_company_fields_of_their_own(simulator):
    companies_ = simulator.control("GET", "/companies")["companies"]
    by_key = {company["externalCompanyId"]: company for company in companies_}
    leads = simulator.control("GET", "/leads")["leads"]
    linked = [found for found in leads if "externalCompanyId" in found]
    assert 10 < len(linked) < len(leads) - 10
    for found in linked:
        company = by_key[found["externalCompanyId"]]
        for name in ("company", "industry", "annualRevenue", "accountTier", "website"):
            assert found.get(name) == company.get(name)
    assert any("company" in found for found in leads if "externalCompanyId" not in found)
    lonely = by_key["LONELY-1"]["id"]
    assert simulator.control("GET", f"/companies/{lonely}")["leads"] == []
    renamed = simulator.control("GET", "/activities", typeId="13")["activities"]
    assert any(row["primaryAttributeValue"] == "Account Tier" for row in renamed)


def test_controls_make_change_and_delete_companies(empty):
    [company_id] = empty.control("POST", "/companies", {"input": [ACME]})["ids"]
    [lead_id] = empty.create({"externalCompanyId": "ACME-1"})
    changed = empty.control(
        "POST", f"/companies/{company_id}", {"industry": "Public"}, source="CRM", rows="yes"
    )
    assert changed["industry"] == "Public"
    assert changes(empty, lead_id)["Industry"]["Source"] == "CRM"
    empty.control("POST", f"/companies/{company_id}", {"industry": None}, rows="no")
    assert changes(empty, lead_id)["Industry"]["New Value"] == "Public"
    empty.control("DELETE", f"/companies/{company_id}")
    assert empty.control("GET", "/companies")["companies"] == []
    assert lead(empty, lead_id, "company") == {"company": "Acme"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/companies", {"input": [{"company": "No Key"}]}),
        ("/companies", {"input": [{"externalCompanyId": "X", "firstName": "Ada"}]}),
        ("/companies", {"input": [ACME, ACME]}),
        ("/companies/1", {"externalCompanyId": "Y"}),
        ("/companies/99", {"industry": "Public"}),
        ("/leads", {"input": [{"externalCompanyId": "NONE"}]}),
        ("/leads/1", {"industry": "Public"}),
    ],
)
@pytest.mark.usefixtures("acme")
def test_controls_refuse_what_cannot_be(empty, path, body):
    answer = empty.session.post(empty.line["control"] + path, json=body)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]
