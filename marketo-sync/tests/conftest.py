"""Ledgers to test on: a SQLite file, and a database of a test's own on a real Postgres."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from marketo_sync import FieldBase, Ledger, Outcome, Result
from marketo_sync.ledger.tables import SCHEMA, metadata
from sqlalchemy import create_engine, event, select
from sqlalchemy.engine import Engine

from demo import postgres as databases

sys.path.insert(0, str(Path(__file__).parent))  # for two_sides

from two_sides import Sides

if TYPE_CHECKING:
    from demo.postgres import Address

settings.register_profile("patient", deadline=None)  # a loaded machine is no failure
settings.load_profile("patient")

SCHEMA_MAP = "schema_translate_map"
OTHER_ZONE = "America/Chicago"  # a session that is not in UTC shows every time that is shifted
PUSHED_AT = datetime(2026, 11, 24, 10, tzinfo=UTC)
HOST = "123-abc-456.mktorest.com"

OpenLedger = Callable[..., AbstractContextManager[Ledger]]
Build = Callable[..., Outcome]
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


@pytest.fixture(scope="session")
def database(server: Address) -> Iterator[Address]:
    """A database of this session, whose sessions are not in UTC."""
    name = f"ledger_test_{secrets.token_hex(4)}"
    with databases.database(server, name) as address:
        address.execute(f"alter database {name} set timezone to '{OTHER_ZONE}'")
        yield address


@pytest.fixture
def postgres_url(database: Address) -> str:
    """That database without a ledger."""
    database.execute(f"drop schema if exists {SCHEMA} cascade")
    return database.url


@pytest.fixture
def sides(database: Address, postgres_url: str) -> Iterator[Sides]:
    """Both sides, empty, and no ledger."""
    assert postgres_url == database.url
    both = Sides(database)
    both.make()
    yield both
    both.remove()


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
    """All rows of a ledger table, by a connection of their own."""
    schema = SCHEMA if ledger_url.startswith("postgresql") else None

    def of(table: str) -> list[dict[str, Any]]:
        engine = create_engine(ledger_url, execution_options={SCHEMA_MAP: {SCHEMA: schema}})
        with engine.connect() as connection:
            found = connection.execute(select(metadata.tables[f"{SCHEMA}.{table}"]))
            result = [dict(row) for row in found.mappings()]
        engine.dispose()
        return result

    return of


@pytest.fixture
def created() -> Build:
    """Builds the outcome of a row that became the lead 100<key>."""

    def build(key: str, **changed: Any) -> Outcome:
        base = {"email": FieldBase(f"Row{key}@X.com", f"row{key}@x.com", PUSHED_AT, 1, "push")}
        given = {"result": Result.CREATED, "digest": "one", "marketo_id": f"100{key}", "base": base}
        return Outcome("contacts", key, stream="crm-contacts", **{**given, **changed})

    return build


@pytest.fixture
def refused() -> Build:
    """Builds the outcome of a row that Marketo refused."""

    def build(key: str, **changed: Any) -> Outcome:
        answer = {"code": "1006", "reason": "Field not found", "request_id": "e42b#1"}
        given = {"result": Result.REFUSED, "digest": "one", "payload": {"id": key}, **answer}
        return Outcome("contacts", key, stream="crm-contacts", **{**given, **changed})

    return build


@pytest.fixture
def ledger(open_ledger: OpenLedger) -> Iterator[Ledger]:
    with open_ledger() as opened:
        yield opened


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement that any engine runs, in order."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement.strip().lower())

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)
