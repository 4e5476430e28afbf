"""Records of custom objects: keys, links, queries, and what becomes of them with their leads."""

from __future__ import annotations

import pytest

CARS = "/rest/v1/customobjects/car.json"
LEAD = {
    "name": "leadID",
    "displayName": "Lead ID",
    "dataType": "link",
    "relatedTo": {"name": "lead", "field": "id"},
}
VIN = {"name": "vIN", "displayName": "VIN", "dataType": "string", "isDedupeField": True}
OTHERS = [
    {"name": "year", "displayName": "Year", "dataType": "integer"},
    {"name": "isElectric", "displayName": "Is Electric", "dataType": "boolean"},
    {"name": "boughtAt", "displayName": "Bought At", "dataType": "datetime"},
]


def make(simulator, api_name, *fields):
    kind = {"apiName": api_name, "displayName": api_name.title(), "fields": list(fields)}
    simulator.control("POST", "/custom_object_types", kind)


def sync(simulator, *records, api_name="car", **order):
    path = f"/rest/v1/customobjects/{api_name}.json"
    answer = simulator.post(path, {"input": list(records), **order})
    return answer["result"] if answer["success"] else answer["errors"][0]["code"]


def delete(simulator, *records, api_name="car", **order):
    path = f"/rest/v1/customobjects/{api_name}/delete.json"
    return simulator.post(path, {"input": list(records), **order})["result"]


def codes(results):
    return [result.get("reasons", [{"code": None}])[0]["code"] for result in results]


def found(simulator, filter_type, values, api_name="car", **query):
    query = {"filterType": filter_type, "filterValues": values, **query}
    return simulator.get(f"/rest/v1/customobjects/{api_name}.json", **query)["result"]


def records(simulator, api_name="car"):
    return simulator.control("GET", f"/custom_objects/{api_name}")["records"]


@pytest.fixture
def marketo(empty):
    """A Marketo with a type `car`, linked to leads by their id, and two leads, 1 and 2."""
    make(empty, "car", LEAD, VIN, *OTHERS)
    empty.create({"email": "ada@example.com"}, {"email": "bob@example.com"})
    return empty


def test_each_record_has_its_place_and_a_guid_in_the_result(marketo):
    first, second = sync(marketo, {"vIN": "A", "leadID": 1}, {"vIN": "B"})
    assert (first["seq"], first["status"]) == (0, "created")
    assert (second["seq"], second["status"]) == (1, "created")
    assert len(first["marketoGUID"]) == 36
    [again] = sync(marketo, {"vIN": "a", "year": 2003})
    assert again == {"seq": 0, "status": "updated", "marketoGUID": first["marketoGUID"]}


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("createOrUpdate", [None, None]),
        ("createOnly", ["1017", None]),
        ("updateOnly", [None, "1013"]),
    ],
)
def test_each_action_does_its_own(marketo, action, expected):
    sync(marketo, {"vIN": "A"})
    assert codes(sync(marketo, {"vIN": "A"}, {"vIN": "B"}, action=action)) == expected


def test_one_bad_record_is_skipped_and_the_others_go_through(marketo):
    results = sync(
        marketo,
        {"year": 2003},
        {"vIN": "A", "leadID": 99},
        {"vIN": "B", "leadID": "seven"},
        {"vIN": "C", "colour": "red"},
        {"vIN": "D", "year": 20.5},
        {"vIN": "E", "boughtAt": "yesterday"},
        {"vIN": "F", "updatedAt": "2026-11-24T10:00:00Z"},
        {"vIN": "G", "marketoGUID": "x"},
        {"vIN": "H", "year": "2003", "leadID": "1", "boughtAt": "2026-11-24T10:00:00.000+02:00"},
        {"vIN": "h"},
    )
    expected = ["1003", "1004", "1003", "1006", "1003", "1003", "1003", "1003", None, "1036"]
    assert codes(results) == expected
    assert all("marketoGUID" not in result for result in results if result["status"] == "skipped")
    [record] = records(marketo)
    assert record["year"] == 2003
    assert record["leadID"] == 1
    assert record["boughtAt"] == "2026-11-24T08:00:00Z"


def test_field_names_are_taken_in_any_case_and_shown_in_their_own(marketo):
    sync(marketo, {"vin": "A", "leadId": 1, "YEAR": 2003})
    [record] = found(marketo, "vin", "A", fields="marketoGuid,LeadId,isElectric")
    assert record == {
        "seq": 0,
        "marketoGUID": record["marketoGUID"],
        "leadID": 1,
        "isElectric": False,
    }


def test_default_fields_are_guid_key_and_dates(marketo):
    sync(marketo, {"vIN": "A", "year": 2003})
    [record] = found(marketo, "dedupeFields", "a")
    assert record == {
        "seq": 0,
        "marketoGUID": record["marketoGUID"],
        "vIN": "A",
        "updatedAt": "2026-11-24T10:00:00Z",
        "createdAt": "2026-11-24T10:00:00Z",
    }
    guid = record["marketoGUID"]
    for filter_type in ("idField", "idFields", "marketoGUID"):
        assert found(marketo, filter_type, f"{guid},nothing") == [record]


def test_only_searchable_fields_filter(marketo):
    query = {"filterValues": "2003"}
    assert marketo.code(CARS, filterType="year", **query) == "1011"
    assert marketo.code(CARS, filterType="nothing", **query) == "1011"
    assert marketo.code(CARS, filterType="vIN") == "1002"
    assert marketo.code(CARS, filterType="vIN", fields="colour", **query) == "1006"


def test_a_leads_records_come_by_its_id_in_pages(marketo):
    sync(marketo, *({"vIN": f"V{number}", "leadID": 1} for number in range(5)), {"vIN": "X"})
    query = {"filterType": "leadID", "filterValues": "1", "batchSize": 3}
    first = marketo.get(CARS, **query)
    assert first["moreResult"] is True
    second = marketo.get(CARS, **query, nextPageToken=first["nextPageToken"])
    assert [row["vIN"] for page in (first, second) for row in page["result"]] == [
        f"V{number}" for number in range(5)
    ]
    assert [row["seq"] for row in second["result"]] == [0, 1]
    assert second.keys() == {"requestId", "result", "success"}


def test_update_by_guid_changes_all_but_the_key(marketo):
    [made] = sync(marketo, {"vIN": "A"})
    by_guid = {"dedupeBy": "idField", "action": "updateOnly"}
    guid = made["marketoGUID"]
    assert codes(sync(marketo, {"marketoGUID": guid, "year": 1999}, **by_guid)) == [None]
    assert codes(sync(marketo, {"marketoGUID": guid, "vIN": "B"}, **by_guid)) == ["1003"]
    assert codes(sync(marketo, {"marketoGUID": "none", "year": 1}, **by_guid)) == ["1013"]
    assert sync(marketo, {"marketoGUID": guid}, dedupeBy="idField") == "1003"
    [record] = records(marketo)
    assert (record["vIN"], record["year"]) == ("A", 1999)


def test_null_and_empty_text_clear_a_field_and_an_absent_one_stays(marketo):
    sync(marketo, {"vIN": "A", "year": 2003, "leadID": 1, "boughtAt": "2026-01-01T00:00:00Z"})
    sync(marketo, {"vIN": "A", "year": None, "boughtAt": ""})
    [record] = found(marketo, "vIN", "A", fields="year,boughtAt,leadID")
    assert (record["year"], record["boughtAt"], record["leadID"]) == (None, None, 1)


def test_deletes_go_by_either_key(marketo):
    first, second = sync(marketo, {"vIN": "A"}, {"vIN": "B"})
    assert delete(marketo, {"vIN": "a"}) == [{**first, "status": "deleted"}]
    by_guid = {"marketoGUID": second["marketoGUID"]}
    results = delete(marketo, by_guid, {"marketoGUID": "none"}, deleteBy="idField")
    assert results[0] == {**by_guid, "seq": 0, "status": "deleted"}
    assert results[1]["reasons"] == [{"code": "1013", "message": "Object not found"}]
    assert records(marketo) == []


def test_type_that_is_only_a_draft_has_no_records(marketo):
    marketo.control("POST", "/settings", {"custom_object_types": True})
    marketo.post("/rest/v1/customobjects/schema.json", {"apiName": "boat", "displayName": "Boat"})
    assert sync(marketo, {"x": 1}, api_name="boat") == "1013"
    assert marketo.code("/rest/v1/customobjects/boat/describe.json") == "1013"
    assert marketo.code("/rest/v1/customobjects/nothing/describe.json") == "1013"
    listed = marketo.get("/rest/v1/customobjects.json")["result"]
    assert [kind["name"] for kind in listed] == ["car"]
    assert marketo.get("/rest/v1/customobjects.json", names="boat,none")["result"] == []


def test_subscription_without_custom_objects_is_1026(marketo):
    marketo.control("POST", "/settings", {"custom_objects": False})
    assert sync(marketo, {"vIN": "A"}) == "1026"
    assert marketo.code("/rest/v1/customobjects.json") == "1026"


def test_compound_key_is_asked_for_in_json_field_by_field(marketo):
    keys = [{**VIN, "name": name, "displayName": name} for name in "ab"]
    make(marketo, "pair", *keys, OTHERS[0])
    sync(
        marketo,
        {"a": "1", "b": "1", "year": 1},
        {"a": "1", "b": "2", "year": 2},
        {"a": "1"},
        api_name="pair",
    )
    path = "/rest/v1/customobjects/pair.json"
    query = {
        "filterType": "dedupeFields",
        "fields": ["year"],
        "input": [{"a": "1", "b": "2"}, {"a": "1", "b": "1"}, {"a": "9", "b": "9"}],
        "batchSize": 1,
    }
    first = marketo.post(path + "?_method=GET", query)
    second = marketo.post(path + "?_method=GET", {**query, "nextPageToken": first["nextPageToken"]})
    assert [row["year"] for page in (first, second) for row in page["result"]] == [1, 2]
    assert "nextPageToken" not in second
    wrong = marketo.post(path + "?_method=GET", {"input": [{"a": "1"}]})
    assert wrong["errors"][0]["code"] == "1002"
    assert marketo.code(path, filterType="dedupeFields", filterValues="1") == "1003"
    assert marketo.code(path, filterType="a", filterValues="1") == "1011"
    assert codes(delete(marketo, {"a": "1", "b": "1"}, {"a": "1"}, api_name="pair")) == [
        None,
        "1003",
    ]


def test_link_by_another_field_attaches_to_the_lead_that_was_updated_last(marketo):
    related = {"name": "owner", "displayName": "Owner", "dataType": "link"}
    make(marketo, "boat", VIN, {**related, "relatedTo": {"name": "lead", "field": "email"}})
    marketo.control("POST", "/clock", {"advance_seconds": 60})
    ids = marketo.create({"email": "two@example.com"}, {"email": "two@example.com"})
    marketo.control("POST", "/clock", {"advance_seconds": 60})
    marketo.control("POST", f"/leads/{ids[0]}", {"title": "Dr"})
    results = sync(
        marketo,
        {"vIN": "A", "owner": "two@example.com"},
        {"vIN": "B", "owner": "none@example.com"},
        {"vIN": "C", "owner": None},
        api_name="boat",
    )
    assert codes(results) == [None, "1004", None]
    attached, free = records(marketo, "boat")
    assert attached["owner"] == "two@example.com"
    assert attached["attachedTo"] == {"owner": {"object": "lead", "id": ids[0]}}
    assert free["attachedTo"] == {}
    assert [row["vIN"] for row in found(marketo, "owner", "TWO@example.com", "boat")] == ["A"]


def test_link_to_a_company_goes_by_its_id(marketo):
    link = {"name": "companyID", "displayName": "Company ID", "dataType": "link"}
    make(marketo, "site", VIN, {**link, "relatedTo": {"name": "company", "field": "Id"}})
    [company] = marketo.control("POST", "/companies", {"input": [{"externalCompanyId": "ACME-1"}]})[
        "ids"
    ]
    results = sync(
        marketo, {"vIN": "A", "companyID": company}, {"vIN": "B", "companyID": 99}, api_name="site"
    )
    assert codes(results) == [None, "1013"]
    remove = {"input": [{"externalCompanyId": "ACME-1"}]}
    path = "/rest/v1/companies/delete.json"
    assert codes(marketo.post(path, remove)["result"]) == ["1022"]
    delete(marketo, {"vIN": "A"}, api_name="site")
    assert codes(marketo.post(path, remove)["result"]) == [None]


def test_a_bridge_joins_leads_and_another_object(marketo):
    course = {"name": "courseID", "displayName": "Course ID", "dataType": "string"}
    make(marketo, "course", {**course, "isDedupeField": True})
    make(
        marketo,
        "enrollment",
        {**LEAD, "isDedupeField": True},
        {
            **course,
            "dataType": "link",
            "isDedupeField": True,
            "relatedTo": {"name": "course", "field": "courseID"},
        },
        OTHERS[0],
    )
    sync(marketo, {"courseID": "C1"}, {"courseID": "C2"}, api_name="course")
    results = sync(
        marketo,
        {"leadID": 1, "courseID": "C1"},
        {"leadID": 1, "courseID": "C2"},
        {"leadID": 2, "courseID": "C1"},
        {"leadID": 2, "courseID": "C3"},
        {"leadID": 99, "courseID": "C1"},
        api_name="enrollment",
    )
    assert codes(results) == [None, None, None, "1013", "1004"]
    by_course = found(marketo, "courseID", "C1", "enrollment", fields="leadID")
    assert [row["leadID"] for row in by_course] == [1, 2]
    assert codes(delete(marketo, {"courseID": "C1"}, api_name="course")) == ["1022"]
    delete(marketo, {"leadID": 1, "courseID": "C2"}, api_name="enrollment")
    assert codes(delete(marketo, {"courseID": "C2"}, api_name="course")) == [None]


def test_losers_records_move_to_the_winner(marketo):
    keyed = [{**LEAD, "isDedupeField": True}, {**VIN, "name": "slot", "displayName": "Slot"}]
    make(marketo, "seat", *keyed)
    sync(marketo, {"vIN": "A", "leadID": 2}, {"vIN": "B", "leadID": 1})
    seats = [(1, "x"), (2, "x"), (2, "y")]
    sync(marketo, *({"leadID": lead, "slot": slot} for lead, slot in seats), api_name="seat")
    marketo.post("/rest/v1/leads/1/merge.json?leadId=2")
    assert [row["vIN"] for row in found(marketo, "leadID", 1)] == ["A", "B"]
    assert found(marketo, "leadID", 2) == []
    moved = [(record["leadID"], record["slot"]) for record in records(marketo, "seat")]
    assert moved == [(1, "x"), (1, "y")]
    attached = {record["attachedTo"]["leadID"]["id"] for record in records(marketo)}
    assert attached == {1}
    assert codes(sync(marketo, {"vIN": "A", "leadID": 2})) == ["1004"]


@pytest.mark.parametrize("gone", [False, True])
def test_records_of_a_deleted_lead_stay_or_go_with_it(marketo, gone):
    marketo.control("POST", "/settings", {"custom_objects_go_with_leads": gone})
    sync(marketo, {"vIN": "A", "leadID": 1}, {"vIN": "B", "leadID": 2})
    marketo.post("/rest/v1/leads/delete.json", {"input": [{"id": 1}]})
    left = [(record["vIN"], record["leadID"]) for record in records(marketo)]
    assert left == ([("B", 2)] if gone else [("A", 1), ("B", 2)])


def test_links_may_be_shown_as_text_and_empty_fields_left_out(marketo):
    sync(marketo, {"vIN": "A", "leadID": 1})
    settings = {"custom_object_links_as_text": True, "null_fields_omitted": True}
    marketo.control("POST", "/settings", settings)
    [record] = found(marketo, "leadID", 1, fields="leadID,year,isElectric")
    del record["marketoGUID"]
    assert record == {"seq": 0, "leadID": "1", "isElectric": False}


def test_changed_type_keeps_what_fits_of_its_records(marketo):
    marketo.control("POST", "/settings", {"custom_object_types": True})
    sync(marketo, {"vIN": "A", "year": 2003, "boughtAt": "2026-01-01T00:00:00Z"})
    schema = "/rest/v1/customobjects/schema/car"
    marketo.post(f"{schema}/deleteField.json", {"input": [{"name": "boughtAt"}]})
    marketo.post(f"{schema}/year/updateField.json", {"dataType": "string"})
    marketo.post(f"{schema}/isElectric/updateField.json", {"dataType": "integer"})
    assert records(marketo)[0]["boughtAt"]
    assert codes(sync(marketo, {"vIN": "B", "year": "old"})) == ["1003"]
    marketo.post(f"{schema}/approve.json")
    [record] = records(marketo)
    assert record["year"] == "2003"
    assert "boughtAt" not in record
    assert codes(sync(marketo, {"vIN": "B", "year": "old"})) == [None]
    marketo.control("DELETE", "/custom_object_types/car")
    assert sync(marketo, {"vIN": "A"}) == "1013"


def test_controls_make_change_and_delete_records(marketo):
    [guid] = marketo.control("POST", "/custom_objects/car", {"input": [{"vIN": "A", "leadID": 1}]})[
        "ids"
    ]
    changed = marketo.control("POST", f"/custom_objects/car/{guid}", {"year": 1999, "leadID": 2})
    assert (changed["year"], changed["attachedTo"]["leadID"]["id"]) == (1999, 2)
    marketo.control("DELETE", f"/custom_objects/car/{guid}")
    assert records(marketo) == []
    for path in ("/custom_objects/boat", "/custom_objects/car/none"):
        answer = marketo.session.post(marketo.line["control"] + path, json={"input": []})
        assert answer.status_code == 404


def test_seeds_have_cars_and_courses(simulator):
    listed = simulator.get("/rest/v1/customobjects.json")["result"]
    assert [kind["name"] for kind in listed] == ["car", "course", "enrollment"]
    cars = records(simulator)
    assert len(cars) >= 5
    leads = {lead["id"] for lead in simulator.control("GET", "/leads")["leads"]}
    assert {car["leadID"] for car in cars} <= leads
    assert records(simulator, "enrollment")
    [described] = simulator.get("/rest/v1/customobjects/enrollment/describe.json")["result"]
    assert described["dedupeFields"] == ["leadID", "courseID"]
    assert described["searchableFields"] == [
        ["leadID", "courseID"],
        ["marketoGUID"],
        ["leadID"],
        ["courseID"],
    ]
