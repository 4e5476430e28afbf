"""One row on its way from the source to Marketo. Knows no API and no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketo_sync import Cell

Source = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A row as received; `places` are the input rows that it stands for, none for a ledger's row.

    `forced` rows are judged field by field even when nothing in the source has changed. `anew`
    rows have lost their record: no id of it counts any more.
    """

    source: Source
    record_key: str
    digest: str
    places: tuple[int, ...] = ()
    forced: bool = False
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """A row whose fields are known to be worth a write: by Marketo's id, or by its key.

    `made`: its record was made by a call of ours whose answer was lost.
    """

    row: Row
    cells: Mapping[str, Cell]
    record: Mapping[str, Any]
    size: int
    marketo_id: str | None = None
    made: bool = False
