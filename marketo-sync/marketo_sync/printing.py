"""Rows as a readable table or as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GAP: Final = "  "
WIDEST: Final = 72  # characters of a cell; JSON has the rest


def as_json(value: object) -> str:
    """Indented JSON; times in ISO format."""
    option = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS  # SQLAlchemy's names are a kind of str
    return orjson.dumps(value, option=option).decode()


def as_table(rows: Sequence[dict[str, Any]], columns: Iterable[str]) -> str:
    """One line per row under a line of column names; a blank for what a row lacks."""
    names = list(columns)
    lines = [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(names))]
    return "\n".join(
        GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
