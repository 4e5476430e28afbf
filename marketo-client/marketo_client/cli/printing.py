"""Rows as a readable table or as JSON."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, Final

import orjson
from tabulate import tabulate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDEST: Final = 120  # characters of a line, where the terminal is wider
NARROWEST: Final = 24  # of the last column


def as_json(value: object) -> str:
    """Indented JSON; dates and times in ISO format."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode()


def as_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """A line per row under their names; the last column is wrapped to what the terminal holds."""
    cells = [[_cell(row.get(name)) for name in columns] for row in rows]
    before = sum(
        max(len(line[place]) for line in [list(columns), *cells]) + 2
        for place in range(len(columns) - 1)
    )
    width = min(shutil.get_terminal_size((WIDEST, 0)).columns, WIDEST)
    widths = [None] * (len(columns) - 1) + [max(width - before, NARROWEST)]
    return tabulate(
        cells, list(columns), tablefmt="plain", disable_numparse=True, maxcolwidths=widths
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
