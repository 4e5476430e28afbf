"""Which fields of a row are sent: all of a new record, else those that differ from the base.

Only the database's side is compared, with what it showed when both sides last agreed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_sync import Nulls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketo_sync import Cell, FieldBase

Cells = dict[str, "Cell"]


def whole(cells: Mapping[str, Cell], *, nulls: Nulls) -> Cells:
    """The whole record; its nulls only under `always`, since there is no base with a value."""
    if nulls is Nulls.ALWAYS:
        return dict(cells)
    return {name: cell for name, cell in cells.items() if cell.marketo is not None}


def changed(cells: Mapping[str, Cell], base: Mapping[str, FieldBase], *, nulls: Nulls) -> Cells:
    """The fields that differ from the base, empty when none does."""
    moved = {name: cell for name, cell in cells.items() if _moved(cell, base.get(name))}
    if nulls is Nulls.NEVER:
        return {name: cell for name, cell in moved.items() if cell.marketo is not None}
    if moved and nulls is Nulls.ALWAYS:
        return moved | {name: cell for name, cell in cells.items() if cell.marketo is None}
    return moved


def _moved(cell: Cell, base: FieldBase | None) -> bool:
    if base is None:
        return cell.marketo is not None
    return cell.database != base.database
