"""Reading leads, and the describes."""

from __future__ import annotations

LEADS = "/rest/v1/leads.json"


def names_of(answer):
    return [field["name"] for field in answer["result"][0]["fields"]]


def test_default_fields_are_the_six_of_adobes_pages(empty):
    [lead_id] = empty.create({"email": "ada@example.com", "firstName": "Ada"})
    assert empty.get(LEADS, filterType="id", filterValues=lead_id)["result"] == [
        {
            "id": lead_id,
            "firstName": "Ada",
            "lastName": None,
            "email": "ada@example.com",
            "updatedAt": "2026-11-24T10:00:00Z",
            "createdAt": "2026-11-24T10:00:00Z",
        }
    ]


def test_id_comes_even_when_not_asked_for_and_unset_booleans_read_false(empty):
    [lead_id] = empty.create({"email": "ada@example.com"})
    answer = empty.get(LEADS, filterType="id", filterValues=lead_id, fields="isVip,title")
    assert answer["result"] == [{"id": lead_id, "isVip": False, "title": None}]


def test_all_leads_that_share_an_address_are_found_whatever_its_case(empty):
    ids = empty.create({"email": "info@example.com"}, {"email": "Info@Example.com"})
    answer = empty.get(LEADS, filterType="email", filterValues="INFO@example.com")
    assert [lead["id"] for lead in answer["result"]] == ids


def test_absent_ids_are_absent_and_the_others_come_in_the_order_of_ids(empty):
    ids = empty.create({}, {}, {})
    empty.control("DELETE", f"/leads/{ids[1]}")
    answer = empty.get(LEADS, filterType="id", filterValues=f"{ids[2]},{ids[1]},{ids[0]},999")
    assert [lead["id"] for lead in answer["result"]] == [ids[0], ids[2]]
    assert "nextPageToken" not in answer


def test_one_lead_by_its_id_or_1004(empty):
    [lead_id] = empty.create({"firstName": "Ada"})
    answer = empty.get(f"/rest/v1/lead/{lead_id}.json", fields="firstName")
    assert answer["result"] == [{"id": lead_id, "firstName": "Ada"}]
    assert empty.code("/rest/v1/lead/999.json") == "1004"


def test_matches_come_in_pages_that_end_without_a_token(empty):
    ids = empty.create(*[{"planCode": "P1"}] * 301)
    first = empty.get(LEADS, filterType="planCode", filterValues="P1")
    token = first["nextPageToken"]
    second = empty.get(LEADS, filterType="planCode", filterValues="P1", nextPageToken=token)
    assert [lead["id"] for page in (first, second) for lead in page["result"]] == ids
    assert "nextPageToken" not in second


def test_over_a_thousand_matches_are_refused(empty):
    empty.create(*[{"planCode": "P1"}] * 1001)
    assert empty.code(LEADS, filterType="planCode", filterValues="P1") == "1003"


def test_long_query_goes_as_a_form_with_the_method_beside_it(empty):
    ids = empty.create(*[{}] * 300)
    form = {"filterType": "id", "filterValues": ",".join(map(str, ids)), "fields": "id"}
    answer = empty.send("POST", f"{LEADS}?_method=GET", data=form).json()
    assert len(answer["result"]) == 300
    inside = empty.send("POST", LEADS, data={**form, "_method": "GET"}).json()
    assert inside["result"] == answer["result"]
    call = empty.control("GET", "/calls")["calls"][-1]
    assert (call["method"], call["wire_method"], call["records"]) == ("GET", "POST", 300)


def test_what_a_filter_may_not_be(empty):
    values = ",".join(map(str, range(301)))
    assert empty.code(LEADS, filterType="id", filterValues=values) == "1003"
    assert empty.code(LEADS, filterType="country", filterValues="x") == "1011"
    assert empty.code(LEADS, filterType="id") == "1002"
    assert empty.code(LEADS, filterValues="1") == "1002"
    assert empty.code(LEADS, filterType="id", filterValues="1", fields="nope") == "1006"
    assert empty.code(LEADS, filterType="id", filterValues="1", batchSize="many") == "1001"


def test_hidden_field_leaves_the_describes_and_is_unknown_in_calls(empty):
    empty.control("POST", "/fields/planCode", {"hidden": True})
    assert "planCode" not in names_of(empty.get("/rest/v1/leads/describe2.json"))
    described = empty.get("/rest/v1/leads/describe.json")["result"]
    assert "planCode" not in [field["rest"]["name"] for field in described if "rest" in field]
    assert empty.code(LEADS, filterType="id", filterValues="1", fields="planCode") == "1006"


def test_added_and_renamed_fields_are_described(empty):
    empty.control(
        "POST", "/fields", {"name": "shoeSize", "displayName": "Shoe", "dataType": "float"}
    )
    empty.control("POST", "/fields/shoeSize", {"displayName": "Shoe Size"})
    [field] = [
        field
        for field in empty.get("/rest/v1/leads/describe2.json")["result"][0]["fields"]
        if field["name"] == "shoeSize"
    ]
    assert (field["displayName"], field["dataType"]) == ("Shoe Size", "float")


def test_one_described_field_is_unknown_to_rest(simulator):
    described = simulator.get("/rest/v1/leads/describe.json")["result"]
    assert [field["soap"]["name"] for field in described if "rest" not in field] == ["SoapOnly"]


def test_changing_a_custom_field_leaves_updated_at_as_it_is(empty):
    [lead_id] = empty.create({"email": "ada@example.com"})
    empty.control("POST", "/clock", {"advance_seconds": 60})
    custom = empty.control("POST", f"/leads/{lead_id}", {"planCode": "P2"})
    standard = empty.control("POST", f"/leads/{lead_id}", {"title": "Countess"})
    assert custom["updatedAt"] == "2026-11-24T10:00:00Z"
    assert standard["updatedAt"] == "2026-11-24T10:01:00Z"


def test_company_fields_of_leads_are_the_fields_of_the_company(empty):
    company = set(names_of(empty.get("/rest/v1/companies/describe.json")))
    lead = set(names_of(empty.get("/rest/v1/leads/describe2.json")))
    assert {"company", "industry", "externalCompanyId"} <= company & lead
    assert company - lead == set()
    assert "firstName" not in company


def test_search_follows_what_happens_to_leads(empty):
    empty.create({"email": "a@example.com"}, {"email": "A@example.com"}, {"email": "a@example.com"})

    def found(email):
        answer = empty.get("/rest/v1/leads.json", filterType="email", filterValues=email)
        return [lead["id"] for lead in answer["result"]]

    assert found("a@EXAMPLE.com") == [1, 2, 3]
    empty.control("POST", "/leads/1", {"email": "b@example.com"})
    empty.control("DELETE", "/leads/2")
    empty.create({"email": "a@example.com"})
    assert (found("a@example.com"), found("b@example.com")) == ([3, 4], [1])
    empty.control("POST", "/leads/merge", {"winner": 3, "losers": [4]})
    assert found("a@example.com") == [3]
