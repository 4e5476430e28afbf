"""Fields that wait for a conflict to be resolved are told with their records, in one query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marketo_sync import CycleStatus, Ledger
from marketo_sync.ledger.records import RECONCILE
from marketo_sync.ledger.tables import SCHEMA, conflicts
from sqlalchemy import create_engine

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from marketo_sync import Outcome

    OpenLedger = Callable[..., AbstractContextManager[Ledger]]
    Build = Callable[..., Outcome]
    Rows = Callable[[str], list[dict[str, Any]]]


def test_open_and_unapplied_conflicts_hold_their_fields(
    ledger_url: str, ledger: Ledger, created: Build, statements: list[str]
) -> None:
    ledger.settle([created("1"), created("2")])
    now = ledger.find("contacts", ["1"])["1"].pushed_at
    conflict(ledger_url, field="title")
    conflict(ledger_url, field="city", winner="marketo", decided_at=now)
    conflict(ledger_url, field="plan", winner="database", decided_at=now, applied_at=now)
    conflict(ledger_url, field="phone", object="partners")
    statements.clear()
    found = ledger.find("contacts", ["1", "2"])
    assert found["1"].held == {"title", "city"}
    assert found["2"].held == frozenset()
    assert len(statements) == 1


def conflict(url: str, **values: Any) -> None:
    schema = SCHEMA if url.startswith("postgresql") else None
    engine = create_engine(url, execution_options={"schema_translate_map": {SCHEMA: schema}})
    row = {"instance": "default", "object": "contacts", "record_key": "1", "policy": "review"}
    with engine.begin() as connection:
        connection.execute(conflicts.insert(), {**row, **values})
    engine.dispose()


def test_a_ledger_is_two_way_once_it_was_reconciled(open_ledger: OpenLedger) -> None:
    with open_ledger(command=RECONCILE, host=None) as ledger:
        assert not ledger.is_two_way()
    with open_ledger(command=RECONCILE, host=None) as ledger:
        ledger.finish(CycleStatus.DONE, {})
    with open_ledger() as ledger:
        assert ledger.is_two_way()


def test_the_endpoint_of_an_instance_is_known_once_a_target_has_told_it(
    open_ledger: OpenLedger, rows: Rows
) -> None:
    for host in (None, "123-abc-456.mktorest.com", None):
        with open_ledger(command=RECONCILE, host=host):
            pass
    assert [row["host"] for row in rows("instances")] == ["123-abc-456.mktorest.com"]
