"""The rate window and the slots, under threads."""

from __future__ import annotations

import threading

import pytest
from marketo_client import CallStatistics
from marketo_client.http.limits import Limits


@pytest.mark.parametrize(("per_window", "concurrent"), [(1, 5), (7, 3), (20, 4), (3, 10)])
def test_threads_never_break_either_limit(per_window, concurrent, clock, no_thread_errors):
    limits = Limits(
        calls_per_window=per_window,
        concurrent_calls=concurrent,
        clock=clock,
        statistics=CallStatistics(),
    )
    lock = threading.Lock()
    running, most, moments = 0, 0, []

    def call():
        nonlocal running, most
        with limits.slot():
            with lock:
                running += 1
                most = max(most, running)
                moments.append(clock.now())
            with lock:
                running -= 1

    with no_thread_errors(count=60) as run:
        run(call)
    moments.sort()
    assert len(moments) == 60
    assert most <= concurrent
    gaps = zip(moments, moments[per_window:], strict=False)
    assert all(later - earlier >= 20 for earlier, later in gaps)


def test_a_pause_holds_the_next_call_back(clock):
    statistics = CallStatistics()
    limits = Limits(calls_per_window=50, concurrent_calls=5, clock=clock, statistics=statistics)
    limits.pause(20)
    with limits.slot():
        pass
    assert clock.slept == [20]
    assert (statistics.waits, statistics.waited_seconds) == (1, 20)
