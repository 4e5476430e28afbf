"""What can be made to go wrong, and when."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

TYPES = "/rest/v1/activities/types.json"
USAGE = "/rest/v1/stats/usage.json"
CREATE = "/bulk/v1/leads/export/create.json"
BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
JOB = {
    "fields": ["id"],
    "filter": {"createdAt": {"startAt": "2026-11-01T00:00:00Z", "endAt": "2026-11-02T00:00:00Z"}},
}


def fault(simulator, kind, **more):
    return simulator.control("POST", "/faults", {"kind": kind, **more})


def jobs(simulator):
    return len(simulator.get("/bulk/v1/leads/export.json")["result"])


@pytest.mark.parametrize("kind", ["reset", "cut_body", "timeout", "lost_answer"])
def test_broken_connections_break_once_and_then_all_is_well(empty, kind):
    fault(empty, kind, seconds=0.2)
    with pytest.raises(BROKEN):
        empty.get(TYPES)
    assert empty.get(TYPES)["success"]


@pytest.mark.parametrize(
    ("kind", "status", "start_of_body"),
    [
        ("http_500", 500, "<html>"),
        ("http_502", 502, "<html>"),
        ("http_503", 503, "<html>"),
        ("html_body", 200, "<html>"),
        ("empty_body", 200, ""),
    ],
)
def test_gateway_answers_are_no_json(empty, kind, status, start_of_body):
    fault(empty, kind)
    answer = empty.send("GET", TYPES)
    assert (answer.status_code, answer.text[:6]) == (status, start_of_body)
    assert empty.get(TYPES)["success"]


def test_slow_answer_is_whole_in_the_end(empty):
    whole = empty.get(TYPES)["result"]
    fault(empty, "slow_body", seconds=0.3)
    began = time.monotonic()
    assert empty.get(TYPES)["result"] == whole
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("kind", ["slow_body", "timeout"])
def test_call_that_takes_its_time_keeps_its_slot(empty, kind):
    empty.control("POST", "/settings", {"concurrent_calls": 1})
    fault(empty, kind, seconds=2, path=TYPES)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(requests.get, empty.line["endpoint"] + TYPES, **no_patience(empty))
        while not empty.control("GET", "/faults")["faults"][0]["struck"]:
            time.sleep(0.01)
        assert empty.code(USAGE) == "615"
        other.exception()
    assert empty.get(USAGE)["success"]


def no_patience(simulator):
    return {"headers": dict(simulator.session.headers), "timeout": 20}


def test_lost_answer_has_done_the_work_and_a_reset_has_not(empty):
    fault(empty, "reset", path="*/create.json")
    with pytest.raises(BROKEN):
        empty.post(CREATE, JOB)
    assert jobs(empty) == 0
    fault(empty, "lost_answer", path="*/create.json")
    with pytest.raises(BROKEN):
        empty.post(CREATE, JOB)
    assert jobs(empty) == 1


@pytest.mark.parametrize("code", ["601", "602", "606", "607", "611", "713"])
def test_any_code_can_be_the_answer(empty, code):
    fault(empty, "code", code=code)
    assert empty.code(TYPES) == code
    empty.log_in()
    fault(empty, "code", code=code, message="in other words")
    assert empty.get(TYPES)["errors"] == [{"code": code, "message": "in other words"}]


@pytest.mark.parametrize("code", ["601", "602"])
def test_token_that_a_fault_refuses_is_of_no_more_use(empty, code):
    old = empty.token().json()["access_token"]
    fault(empty, "code", code=code)
    assert [empty.code(TYPES), empty.code(TYPES)] == [code, "601"]
    assert empty.token().json()["access_token"] != old


def test_fault_strikes_at_a_call_index(empty):
    fault(empty, "code", code="611", call=3)
    assert [empty.get(TYPES)["success"] for _ in range(4)] == [True, True, False, True]
    calls = empty.control("GET", "/calls")["calls"]
    assert [call["fault"] for call in calls] == [None, None, "code", None]
    assert [call["code"] for call in calls] == [None, None, "611", None]


def test_fault_strikes_as_often_as_it_is_told_and_only_on_its_path(empty):
    fault(empty, "code", code="611", path="/rest/v1/*describe*.json", times=2)
    paths = [TYPES, "/rest/v1/leads/describe.json"] * 3
    answers = [empty.get(path)["success"] for path in paths]
    assert answers == [True, False, True, False, True, True]
    [used] = empty.control("GET", "/faults")["faults"]
    assert (used["left"], used["struck"]) == (0, [2, 4])


def test_broken_connections_do_not_disturb_the_others(empty):
    fault(empty, "reset", times=10)
    fault(empty, "cut_body", times=10)
    fault(empty, "lost_answer", times=10)

    def read(_number):
        try:
            return requests.get(
                empty.line["endpoint"] + TYPES, headers=empty.session.headers, timeout=20
            ).json()["success"]
        except BROKEN:
            return False

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(read, range(60)))
    assert answers.count(False) == 30
    assert empty.get(TYPES)["success"]


def test_faults_can_be_taken_back(empty):
    fault(empty, "http_500", times=5)
    assert empty.send("GET", TYPES).status_code == 500
    assert empty.control("DELETE", "/faults") == {"faults": []}
    assert empty.get(TYPES)["success"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/faults", {"kind": "bad luck"}),
        ("/faults", {"kind": "reset", "colour": "red"}),
        ("/faults", {"kind": "reset", "times": "often"}),
        ("/leads/merge", {"losers": []}),
        ("/settings", {"weather": 1}),
        ("/settings", {"calls_per_20s": "many"}),
        ("/clock", {"now": "soon"}),
        ("/leads", {"input": [{"nope": 1}]}),
        ("/fields", {"name": "email", "displayName": "Again"}),
    ],
)
def test_control_refuses_with_a_sentence(empty, path, body):
    answer = requests.post(empty.line["control"] + path, json=body, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]
