"""Rows that were refused or wait: kept, counted, tried again, resolved."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from marketo_sync import (
    Result,
    Status,
)
from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from marketo_sync import Ledger, Outcome

    OpenLedger = Callable[..., AbstractContextManager[Ledger]]
    Build = Callable[..., Outcome]
    Rows = Callable[[str], list[dict[str, Any]]]

PUSHED_AT = datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_refused_row_has_an_open_reject_and_no_record(ledger: Ledger, refused: Build) -> None:
    ledger.settle([refused("1")])
    found = ledger.find("contacts", ["1"])["1"]
    assert (found.status, found.digest, found.reject_digest) == (None, None, "one")
    assert found.reject_last_at is not None
    assert datetime.now(UTC) - found.reject_last_at < timedelta(minutes=5)
    (reject,) = ledger.open_rejects("contacts")
    assert (reject.record_key, reject.code, reject.payload) == ("1", "1006", {"id": "1"})


def test_refused_again_counts_the_attempt_and_keeps_the_first_time(
    ledger: Ledger, refused: Build, rows: Rows
) -> None:
    ledger.settle([refused("1")])
    (first,) = rows("rejects")
    ledger.settle([refused("1", code="1007", digest="two", payload={"id": "1", "b": 2})])
    (second,) = rows("rejects")
    assert (second["attempts"], second["code"], second["digest"]) == (2, "1007", "two")
    assert second["first_at"] == first["first_at"]
    assert second["last_at"] > first["last_at"]


@pytest.mark.parametrize(
    "result", [Result.CREATED, Result.UPDATED, Result.UNCHANGED, Result.DELETED]
)
def test_accepted_row_resolves_its_reject(
    ledger: Ledger, created: Build, refused: Build, rows: Rows, result: Result
) -> None:
    ledger.settle([refused("1"), refused("2")])
    ledger.settle([created("1", result=result)])
    assert [reject.record_key for reject in ledger.open_rejects("contacts")] == ["2"]
    assert ledger.find("contacts", ["1"])["1"].reject_digest is None
    assert len(rows("rejects")) == 2


def test_row_refused_after_its_reject_was_resolved_starts_over(
    ledger: Ledger, created: Build, refused: Build, rows: Rows
) -> None:
    ledger.settle([refused("1")])
    ledger.settle([refused("1")])
    ledger.settle([created("1")])
    (resolved,) = rows("rejects")
    ledger.settle([refused("1")])
    (reopened,) = rows("rejects")
    assert (reopened["attempts"], reopened["resolved_at"]) == (1, None)
    assert reopened["first_at"] > resolved["first_at"]


def test_refused_update_leaves_record_and_digest_as_they_were(
    ledger: Ledger, created: Build, refused: Build
) -> None:
    ledger.settle([created("1")])
    before = ledger.find("contacts", ["1"])["1"]
    ledger.settle([refused("1", digest="two")])
    after = ledger.find("contacts", ["1"])["1"]
    assert (after.reject_digest, after.reject_code) == ("two", "1006")
    assert replace(after, reject_digest=None, reject_code=None, reject_last_at=None) == before


def test_lead_gone_in_marketo_is_held_with_its_new_status(
    ledger: Ledger, created: Build, refused: Build
) -> None:
    ledger.settle([created("1")])
    ledger.settle([refused("1", result=Result.HELD, code="1004", status=Status.GONE_IN_MARKETO)])
    found = ledger.find("contacts", ["1"])["1"]
    assert (found.status, found.digest, found.reject_digest) == (
        *(Status.GONE_IN_MARKETO, "one", "one"),
    )
    assert found.base


def test_nul_and_wide_numbers_of_a_refused_row_are_kept_as_received(
    ledger: Ledger, refused: Build
) -> None:
    payload = {"a": "x\0y", "n": 2**63, "deep": [{"b": None}], "ß": 1.10}
    ledger.settle([refused("1", payload=payload)])
    (reject,) = ledger.open_rejects("contacts")
    assert reject.payload == payload


def test_settled_key_leaves_pending(
    open_ledger: OpenLedger, ledger_url: str, created: Build, refused: Build
) -> None:
    with open_ledger():
        pass
    put_pending(ledger_url, ["1", "2", "3"])
    with open_ledger() as ledger:
        first = next(ledger.pending("contacts"))
        assert (first.record_key, first.row, first.why) == ("1", {"id": "1"}, "resolved")
        ledger.settle([created("1"), refused("2")])
        assert [p.record_key for p in ledger.pending("contacts")] == ["3"]


def test_rejects_can_be_settled_while_they_are_read(ledger: Ledger, refused: Build) -> None:
    keys = [f"{number:05}" for number in range(2500)]
    ledger.settle([refused(key) for key in keys])
    seen = []
    for reject in ledger.open_rejects("contacts"):
        seen.append(reject.record_key)
        if len(seen) % 500 == 0:
            ledger.settle([refused(key, result=Result.UPDATED, code=None) for key in seen[-500:]])
    assert seen == keys
    assert list(ledger.open_rejects("contacts")) == []


def put_pending(url: str, keys: list[str]) -> None:
    """As the reconciler will."""
    schema = "marketo_sync." if url.startswith("postgresql") else ""
    engine = create_engine(url)
    with engine.begin() as connection:
        for key in keys:
            connection.execute(
                text(
                    f"insert into {schema}pending (instance, object, record_key, row, why)"  # noqa: S608
                    " values ('default', 'contacts', :key, :row, 'resolved')"
                ),
                {"key": key, "row": f'{{"id":"{key}"}}'},
            )
    engine.dispose()
