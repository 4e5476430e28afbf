"""Calls beside the thread that asks: what runs, what is ready, what never starts."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest
from target_marketo.desk.calls import Calls

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG_SECONDS = 30  # for what comes at once


@pytest.fixture
def calls() -> Iterator[Calls]:
    calls = Calls(1)
    yield calls
    calls.close()


def test_a_free_connection_takes_the_next_call_without_being_asked(calls: Calls) -> None:
    answer, next_began = Event(), Event()
    calls.submit(lambda: answer.wait(LONG_SECONDS), lambda _: None)
    calls.submit(next_began.set, lambda _: None)
    assert not next_began.is_set()
    answer.set()
    assert next_began.wait(LONG_SECONDS)


def test_after_a_stop_a_call_that_was_only_ready_never_starts(calls: Calls) -> None:
    answer, never = Event(), Event()
    ended: list[bool] = []
    calls.submit(lambda: answer.wait(LONG_SECONDS), ended.append)
    calls.submit(never.set, lambda _: ended.append(False))
    calls.stop()
    answer.set()
    calls.drain()
    assert ended == [True]
    assert not never.is_set()
