"""Tokens: how they are got, how they end, and where they must not stand."""

from __future__ import annotations

TYPES = "/rest/v1/activities/types.json"


def test_asking_again_gives_the_same_token_with_less_life(simulator):
    first = simulator.token().json()
    simulator.control("POST", "/clock", {"advance_seconds": 3000})
    second = simulator.token().json()
    assert second["access_token"] == first["access_token"]
    assert first["expires_in"] == 3599
    assert second["expires_in"] == 599


def test_wrong_secret_is_http_401(simulator):
    answer = simulator.token(client_secret="wrong")
    assert answer.status_code == 401
    assert answer.json() == {
        "error": "invalid_client",
        "error_description": "Bad client credentials",
    }


def test_token_that_has_ended_answers_602_and_then_601(simulator):
    simulator.control("POST", "/clock", {"advance_seconds": 3601})
    assert [simulator.code(TYPES), simulator.code(TYPES)] == ["602", "601"]
    simulator.log_in()
    assert simulator.get(TYPES)["success"]


def test_control_ends_a_token_at_once(simulator):
    simulator.control("POST", "/tokens/expire")
    assert [simulator.code(TYPES), simulator.code(TYPES)] == ["602", "601"]


def test_token_in_the_query_is_refused(simulator):
    token = simulator.token().json()["access_token"]
    assert simulator.code(TYPES, access_token=token) == "603"


def test_call_without_a_token_is_refused(simulator):
    del simulator.session.headers["Authorization"]
    assert simulator.code(TYPES) == "603"


def test_identity_calls_are_logged_without_secrets_and_cost_nothing(simulator):
    simulator.token()
    [call] = simulator.control("GET", "/calls")["calls"]
    assert call["query"] == {"grant_type": ["client_credentials"]}
    assert simulator.get("/rest/v1/stats/usage.json")["result"][0]["total"] == 0
