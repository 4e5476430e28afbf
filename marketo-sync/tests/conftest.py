"""Ledgers to test on: a SQLite file, and a database of a test's own on a real Postgres."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest
from marketo_sync import Ledger
from sqlalchemy import create_engine, text

from demo import postgres as databases

if TYPE_CHECKING:
    from pathlib import Path

    from demo.postgres import Address

OTHER_ZONE = "America/Chicago"  # a session that is not in UTC shows every time that is shifted
HOST = "123-abc-456.mktorest.com"

OpenLedger = Callable[..., AbstractContextManager[Ledger]]
Rows = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def server() -> Iterator[Address]:
    """The Postgres server of this session: the user's by MARKETO_PG_HOST, or an embedded one."""
    own = databases.own_server(os.environ)
    if own:
        yield own
        return
    home = databases.new_home()
    try:
        yield databases.start(home)
    finally:
        databases.stop(home)


@pytest.fixture
def postgres_url(server: Address) -> Iterator[str]:
    """An empty database whose sessions are not in UTC."""
    name = f"ledger_test_{secrets.token_hex(4)}"
    with databases.database(server, name) as address:
        address.execute(f"alter database {name} set timezone to '{OTHER_ZONE}'")
        yield address.url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A file that is not there yet."""
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest) -> str:
    """Each test that takes it runs on both databases."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def open_ledger(ledger_url: str) -> OpenLedger:
    """Opens that ledger as the target does."""

    def opened(**changed: Any) -> AbstractContextManager[Ledger]:
        return Ledger.open(ledger_url, **{"command": "target-marketo", "host": HOST, **changed})

    return opened


@pytest.fixture
def rows(ledger_url: str) -> Rows:
    """All rows of a ledger table, as a user's SQL sees them."""
    schema = "marketo_sync." if ledger_url.startswith("postgresql") else ""

    def of(table: str) -> list[dict[str, Any]]:
        engine = create_engine(ledger_url)
        with engine.connect() as connection:
            found = connection.execute(text(f"select * from {schema}{table}"))  # noqa: S608 - ours
            result = [dict(row) for row in found.mappings()]
        engine.dispose()
        return result

    return of
