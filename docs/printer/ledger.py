"""The ledger's tables, from the SQLAlchemy metadata that its migrations are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_sync import CycleStatus, ImportStage, Status
from marketo_sync.ledger.tables import SCHEMA, metadata
from sqlalchemy.dialects.postgresql import dialect as postgres
from sqlalchemy.dialects.sqlite import dialect as sqlite

from docs.printer.markdown import code, codes, sections, table

if TYPE_CHECKING:
    from sqlalchemy import Column, Table

HEADER: Final = ("column", "Postgres", "SQLite", "null", "meaning")
DIALECTS: Final = (postgres(), sqlite())  # type: ignore[no-untyped-call]  # SQLAlchemy's own
WORDS: Final = {
    ("records", "status"): Status,
    ("cycles", "status"): CycleStatus,
    ("imports", "stage"): ImportStage,
}


def page() -> str:
    """The page on the ledger."""
    tables = sorted(metadata.tables.values(), key=lambda each: each.name)
    return sections(
        "# The ledger's tables",
        f"In Postgres they are in the schema {code(SCHEMA)}; in SQLite, which has no schemas,"
        " their names stand alone. Read them as you like and leave writing to the programs:"
        " `marketo-sync` lists, explains and retries. Older ledgers are upgraded when they are"
        " opened. Key columns are marked with *.",
        *map(_table, tables),
    )


def _table(described: Table) -> str:
    rows = [_column(described, each) for each in described.columns]
    return f"## {code(described.name)}\n\n{described.info['about']}\n\n{table(HEADER, rows)}"


def _column(described: Table, column: Column[object]) -> tuple[str, ...]:
    words = WORDS.get((described.name, column.name))
    return (
        code(column.name) + (" *" if column.primary_key else ""),
        *(column.type.compile(dialect).lower() for dialect in DIALECTS),
        "yes" if column.nullable else "",
        f"{column.doc or ''}{f' One of {codes(words)}.' if words else ''}",
    )
