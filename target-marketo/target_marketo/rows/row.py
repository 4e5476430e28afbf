"""One row on its way from the source to Marketo. Knows no API and no SQL.

What is made for every row is not frozen, though nobody changes it: that would cost thrice the time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketo_sync import Cell

Source = dict[str, Any]
RecordName = tuple[str, str]  # an entry's name and a record key


class Note(NamedTuple):
    """What the user is told of a row that was sent all the same; the code is ours."""

    code: str
    reason: str


COMPANY_DISAGREES: Final = "local.company_disagrees"
CANNOT_BE_UNSET: Final = "local.company_cannot_be_unset"
IMPORT_WARNING: Final = "local.import_warning"
NOTES: Final = frozenset({COMPANY_DISAGREES, CANNOT_BE_UNSET, IMPORT_WARNING})


@dataclass(frozen=True, slots=True)
class Aside:
    """What is done for a row beside its own record: fields that its company has taken, a note.

    `leave_out` are fields of the row that are not sent with its record. `is_written`: a call was
    made for the row, so that it counts as sent.
    """

    cells: Mapping[str, Cell] = field(default_factory=dict)
    leave_out: frozenset[str] = frozenset()
    note: Note | None = None
    is_written: bool = False


NOTHING_ASIDE: Final = Aside()


@dataclass(slots=True)
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
    aside: Aside = NOTHING_ASIDE


@dataclass(slots=True)
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
