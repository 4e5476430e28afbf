"""Opening a ledger: runs, instances, URLs, and no ledger at all."""

from __future__ import annotations

import stat
import traceback
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from marketo_sync import (
    CycleStatus,
    LedgerHostError,
    LedgerLostError,
    LedgerUrlError,
    NullLedger,
)
from marketo_sync import Ledger as RealLedger
from sqlalchemy import create_engine

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from marketo_sync import Ledger, Outcome

    from demo.postgres import Address

    OpenLedger = Callable[..., AbstractContextManager[Ledger]]
    Build = Callable[..., Outcome]
    Rows = Callable[[str], list[dict[str, Any]]]

PUSHED_AT = datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_counts_of_a_run_are_in_its_cycle(open_ledger: OpenLedger, rows: Rows) -> None:
    with open_ledger() as ledger:
        ledger.finish(CycleStatus.DONE, {"streams": {"crm-contacts": {"in": 3}}})
    with open_ledger(command="reconcile"):
        pass
    done, stopped = sorted(rows("cycles"), key=lambda row: row["id"])
    assert (done["status"], done["command"], stopped["command"]) == (
        *("done", "target-marketo", "reconcile"),
    )
    assert done["counts"] == {"streams": {"crm-contacts": {"in": 3}}}
    assert (stopped["status"], stopped["finished_at"] is not None) == ("stopped", True)


def test_run_that_fails_counts_as_stopped(open_ledger: OpenLedger, rows: Rows) -> None:
    with pytest.raises(RuntimeError), open_ledger():
        raise RuntimeError
    assert [row["status"] for row in rows("cycles")] == ["stopped"]


def test_instance_stops_where_another_endpoint_comes_under_its_name(
    open_ledger: OpenLedger,
) -> None:
    with open_ledger():
        pass
    to_another = pytest.raises(LedgerHostError, match=r"123-abc-456\.mktorest\.com, not to local")
    with to_another, open_ledger(host="localhost"):
        pass
    with open_ledger(host="localhost", instance="other"):
        pass


def test_ledger_file_is_for_its_owner_only(sqlite_url: str, tmp_path: Path) -> None:
    with RealLedger.open(sqlite_url, command="target-marketo", host="localhost"):
        modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {0o600}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("sqlite:////nowhere/at/all.db", "cannot be made"),
        ("nonsense", "no SQLAlchemy URL"),
        ("oracle://u:hunter2@h/d", "SQLite or Postgres, not oracle"),
        ("postgresql://u:hunter2@127.0.0.1:1/d", "cannot be opened"),
    ],
)
def test_url_without_a_ledger_is_an_error_without_its_password(url: str, words: str) -> None:
    ledger = RealLedger.open(url, command="target-marketo", host="localhost")
    with pytest.raises(LedgerUrlError, match=words) as caught, ledger:
        pass
    assert "ledger_url" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_no_ledger_answers_as_an_empty_one(created: Build) -> None:
    ledger = NullLedger()
    ledger.settle([created("1")])
    assert ledger.is_empty()
    assert ledger.find("contacts", ["1"]) == ledger.owners(["contacts"], ["1001"]) == {}
    assert list(ledger.open_rejects("contacts")) == list(ledger.pending("contacts")) == []
    ledger.finish(CycleStatus.DONE, {})


def test_no_ledger_has_all_that_a_ledger_has() -> None:
    def public(of: type) -> set[str]:
        return {name for name in dir(of) if not name.startswith("_")}

    of_instances = {"cycle_id", "imports"}
    assert public(RealLedger) - {"open", "connection"} == public(NullLedger) - of_instances


def test_run_whose_connection_is_lost_stops_and_writes_no_more(
    postgres_url: str, database: Address, created: Build
) -> None:
    end_all = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
    given = {"command": "target-marketo", "host": "localhost"}
    with RealLedger.open(postgres_url, **given) as ledger:
        database.rows(f"{end_all} and datname = current_database()")
        for _ in range(2):
            with pytest.raises(LedgerLostError):
                ledger.settle([created("1")])
    with RealLedger.open(postgres_url, **given) as ledger:
        assert ledger.is_empty()


@pytest.mark.usefixtures("postgres_url")
def test_ledger_without_rights_is_an_error_that_says_so(database: Address) -> None:
    database.execute("drop role if exists reader", "create role reader login password 'hunter2'")
    url = replace(database, user="reader", password="hunter2").url
    ledger = RealLedger.open(url, command="target-marketo", host="localhost")
    with pytest.raises(LedgerLostError, match="permission denied"), ledger:
        pass
    database.execute("drop role reader")


def test_error_of_a_ledger_holds_no_values(sqlite_url: str, created: Build) -> None:
    email = "@".join(["ada", "example.com"])
    outcome = created(email)
    with RealLedger.open(sqlite_url, command="target-marketo", host="localhost") as ledger:
        with pytest.raises(LedgerLostError) as caught:
            drop_and_settle(sqlite_url, ledger, outcome)
        lines = traceback.format_exception(caught.value)
    assert "records" in str(caught.value)
    assert email not in "".join(lines)


def drop_and_settle(url: str, ledger: Ledger, outcome: Outcome) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("drop table records")
    engine.dispose()
    ledger.settle([outcome])
