"""The search for secrets finds what is planted, and there is something to find."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from demo.simulator import Simulator
from tests.faults.leaks import ADDRESS, PHONE, leaks

if TYPE_CHECKING:
    import re
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.scenarios import Quiet

SIMULATOR = Simulator("http://127.0.0.1:1", "id", "s3cret", "http://127.0.0.1:1/_simulator", 1)
PLANTED = {
    "secret": "client_secret=s3cret",
    "token": "Bearer 12345678-1234-4123-8123-123456789abc:sim",
    "address": "value 'Person.7@example.com' does not fit",
    "phone": "phone,+49 30 000007",
}


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_text_is_found_in_logs_and_files(kind: str, tmp_path: Path) -> None:
    (tmp_path / "part").write_text(PLANTED[kind])
    assert leaks(SIMULATOR, {"log": PLANTED[kind]}, tmp_path) == [
        f"{kind} in log",
        f"{kind} in part",
    ]


@pytest.mark.parametrize("quoted", [quote, quote_plus])
@pytest.mark.parametrize("kind", ["token", "address", "phone"])
def test_planted_text_is_found_as_a_url_quotes_it(
    kind: str, quoted: Callable[[str], str], tmp_path: Path
) -> None:
    told = f"cannot reach /rest/v1/leads.json?filterValues={quoted(PLANTED[kind])}"
    assert leaks(SIMULATOR, {"log": told}, tmp_path) == [f"{kind} in log"]


def test_words_of_a_healthy_log_are_no_leak(tmp_path: Path) -> None:
    healthy = {"log": "waiting 20 s; client_id id; api.user@example.com"}
    assert leaks(SIMULATOR, healthy, tmp_path) == []


@pytest.mark.parametrize("planted", [ADDRESS, PHONE])
def test_every_run_of_the_sweep_has_values_that_could_leak(
    quiets: list[Quiet], planted: re.Pattern[str]
) -> None:
    assert all(planted.search(json.dumps(quiet.messages)) for quiet in quiets)
