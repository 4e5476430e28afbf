"""What Postgres knows of the length of our tables, for its plans. Knows no row of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.ddl import ExecutableDDLElement

from marketo_sync.ledger.tables import pairs, records
from marketo_sync.reconcile.sides.tables import work

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table
    from sqlalchemy.sql.compiler import DDLCompiler

JOINED_BY: Final = {  # the documents beside these columns would only take time
    records: ("instance", "object", "record_key", "marketo_id", "status"),
    pairs: ("instance", "object", "record_key"),
}


class Analyze(ExecutableDDLElement):
    """Postgres' ANALYZE; without names, of all columns."""

    def __init__(self, table: Table, columns: tuple[str, ...] = ()) -> None:
        self.table = table
        self.columns = columns


@compiles(Analyze)
def _analyze(element: Analyze, compiler: DDLCompiler, **_: Any) -> str:  # noqa: ANN401 - theirs
    name = compiler.preparer.format_table(element.table)
    return (
        f"ANALYZE {name} ({', '.join(element.columns)})" if element.columns else f"ANALYZE {name}"
    )


def count_ledger(connection: Connection) -> None:
    """Tell Postgres how long the ledger is, where it may have grown at once.

    Autovacuum is a minute late: by a plan for a ledger of one row, one of 100,000 takes hours.
    """
    for table, columns in JOINED_BY.items():
        connection.execute(Analyze(table, columns))


def count_lists(connection: Connection) -> None:
    """The same of this run's lists, which autovacuum never sees."""
    connection.execute(Analyze(work))
