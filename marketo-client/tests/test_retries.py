"""The retry policy, as the pure function it is."""

from __future__ import annotations

import pytest
from marketo_client import (
    ConcurrencyError,
    CredentialsError,
    DailyQuotaError,
    IdentityError,
    QueueFullError,
    RateLimitError,
    RenewTokenError,
    RequestError,
    TransientError,
    TransportError,
    WaitError,
)
from marketo_client.http.calls import Repeat
from marketo_client.http.retries import (
    Attempts,
    Pause,
    Queue,
    Renew,
    Retry,
    Stop,
    equal_jitter,
    next_action,
)


def action(family, *, repeat=Repeat.ALWAYS, waits=1, renewals=1):
    return next_action(family("x"), attempts=Attempts(waits, renewals), repeat=repeat)


@pytest.mark.parametrize("family", [CredentialsError, DailyQuotaError, RequestError])
def test_what_waiting_does_not_mend_stops(family):
    assert action(family) == Stop()


def test_a_dead_token_is_replaced_twice_for_a_call():
    assert [action(RenewTokenError, renewals=times) for times in (1, 2, 3)] == [
        Renew(),
        Renew(),
        Stop(),
    ]


def test_waits_double_up_to_a_minute():
    seconds = [action(TransientError, waits=times).seconds for times in range(1, 7)]
    assert seconds == [5, 10, 20, 40, 60, 60]


@pytest.mark.parametrize(
    "family", [TransportError, TransientError, ConcurrencyError, QueueFullError]
)
def test_waiting_has_an_end(family):
    assert isinstance(action(family, waits=family.tries - 1), Retry | Queue)
    assert action(family, waits=family.tries) == Stop()


def test_a_place_in_the_queue_is_waited_for_as_long_as_somebody_wants_it():
    assert action(QueueFullError) == Queue(60)


def test_the_rate_limit_holds_every_call_back_for_a_whole_window():
    assert action(RateLimitError) == Pause(20)


@pytest.mark.parametrize("family", [TransportError, TransientError])
def test_a_write_that_would_be_done_twice_is_not_repeated_when_its_fate_is_unknown(family):
    assert action(family, repeat=Repeat.ONLY_IF_REFUSED) == Stop()


@pytest.mark.parametrize("family", [WaitError, ConcurrencyError, RateLimitError, IdentityError])
def test_the_same_write_is_repeated_when_it_was_refused_before_any_work(family):
    assert action(family, repeat=Repeat.ONLY_IF_REFUSED) != Stop()


def test_jitter_keeps_at_least_half_of_the_wait():
    assert all(5 <= equal_jitter(10) <= 10 for _ in range(100))


def test_who_is_waited_for_is_told_sooner():
    def patient(waits):
        return next_action(
            TransportError("x"), attempts=Attempts(waits, 0), repeat=Repeat.ALWAYS, most_tries=3
        )

    assert [isinstance(patient(waits), Retry) for waits in (1, 2, 3)] == [True, True, False]
