"""Many values or rows as one JSON parameter: a driver's work per row would cost more than all else.

The only place that knows how SQLite and Postgres differ in taking JSON apart. A statement that
takes a document has the parameter DOCUMENT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import JSON, Text, bindparam, cast, func, literal, select, true

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import BindParameter, ColumnClause, ColumnElement, Select
    from sqlalchemy.dialects import postgresql, sqlite

    Upsert = postgresql.Insert | sqlite.Insert
    Cell = Callable[[int, ColumnClause[Any]], ColumnElement[Any]]

DOCUMENT: Final = "document"


def document(values: Iterable[object]) -> str:
    """The JSON of rows or values."""
    return orjson.dumps(list(values)).decode()


def listed(dialect: str) -> Select[tuple[str]]:
    """The texts of the document as a query, for `in_`."""
    return LISTED[dialect](bindparam(DOCUMENT, type_=Text))


def insert_rows(
    dialect: str, insert: Upsert, columns: Sequence[str], *, same: Sequence[str]
) -> Upsert:
    """An insert of the document's rows, which hold these columns in this order.

    The columns in `same` are parameters that all rows share, see `shared`. A cell of a JSON column
    is JSON text: Postgres opens no document with NUL in it.
    """
    table = insert.table
    cell = CELLS[dialect](bindparam(DOCUMENT, type_=Text))
    given = [cell(index, table.c[name]).label(name) for index, name in enumerate(columns)]
    alike = [_shared(table.c[name]).label(name) for name in same]
    query = select(*given, *alike).where(true())  # SQLite docs: UPSERT, Parsing Ambiguity
    return insert.from_select([*columns, *same], query)


def shared(**columns: object) -> dict[str, object]:
    """The parameters of `insert_rows` for columns that all rows share."""
    return {f"all_{name}": value for name, value in columns.items()}


def _shared(column: ColumnClause[Any]) -> BindParameter[Any]:
    return bindparam(f"all_{column.name}", type_=column.type)


def _sqlite_list(texts: ColumnElement[Any]) -> Select[tuple[str]]:
    return select(func.json_each(texts).table_valued("value").c.value)


def _postgres_list(texts: ColumnElement[Any]) -> Select[tuple[str]]:
    return select(func.json_array_elements_text(cast(texts, JSON)).column_valued("value"))


def _sqlite_cells(rows: ColumnElement[Any]) -> Cell:
    row = func.json_each(rows).table_valued("value").c.value
    return lambda index, _column: func.json_extract(row, f"$[{index}]")


def _postgres_cells(rows: ColumnElement[Any]) -> Cell:
    row = func.json_array_elements(cast(rows, JSON)).column_valued("row")
    return lambda index, column: cast(row.op("->>")(literal(index)), column.type)


LISTED: Final = {"postgresql": _postgres_list, "sqlite": _sqlite_list}
CELLS: Final = {"postgresql": _postgres_cells, "sqlite": _sqlite_cells}
