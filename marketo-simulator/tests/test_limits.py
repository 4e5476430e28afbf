"""What an instance allows, and what it says to calls that are wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

TYPES = "/rest/v1/activities/types.json"
USAGE = "/rest/v1/stats/usage.json"
CREATE = "/bulk/v1/leads/export/create.json"


def test_hundred_and_first_call_within_twenty_seconds_is_606(empty):
    empty.control("POST", "/settings", {"calls_per_20s": 100})
    assert [empty.get(USAGE)["success"] for _ in range(100)] == [True] * 100
    error = empty.get(USAGE)["errors"][0]
    assert error == {"code": "606", "message": "Max rate limit '100' exceeded with in '20' secs"}


def test_eleventh_call_at_the_same_time_is_615(empty):
    empty.control("POST", "/settings", {"latency_seconds": 0.5})
    with ThreadPoolExecutor(14) as pool:
        answers = list(pool.map(lambda _: empty.get(TYPES), range(14)))
    codes = [answer["errors"][0]["code"] for answer in answers if not answer["success"]]
    assert codes == ["615"] * 4


def test_ten_connections_at_once_all_get_their_own_answers(simulator):
    ids = [lead["id"] for lead in simulator.control("GET", "/leads")["leads"]][:30]

    def read(lead_id):
        return simulator.get(f"/rest/v1/lead/{lead_id}.json", fields="id")["result"]

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(read, ids * 10)) == [[{"id": lead_id}] for lead_id in ids * 10]


def test_spent_day_is_607_until_midnight_central(empty):
    empty.control("POST", "/usage", {"userId": "other@example.com", "calls": 50_000})
    assert empty.code(TYPES) == "607"
    empty.control("POST", "/clock", {"now": "2026-11-25T06:00:00Z"})
    empty.log_in()
    assert empty.get(TYPES)["success"]


def test_controls_show_what_is_used_of_the_day(empty):
    used = empty.control("POST", "/usage", {"calls": 7, "exportBytes": 9})
    empty.get(TYPES)
    assert used == {"calls": 7, "exportBytes": 9}
    assert empty.control("GET", "/usage") == {"calls": 8, "exportBytes": 9}


def test_usage_and_errors_are_counted_by_day_and_user(empty):
    empty.control("POST", "/usage", {"userId": "other@example.com", "calls": 7})
    empty.get(TYPES)
    empty.get("/rest/v1/lead/999.json")
    [day] = empty.get(USAGE)["result"]
    assert day == {
        "date": "2026-11-24",
        "total": 9,
        "users": [
            {"userId": "other@example.com", "count": 7},
            {"userId": "api.user@example.com", "count": 2},
        ],
    }
    [errors] = empty.get("/rest/v1/stats/errors.json")["result"]
    assert errors["errors"] == [{"errorCode": "1004", "count": 1}]
    assert len(empty.get("/rest/v1/stats/usage/last7days.json")["result"]) == 7
    assert empty.get("/rest/v1/stats/errors/last7days.json")["result"][0] == errors


@pytest.mark.parametrize("code", ["601", "602", "604", "608", "611"])
def test_codes_that_adobe_does_not_count_cost_nothing(empty, code):
    empty.control("POST", "/faults", {"kind": "code", "code": code})
    assert empty.code(TYPES) == code
    empty.log_in()
    assert empty.get(USAGE)["result"][0]["total"] == 0


def test_uri_over_eight_kilobytes_is_414_without_json(empty):
    answer = empty.send("GET", "/rest/v1/leads.json", params={"filterValues": "1," * 4100})
    assert answer.status_code == 414
    assert answer.text.startswith("<html>")


def test_body_over_a_megabyte_is_413_without_json(empty):
    answer = empty.send("POST", CREATE, data=b"x" * 1_000_001)
    assert answer.status_code == 413
    assert answer.text.startswith("<html>")


def test_wrong_method_path_type_and_json_each_have_their_code(empty):
    wrong = empty.send("POST", TYPES).json()
    assert wrong["errors"] == [{"code": "605", "message": "Request method 'POST' not supported"}]
    assert empty.code("/rest/v1/nothing.json") == "610"
    assert empty.code("/rest//v1/activities/types.json") == "610"
    plain = empty.send("POST", CREATE, data=b"{}", headers={"Content-Type": "text/plain"})
    assert plain.json()["errors"][0]["code"] == "612"
    cut = empty.send("POST", CREATE, data=b"{", headers={"Content-Type": "application/json"})
    assert cut.json()["errors"][0]["code"] == "609"


def test_unknown_path_is_http_404_in_some_subscriptions(empty):
    assert empty.send("GET", "/rest/v1/nothing.json").status_code == 200
    empty.control("POST", "/settings", {"unknown_uri_status": 404})
    answer = empty.send("GET", "/rest/v1/nothing.json")
    assert answer.status_code == 404
    assert answer.json()["warnings"] == []


def test_subscription_that_cannot_be_reached_is_614(empty):
    empty.control("POST", "/settings", {"subscription_reachable": False})
    assert empty.code(TYPES) == "614"


@pytest.mark.parametrize(
    ("permission", "path"),
    [
        ("Read-Only Lead", "/rest/v1/leads/describe.json"),
        ("Read-Only Activity", TYPES),
        ("Read-Only Company", "/rest/v1/companies/describe.json"),
        ("Read-Only Assets", "/rest/asset/v1/folders.json"),
        ("Read-Only Lead", "/bulk/v1/leads/export.json"),
    ],
)
def test_missing_permission_is_603(empty, permission, path):
    assert empty.get(path)["success"]
    empty.control("POST", "/permissions", {"denied": [permission]})
    assert empty.get(path)["errors"] == [{"code": "603", "message": "Access denied"}]
    empty.control("POST", "/permissions", {"denied": []})
    assert empty.get(path)["success"]


@pytest.mark.parametrize(
    ("code", "switch", "path"),
    [
        ("1018", {"native_crm_sync": True}, "/rest/v1/opportunities/roles/describe.json"),
        ("616", {"custom_object_types": False}, "/rest/v1/customobjects/schema.json"),
    ],
)
def test_subscription_may_lack_a_call(empty, code, switch, path):
    [(name, value)] = switch.items()
    empty.control("POST", "/settings", {name: not value})
    assert empty.get(path)["success"]
    empty.control("POST", "/settings", switch)
    assert empty.code(path) == code


def test_statistics_need_no_permission(empty):
    empty.control("POST", "/permissions", {"denied": ["Read-Only Lead", "Read-Only Activity"]})
    assert empty.get(USAGE)["success"]


def test_top_folders_tell_the_age_of_the_instance(empty):
    path = "/rest/asset/v1/folders.json"
    folders = empty.get(path, maxDepth=1)["result"]
    assert min(folder["createdAt"] for folder in folders) == "2026-09-14T10:00:00Z+0000"
    assert len(empty.get(path)["result"]) > len(folders)
    assert [f["id"] for f in empty.get(path, root='{"id":11,"type":"Folder"}')["result"]] == [
        22,
        23,
    ]
    beyond = empty.get(path, offset=100)
    assert (beyond["success"], "result" in beyond, len(beyond["warnings"])) == (True, False, 1)
