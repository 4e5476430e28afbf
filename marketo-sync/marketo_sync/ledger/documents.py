"""Many values or rows as one JSON parameter: a driver's work per row would cost more than all else.

The only place that knows how SQLite and Postgres differ in taking JSON apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import JSON, cast, func, literal, select, true

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy import ColumnElement, Connection, Select
    from sqlalchemy.dialects import postgresql, sqlite

    Upsert = postgresql.Insert | sqlite.Insert
    Cell = Callable[[int, ColumnElement[Any]], ColumnElement[Any]]


def listed(connection: Connection, values: Collection[str]) -> Select[tuple[str]]:
    """Those texts as a query, for `in_`."""
    return LISTED[connection.dialect.name](_document(list(values)))


def insert_rows(
    connection: Connection,
    insert: Upsert,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    **same: object,
) -> Upsert:
    """An insert of rows of these columns; `same` holds the columns that all rows share.

    A cell of a JSON column is JSON text: Postgres opens no document with NUL in it.
    """
    table = insert.table
    cell = CELLS[connection.dialect.name](_document(rows))
    given = [cell(index, table.c[name]).label(name) for index, name in enumerate(columns)]
    shared = [literal(value, table.c[name].type).label(name) for name, value in same.items()]
    query = select(*given, *shared).where(true())  # SQLite docs: UPSERT, Parsing Ambiguity
    return insert.from_select([*columns, *same], query)


def _document(value: object) -> ColumnElement[Any]:
    return literal(orjson.dumps(value).decode())


def _sqlite_list(document: ColumnElement[Any]) -> Select[tuple[str]]:
    return select(func.json_each(document).table_valued("value").c.value)


def _postgres_list(document: ColumnElement[Any]) -> Select[tuple[str]]:
    return select(func.json_array_elements_text(cast(document, JSON)).column_valued("value"))


def _sqlite_cells(document: ColumnElement[Any]) -> Cell:
    row = func.json_each(document).table_valued("value").c.value
    return lambda index, _column: func.json_extract(row, f"$[{index}]")


def _postgres_cells(document: ColumnElement[Any]) -> Cell:
    row = func.json_array_elements(cast(document, JSON)).column_valued("row")
    return lambda index, column: cast(row.op("->>")(literal(index)), column.type)


LISTED: Final = {"postgresql": _postgres_list, "sqlite": _sqlite_list}
CELLS: Final = {"postgresql": _postgres_cells, "sqlite": _sqlite_cells}
