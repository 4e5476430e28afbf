"""Tokens: renewed once for all threads, used up or waited out near their end."""

from __future__ import annotations

import json
import threading

import pytest
from marketo_client import CredentialsError, IdentityError
from marketo_client.http.replies import Answer
from marketo_client.http.tokens import Tokens, read_token


class Identity:
    """Answers with the given (token, seconds left) in turn, the last one again and again."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self._lock = threading.Lock()
        self.asked = 0

    def __call__(self):
        with self._lock:
            self.asked += 1
            queue = self._answers
            token, left = queue.pop(0) if len(queue) > 1 else queue[0]
        body = {"access_token": token, "token_type": "bearer", "expires_in": left}
        return Answer(200, {}, json.dumps(body).encode())


def test_a_token_is_kept_until_a_minute_before_its_end(clock):
    identity = Identity(("one", 3599), ("two", 3599))
    tokens = Tokens(identity, clock=clock)
    assert [tokens.value(), tokens.value()] == ["one", "one"]
    clock.sleep(3538)
    assert tokens.value() == "one"
    clock.sleep(2)
    assert (tokens.value(), identity.asked) == ("two", 2)


def test_a_dying_token_that_comes_back_is_used_up_without_asking_again(clock):
    identity = Identity(("one", 3599), ("one", 50), ("two", 3599))
    tokens = Tokens(identity, clock=clock)
    tokens.value()
    clock.sleep(3549)
    assert [tokens.value(), tokens.value()] == ["one", "one"]
    assert identity.asked == 2
    clock.sleep(51)
    assert tokens.value() == "two"


def test_a_dying_token_that_was_refused_is_waited_out(clock):
    identity = Identity(("one", 3599), ("one", 30), ("two", 3599))
    tokens = Tokens(identity, clock=clock)
    tokens.refuse(tokens.value())
    assert tokens.value() == "two"
    assert clock.slept == [31]


def test_a_refused_token_with_life_left_is_tried_again(clock):
    tokens = Tokens(Identity(("one", 3000)), clock=clock)
    tokens.refuse(tokens.value())
    assert tokens.value() == "one"
    assert clock.slept == []


def test_a_token_without_life_left_is_asked_for_again(clock):
    tokens = Tokens(Identity(("one", 0), ("two", 3599)), clock=clock)
    assert tokens.value() == "two"


def test_threads_renew_a_refused_token_once(clock, no_thread_errors):
    identity = Identity(("one", 3599), ("two", 3599))
    tokens = Tokens(identity, clock=clock)
    first = tokens.value()
    found = []

    def renew():
        tokens.refuse(first)
        found.append(tokens.value())

    with no_thread_errors(count=20) as run:
        run(renew)
    assert (set(found), identity.asked) == ({"two"}, 2)


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized"])
def test_wrong_credentials_name_both_settings(clock, error):
    body = {"error": error, "error_description": "Bad client credentials"}
    tokens = Tokens(lambda: Answer(401, {}, json.dumps(body).encode()), clock=clock)
    with pytest.raises(CredentialsError, match=r"`client_id`.*`client_secret`"):
        tokens.value()


def test_an_answer_that_is_no_token_is_a_transport_error(clock):
    tokens = Tokens(lambda: Answer(200, {}, b"<html>maintenance</html>"), clock=clock)
    with pytest.raises(IdentityError):
        tokens.value()


@pytest.mark.parametrize("status", [200, 429, 500, 503])
def test_a_failing_token_service_says_nothing_of_the_credentials(clock, status):
    body = json.dumps({"error": "server_error"}).encode()
    tokens = Tokens(lambda: Answer(status, {}, body), clock=clock)
    with pytest.raises(IdentityError, match=f"HTTP {status}"):
        tokens.value()


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refusal_by_the_token_service_is_of_the_credentials(clock, status):
    body = json.dumps({"error": "invalid_client"}).encode()
    tokens = Tokens(lambda: Answer(status, {}, body), clock=clock)
    with pytest.raises(CredentialsError, match="LaunchPoint"):
        tokens.value()


def test_a_token_in_a_failure_is_no_token(clock):
    body = json.dumps({"access_token": "one", "expires_in": 3599}).encode()
    tokens = Tokens(lambda: Answer(503, {}, body), clock=clock)
    with pytest.raises(IdentityError, match="HTTP 503"):
        tokens.value()


@pytest.mark.parametrize("left", ["missing", None, "", "soon", "nan", []])
def test_a_token_that_does_not_say_how_long_it_lives_lives_an_hour(clock, left):
    answered = {"access_token": "one"} | ({} if left == "missing" else {"expires_in": left})
    asked = []

    def identity():
        asked.append(clock.now())
        return Answer(200, {}, json.dumps(answered).encode())

    tokens = Tokens(identity, clock=clock)
    assert [tokens.value(), tokens.value()] == ["one", "one"]
    clock.sleep(3539)
    assert (tokens.value(), len(asked)) == ("one", 1)
    clock.sleep(1)
    assert (tokens.value(), len(asked)) == ("one", 2)


def test_seconds_left_may_come_as_a_text(clock):
    identity = Identity(("one", "120"), ("two", 3599))
    tokens = Tokens(identity, clock=clock)
    tokens.value()
    clock.sleep(60)
    assert tokens.value() == "two"


@pytest.mark.parametrize(
    ("scope", "api_user"), [("api@example.com", "api@example.com"), ("", None), (["api"], None)]
)
def test_the_api_user_is_known_where_the_scope_is_a_name(scope, api_user):
    body = json.dumps({"access_token": "T", "expires_in": 9, "scope": scope}).encode()
    assert read_token(Answer(200, {}, body), asked_at=0).api_user == api_user
