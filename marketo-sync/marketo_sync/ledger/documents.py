"""Many values or rows as one JSON parameter: a driver's work per row would cost more than all else.

The only place that knows how SQLite and Postgres differ in taking JSON apart. A statement that
takes a document has the parameter DOCUMENT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import orjson
from sqlalchemy import JSON, Insert, Text, bindparam, cast, func, literal, select, true

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import BindParameter, ColumnClause, ColumnElement, Select

    Cell = Callable[[int, ColumnClause[Any]], ColumnElement[Any]]
    Texts = tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]

AnInsert = TypeVar("AnInsert", bound=Insert)

DOCUMENT: Final = "document"


def document(values: Iterable[object]) -> str:
    """The JSON of rows or values."""
    return orjson.dumps(list(values)).decode()


def listed(dialect: str) -> Select[tuple[str]]:
    """The texts of the document as a query, for `in_`."""
    return LISTED[dialect](bindparam(DOCUMENT, type_=Text))


def insert_rows(
    dialect: str, insert: AnInsert, columns: Sequence[str], *, same: Sequence[str]
) -> AnInsert:
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


def insert_texts(
    dialect: str, insert: Insert, columns: tuple[str, str, str], *, same: Sequence[str]
) -> Insert:
    """An insert of a row for each text of the document, which is an object of objects of texts.

    The columns are those of the outer name, the inner name and the text; `same` as above.
    """
    table = insert.table
    texts = TEXTS[dialect](bindparam(DOCUMENT, type_=Text), table.c[columns[-1]])
    given = [text.label(name) for name, text in zip(columns, texts, strict=True)]
    alike = [_shared(table.c[name]).label(name) for name in same]
    return insert.from_select([*columns, *same], select(*given, *alike))


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


def _sqlite_texts(objects: ColumnElement[Any], _: ColumnClause[Any]) -> Texts:
    outer = func.json_each(objects).table_valued("key", "value")
    inner = func.json_each(outer.c.value).table_valued("key", "value", joins_implicitly=True)
    return outer.c.key, inner.c.key, inner.c.value


def _postgres_texts(objects: ColumnElement[Any], column: ColumnClause[Any]) -> Texts:
    outer = func.json_each(cast(objects, JSON)).table_valued("key", "value")
    inner = func.json_each_text(outer.c.value).table_valued("key", "value", joins_implicitly=True)
    return outer.c.key, inner.c.key, cast(inner.c.value, column.type)


LISTED: Final = {"postgresql": _postgres_list, "sqlite": _sqlite_list}
CELLS: Final = {"postgresql": _postgres_cells, "sqlite": _sqlite_cells}
TEXTS: Final = {"postgresql": _postgres_texts, "sqlite": _sqlite_texts}
