"""What a killed run has to know of its imports; on SQLite and on Postgres."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from marketo_sync import ImportStage, NullLedger, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from marketo_sync import Ledger, Outcome

    OpenLedger = Callable[..., AbstractContextManager[Ledger]]
    Build = Callable[..., Outcome]
    Rows = Callable[[str], list[dict[str, Any]]]

SENT_AT = datetime(2026, 11, 24, 10, tzinfo=UTC)


def begun(ledger: Ledger, keys: Iterable[str], object_name: str = "contacts") -> int:
    number = ledger.imports.begin(object_name, sent_at=SENT_AT)
    rows = [(key, json.dumps({"row": {"id": key, "nul": "\0"}})) for key in keys]
    ledger.imports.add(number, object_name, rows)
    ledger.imports.sending(number, rows=len(rows), sent_at=SENT_AT)
    return number


def unsettled(ledger: Ledger, number: int) -> set[str]:
    return {sent["row"]["id"] for sent in ledger.imports.rows(number)}


def test_the_next_run_finds_what_was_sent(open_ledger: OpenLedger) -> None:
    with open_ledger() as ledger:
        assert ledger.imports.is_empty
        number = begun(ledger, ["1", "2"])
        ledger.imports.sent(number, "4711")
    with open_ledger() as ledger:
        assert not ledger.imports.is_empty
        (found,) = ledger.imports.open("contacts")
        assert (found.batch_id, found.stage, found.rows) == ("4711", ImportStage.SENT, 2)
        assert (found.number, found.unsettled, found.sent_at) == (number, 2, SENT_AT)
        assert [sent["row"]["nul"] for sent in ledger.imports.rows(number)] == ["\0", "\0"]
        assert ledger.imports.open("accounts") == []


def test_an_import_whose_answer_was_lost_has_no_id(open_ledger: OpenLedger) -> None:
    with open_ledger() as ledger:
        begun(ledger, ["1"])
    with open_ledger() as ledger:
        (found,) = ledger.imports.open("contacts")
        assert (found.batch_id, found.stage) == (None, ImportStage.SENDING)


def test_a_settled_row_leaves_its_import_whatever_became_of_it(
    ledger: Ledger, created: Build, rows: Rows
) -> None:
    number = begun(ledger, ["1", "2", "3"])
    other = begun(ledger, ["2"], "accounts")
    refused = created("2", result=Result.REFUSED, code="1003", payload={}, base=None)
    ledger.settle([created("1"), refused])
    assert unsettled(ledger, number) == {"3"}
    assert unsettled(ledger, other) == {"2"}
    ledger.imports.over(number, ImportStage.COMPLETE)
    ledger.settle([created("3")])
    assert ledger.imports.open("contacts") == []
    assert {row["stage"] for row in rows("imports")} == {"complete", "sending"}


def test_a_key_is_in_its_latest_import_alone(ledger: Ledger) -> None:
    first, second = begun(ledger, ["1", "2"]), begun(ledger, ["2"])
    assert (unsettled(ledger, first), unsettled(ledger, second)) == ({"1"}, {"2"})


def test_a_refused_import_is_forgotten(ledger: Ledger, rows: Rows) -> None:
    kept = begun(ledger, ["1"])
    ledger.imports.drop(begun(ledger, ["2"]))
    assert [found.number for found in ledger.imports.open("contacts")] == [kept]
    assert len(rows("imports")) == len(rows("import_rows")) == 1


def test_rows_of_a_large_import_come_page_by_page(ledger: Ledger) -> None:
    keys = {str(key) for key in range(2_500)}
    assert unsettled(ledger, begun(ledger, keys)) == keys


def test_without_a_ledger_nothing_is_kept() -> None:
    ledger = NullLedger()
    number = ledger.imports.begin("contacts", sent_at=SENT_AT)
    ledger.imports.add(number, "contacts", [("1", "{}")])
    ledger.imports.sending(number, rows=1, sent_at=SENT_AT)
    assert ledger.imports.open("contacts") == list(ledger.imports.rows(number)) == []
