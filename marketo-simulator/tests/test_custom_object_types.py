"""The life of a custom object type: draft, approval, what is frozen then, what it may hold."""

from __future__ import annotations

import pytest

SCHEMA = "/rest/v1/customobjects/schema"
CAR = {"apiName": "car", "displayName": "Car", "pluralName": "Cars", "description": "Owned"}
VIN = {"name": "vin", "displayName": "VIN", "dataType": "string", "isDedupeField": True}
MAKE = {"name": "make", "displayName": "Make", "dataType": "string"}
LEAD = {
    "name": "leadID",
    "displayName": "Lead ID",
    "dataType": "link",
    "relatedTo": {"name": "lead", "field": "id"},
}


@pytest.fixture
def marketo(empty):
    """A Marketo whose subscription has the metadata API, and no type yet."""
    empty.control("POST", "/settings", {"custom_object_types": True})
    return empty


def code(answer):
    return answer["errors"][0]["code"] if not answer["success"] else None


def post(marketo, path, body=None):
    answer = marketo.post(f"{SCHEMA}{path}.json", body)
    assert answer.get("result", []) == []
    return code(answer)


def add(marketo, *fields, api_name="car"):
    return post(marketo, f"/{api_name}/addField", {"input": list(fields)})


def make(marketo, *fields, **named):
    """A type with those fields, approved."""
    kind = {**CAR, **named}
    assert post(marketo, "", kind) is None
    assert add(marketo, *fields, api_name=kind["apiName"]) is None
    assert post(marketo, f"/{kind['apiName']}/approve") is None


def describe(marketo, api_name="car", **query):
    answer = marketo.get(f"{SCHEMA}/{api_name}/describe.json", **query)
    return answer["result"][0] if answer["success"] else code(answer)


def names(described):
    return [field["name"] for field in described["fields"]]


def simple(number):
    return {"name": f"f{number}", "displayName": f"F {number}", "dataType": "string"}


def test_new_type_is_an_empty_draft(marketo):
    assert post(marketo, "", CAR) is None
    described = describe(marketo)
    assert sorted(names(described)) == ["createdAt", "marketoGUID", "updatedAt"]
    del described["fields"]
    assert described == {
        "state": "draft",
        "version": "draft",
        "displayName": "Car",
        "pluralName": "Cars",
        "description": "Owned",
        "apiName": "car",
        "idField": None,
        "createdAt": None,
        "updatedAt": None,
        "dedupeFields": [],
        "searchableFields": [[]],
        "relationships": [],
    }


def test_approved_type_has_keys_links_and_dates(marketo):
    make(marketo, LEAD, VIN, MAKE)
    described = describe(marketo)
    assert (described["state"], described["version"]) == ("approved", "approved")
    assert described["idField"] == "marketoGUID"
    assert described["createdAt"] == described["updatedAt"] == "2026-11-24T10:00:00Z"
    assert described["dedupeFields"] == ["vin"]
    assert described["searchableFields"] == [["vin"], ["marketoGUID"], ["leadID"]]
    link = {"field": "leadID", "type": "child", "relatedTo": {"name": "Lead", "field": "Id"}}
    assert described["relationships"] == [link]
    assert names(described)[3:] == ["leadID", "make", "vin"]
    types = {field["name"]: field["dataType"] for field in described["fields"]}
    assert (types["leadID"], types["vin"]) == ("integer", "string")


@pytest.mark.parametrize(
    ("action", "known", "unknown"),
    [("createOrUpdate", None, None), ("createOnly", "1017", None), ("updateOnly", None, "1013")],
)
def test_each_action_does_its_own(marketo, action, known, unknown):
    post(marketo, "", CAR)
    assert post(marketo, "", {**CAR, "description": "New", "action": action}) == known
    assert describe(marketo)["description"] == ("Owned" if known else "New")
    other = {"apiName": "boat", "displayName": "Boat", "action": action}
    assert post(marketo, "", other) == unknown


def test_update_needs_no_display_name_but_the_others_do(marketo):
    assert post(marketo, "", {"apiName": "car"}) == "1002"
    assert post(marketo, "", {"displayName": "Car"}) == "1002"
    post(marketo, "", CAR)
    update = {"apiName": "car", "description": "New", "action": "updateOnly"}
    assert post(marketo, "", update) is None
    assert post(marketo, "", {**CAR, "action": "delete"}) == "1003"
    assert post(marketo, "", {"apiName": "bad name", "displayName": "Bad"}) == "1003"
    assert post(marketo, "", {"apiName": "other", "displayName": "car"}) == "1003"


def test_every_change_after_approval_is_a_draft_beside_the_approved_version(marketo):
    make(marketo, VIN)
    add(marketo, MAKE)
    assert describe(marketo)["state"] == "approvedWithDraft"
    assert "make" not in names(describe(marketo))
    assert "make" in names(describe(marketo, state="draft"))
    both = describe(marketo, state="approvedWithDraft")
    assert (both["state"], both["version"]) == ("approvedWithDraft", "draft")
    assert "make" not in names(marketo.get("/rest/v1/customobjects/car/describe.json")["result"][0])
    assert post(marketo, "/car/approve") is None
    assert describe(marketo)["state"] == "approved"
    assert "make" in names(describe(marketo))
    assert describe(marketo, state="draft") == "1013"
    assert post(marketo, "", CAR) is None
    assert describe(marketo)["state"] == "approved"


def test_types_are_listed_by_name_and_state(marketo):
    make(marketo, VIN)
    post(marketo, "", {"apiName": "boat", "displayName": "Boat"})

    def listed(**query):
        found = marketo.get(f"{SCHEMA}.json", **query)["result"]
        return [(kind["apiName"], kind["version"]) for kind in found]

    assert listed() == [("car", "approved"), ("boat", "draft")]
    assert listed(names="BOAT,none") == [("boat", "draft")]
    assert listed(state="approved") == [("car", "approved")]
    assert listed(state="draft") == [("boat", "draft")]
    assert listed(state="approvedWithDraft") == []
    assert marketo.code(f"{SCHEMA}.json", state="new") == "1003"


def test_discarded_draft_leaves_what_is_approved_or_nothing(marketo):
    make(marketo, VIN)
    add(marketo, MAKE)
    assert post(marketo, "/car/discardDraft") is None
    assert describe(marketo)["state"] == "approved"
    assert "make" not in names(describe(marketo))
    assert post(marketo, "/car/discardDraft") == "1048"
    assert post(marketo, "/car/approve") == "709"
    post(marketo, "", {"apiName": "boat", "displayName": "Boat"})
    assert post(marketo, "/boat/discardDraft") is None
    assert describe(marketo, "boat") == "1013"


def test_a_type_needs_one_key_and_takes_three(marketo):
    post(marketo, "", CAR)
    add(marketo, MAKE)
    assert post(marketo, "/car/approve") == "1003"
    keys = [{**simple(number), "isDedupeField": True} for number in range(4)]
    assert add(marketo, *keys) == "1003"
    assert names(describe(marketo))[3:] == ["make"]
    assert add(marketo, *keys[:3]) is None
    assert post(marketo, "/car/approve") is None
    assert describe(marketo)["dedupeFields"] == ["f0", "f1", "f2"]


def test_keys_links_and_names_are_frozen_after_approval(marketo):
    make(marketo, LEAD, VIN, MAKE)
    assert post(marketo, "", {**CAR, "displayName": "Auto"}) == "1003"
    assert add(marketo, {**simple(1), "isDedupeField": True}) == "1003"
    link = {**LEAD, "name": "owner", "displayName": "Owner"}
    assert add(marketo, link) == "1003"
    for name in ("vin", "leadID"):
        assert post(marketo, "/car/deleteField", {"input": [{"name": name}]}) == "1003"
    assert post(marketo, "/car/make/updateField", {"isDedupeField": True}) == "1003"
    assert post(marketo, "/car/vin/updateField", {"isDedupeField": False}) == "1003"
    assert post(marketo, "/car/make/updateField", {"name": "brand"}) == "1003"
    related = {"relatedTo": {"name": "lead", "field": "email"}}
    assert post(marketo, "/car/leadID/updateField", related) == "1003"
    assert describe(marketo)["state"] == "approved"
    assert post(marketo, "/car/make/updateField", {"displayName": "Brand"}) is None
    assert post(marketo, "/car/deleteField", {"input": [{"name": "make"}]}) is None


def test_draft_can_be_changed_in_every_way(marketo):
    post(marketo, "", CAR)
    add(marketo, VIN, MAKE)
    changes = {"name": "brand", "displayName": "Brand", "dataType": "integer"}
    assert post(marketo, "/car/make/updateField", changes) is None
    assert post(marketo, "/car/vin/updateField", {"isDedupeField": False}) is None
    link = {"dataType": "link", "relatedTo": {"name": "lead", "field": "email"}}
    assert post(marketo, "/car/brand/updateField", link) is None
    described = describe(marketo)
    assert described["dedupeFields"] == []
    assert described["relationships"][0]["relatedTo"] == {"name": "Lead", "field": "email"}
    assert post(marketo, "/car/deleteField", {"input": [{"name": "VIN"}]}) is None
    assert names(describe(marketo))[3:] == ["brand"]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ({"name": "x", "displayName": "X"}, "1002"),
        ({**simple(1), "dataType": "percent"}, "1003"),
        ({**simple(1), "name": "a-b"}, "1003"),
        ({**simple(1), "name": "VIN"}, "1003"),
        ({**simple(1), "displayName": "vin"}, "1003"),
        ({**simple(1), "name": "createdAt"}, "1003"),
        ({**simple(1), "dataType": "link"}, "1002"),
        ({**simple(1), "relatedTo": {"name": "lead", "field": "id"}}, "1003"),
        ({**LEAD, "relatedTo": {"name": "lead", "field": "firstName"}}, "1003"),
        ({**LEAD, "relatedTo": {"name": "boat", "field": "id"}}, "1003"),
        ({**LEAD, "relatedTo": {"name": "company", "field": "externalCompanyId"}}, "1003"),
    ],
)
def test_fields_that_cannot_be_are_refused_with_the_whole_call(marketo, field, expected):
    post(marketo, "", CAR)
    add(marketo, VIN)
    assert add(marketo, MAKE, field) == expected
    assert names(describe(marketo))[3:] == ["vin"]


def test_unknown_fields_and_marketos_own_cannot_be_edited(marketo):
    make(marketo, VIN)
    assert post(marketo, "/car/nothing/updateField", {"displayName": "X"}) == "1006"
    assert post(marketo, "/car/createdAt/updateField", {"displayName": "X"}) == "1003"
    assert post(marketo, "/car/deleteField", {"input": [{"name": "nothing"}]}) == "1006"
    for path in ("/none/addField", "/none/approve", "/none/discardDraft", "/none/delete"):
        assert post(marketo, path, {"input": [MAKE]}) == "1013"


def test_there_are_ten_types_at_most(marketo):
    for number in range(10):
        assert post(marketo, "", {"apiName": f"t{number}", "displayName": f"T{number}"}) is None
    assert post(marketo, "", CAR) == "1003"


def test_there_are_fifty_fields_at_most_and_twenty_more_after_approval(marketo):
    make(marketo, VIN)
    assert add(marketo, *map(simple, range(21))) == "1003"
    assert add(marketo, *map(simple, range(20))) is None
    assert post(marketo, "/car/approve") is None
    assert add(marketo, simple(20)) == "1003"
    post(marketo, "", {"apiName": "boat", "displayName": "Boat"})
    assert add(marketo, *map(simple, range(51)), api_name="boat") == "1003"
    assert add(marketo, *map(simple, range(50)), api_name="boat") is None


def test_leads_companies_and_types_without_links_are_linkable(marketo):
    make(marketo, VIN)
    make(marketo, VIN, LEAD, apiName="owned", displayName="Owned Car")
    post(marketo, "", {"apiName": "boat", "displayName": "Boat"})
    linkable = marketo.get(f"{SCHEMA}/linkableObjects.json")["result"]
    by_name = {found["name"]: [field["name"] for field in found["fields"]] for found in linkable}
    assert set(by_name) == {"lead", "company", "car"}
    assert by_name["lead"][:2] == ["Id", "Email Address"]
    assert "Contact Key" in by_name["lead"]
    assert "First Name" not in by_name["lead"]
    assert by_name["company"] == ["Id", "Account Tier"]
    assert by_name["car"] == ["marketoGUID", "vin"]
    marketo_types = marketo.get(f"{SCHEMA}/fieldDataTypes.json")["result"]
    assert marketo_types[:5] == ["string", "boolean", "integer", "float", "link"]


def test_links_take_rest_names_and_those_of_the_list(marketo):
    post(marketo, "", CAR)
    for number, field in enumerate(("Email Address", "contactKey", "Id")):
        link = {"dataType": "link", "relatedTo": {"name": "Lead", "field": field}}
        assert add(marketo, {**simple(number), **link}) is None
    related = [link["relatedTo"]["field"] for link in describe(marketo)["relationships"]]
    assert related == ["email", "contactKey", "Id"]


def test_type_in_use_is_not_deleted(marketo):
    make(marketo, VIN)
    to_car = {"dataType": "link", "relatedTo": {"name": "car", "field": "vin"}}
    make(marketo, VIN, {**simple(1), **to_car}, apiName="trip", displayName="Trip")
    assert post(marketo, "/car/delete") == "1022"
    assets = [
        {"assetType": "Smart Campaign", "assetId": 1, "assetName": "A", "usedFields": ["vin"]}
    ]
    marketo.control("POST", "/custom_object_types/trip", {"assets": assets})
    assert marketo.get(f"{SCHEMA}/trip/dependentAssets.json")["result"] == assets
    assert post(marketo, "/trip/delete") == "1022"
    marketo.control("POST", "/custom_object_types/trip", {"assets": []})
    assert post(marketo, "/trip/delete") is None
    assert post(marketo, "/car/delete") is None
    assert marketo.get(f"{SCHEMA}.json")["result"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/car/describe"),
        ("GET", "/fieldDataTypes"),
        ("GET", "/linkableObjects"),
        ("GET", "/car/dependentAssets"),
        ("POST", ""),
        ("POST", "/car/addField"),
        ("POST", "/car/approve"),
    ],
)
def test_subscription_without_the_metadata_api_is_616_in_all_of_it(empty, method, path):
    body = {"json": CAR} if method == "POST" else {}
    answer = empty.send(method, f"{SCHEMA}{path}.json", **body).json()
    assert answer["errors"] == [{"code": "616", "message": "Invalid subscription type"}]


def test_reading_and_writing_types_have_permissions_of_their_own(marketo):
    marketo.control("POST", "/permissions", {"denied": ["Read-Write Custom Object Type"]})
    assert post(marketo, "", CAR) == "603"
    assert marketo.get(f"{SCHEMA}.json")["success"]
    marketo.control("POST", "/permissions", {"denied": ["Read-Only Custom Object Type"]})
    assert marketo.code(f"{SCHEMA}.json") == "603"
    assert marketo.get("/rest/v1/customobjects.json")["success"]


def test_controls_make_a_type_by_hand_where_the_metadata_api_is_missing(empty):
    kind = {"apiName": "car", "displayName": "Car", "fields": [VIN, LEAD]}
    made = empty.control("POST", "/custom_object_types", kind)
    assert made["state"] == "approved"
    listed = empty.get("/rest/v1/customobjects.json")["result"]
    assert [(found["name"], "fields" in found) for found in listed] == [("car", False)]
    changed = empty.control("POST", "/custom_object_types/car", {"addFields": [MAKE]})
    assert "make" in names(changed)
    changed = empty.control("POST", "/custom_object_types/car", {"removeFields": ["make"]})
    assert "make" not in names(changed)
    empty.control("DELETE", "/custom_object_types/car")
    assert empty.control("GET", "/custom_object_types")["types"] == []
    answer = empty.session.post(
        empty.line["control"] + "/custom_object_types", json={"apiName": "x", "fields": [MAKE]}
    )
    assert (answer.status_code, "dedupe" in answer.json()["error"]) == (400, True)
    assert empty.control("GET", "/custom_object_types")["types"] == []
