"""Older ledgers are upgraded with what they hold; newer ones are left alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from marketo_sync import LedgerVersionError, Status
from marketo_sync.ledger.tables import SCHEMA, metadata
from sqlalchemy import create_engine
from sqlalchemy.schema import MetaData

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from marketo_sync import Ledger, Outcome

    Build = Callable[..., Outcome]
    OpenLedger = Callable[..., AbstractContextManager[Ledger]]

OF_POSTGRES_ALONE = {"changes_by_record"}
CASES = Path(__file__).parent / "cases"


def run_sql(url: str, script: str) -> None:
    """All statements of that script, each by itself."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    engine.dispose()


def make_first_version(url: str) -> None:
    kind = "postgres" if url.startswith("postgresql") else "sqlite"
    run_sql(url, (CASES / f"ledger_0001_{kind}.sql").read_text())


def schema_of(url: str) -> str:
    return f"{SCHEMA}." if url.startswith("postgresql") else ""


def test_older_ledger_is_upgraded_with_what_it_holds(
    ledger_url: str, open_ledger: OpenLedger, created: Build
) -> None:
    make_first_version(ledger_url)
    with open_ledger() as ledger:
        found = ledger.find("contacts", ["1", "2"])
        assert (found["1"].marketo_id, found["1"].status) == ("1001", Status.LINKED)
        assert found["1"].base["email"].marketo == "a@x.com"
        assert found["1"].digest is None
        assert found["2"].reject_digest == "one"
        ledger.settle([created("1"), created("2")])
        assert ledger.find("contacts", ["2"])["2"].reject_digest is None
        assert ledger.owners(["contacts"], ["1001"]) == {"1001": ("contacts", "1")}


def test_fields_of_an_older_ledger_are_known(ledger_url: str, open_ledger: OpenLedger) -> None:
    make_first_version(ledger_url)
    with open_ledger() as ledger:
        assert ledger.known_fields("contacts") == {"email"}


def test_migrations_make_the_tables_that_the_code_knows(
    ledger_url: str, open_ledger: OpenLedger
) -> None:
    with open_ledger():
        pass
    postgres = ledger_url.startswith("postgresql")
    expected = metadata if postgres else without_schema()
    engine = create_engine(ledger_url)
    with engine.connect() as connection:
        options = {
            "compare_type": True,
            "include_schemas": postgres,
            "version_table_schema": SCHEMA if postgres else None,
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, expected) == []
    engine.dispose()


def without_schema() -> MetaData:
    """The tables as SQLite has them."""
    bare = MetaData()
    for table in metadata.tables.values():
        copy = table.to_metadata(bare, schema=None)
        copy.indexes = {index for index in copy.indexes if index.name not in OF_POSTGRES_ALONE}
    return bare


def test_ledger_of_a_newer_program_is_left_alone(ledger_url: str, open_ledger: OpenLedger) -> None:
    with open_ledger():
        pass
    table = f"{schema_of(ledger_url)}alembic_version"
    run_sql(ledger_url, f"update {table} set version_num = '9999'")  # noqa: S608 - ours
    with pytest.raises(LedgerVersionError, match="newer marketo-sync"), open_ledger():
        pass
