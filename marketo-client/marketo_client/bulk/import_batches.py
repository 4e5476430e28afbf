"""Bulk imports and what became of their rows, as data.

Knows no endpoint and makes no call. Marketo docs: Bulk Import.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from marketo_client.errors import RecordNotFoundError
from marketo_client.withheld import without_values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from marketo_client.http.calls import JsonObject
    from marketo_client.http.replies import Reply


class ImportStatus(StrEnum):
    """Where an import stands."""

    QUEUED = "queued"
    IMPORTING = "importing"
    COMPLETE = "complete"
    FAILED = "failed"


OVER: Final = {ImportStatus.COMPLETE, ImportStatus.FAILED}
_SPELLINGS: Final[Mapping[str, ImportStatus]] = {
    **{status.value: status for status in ImportStatus},
    "completed": ImportStatus.COMPLETE,  # as exports spell it
    "cancelled": ImportStatus.FAILED,
    "canceled": ImportStatus.FAILED,
}
_PROCESSED: Final = ("numOfLeadsProcessed", "numOfObjectsProcessed")


@dataclass(frozen=True, slots=True)
class ImportBatch:
    """An import as Marketo showed it at `read_at`; counts are of rows, 0 while it is queued.

    `message` is Marketo's, freed of values.
    """

    id: int
    status: ImportStatus
    processed: int
    failed: int
    with_warning: int
    message: str
    read_at: datetime

    @property
    def is_over(self) -> bool:
        """Whether Marketo has done with it; `failed` rows may be among them."""
        return self.status in OVER


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """A row that Marketo did not import, or imported with a warning: its cells, and why.

    The reason is freed of values.
    Marketo drops blank cells at the end of a row: only the first one certainly is what it was.
    """

    cells: tuple[str, ...]
    reason: str


def read_batch(reply: Reply) -> ImportBatch:
    """The import that a reply shows. Raises RecordNotFoundError for a reply without one."""
    with reply.reading():
        for row in reply.rows:
            return _batch(row, read_at=reply.read_at)
    raise RecordNotFoundError(
        f"Marketo shows no such import; it forgets them after seven days"
        f" (request {reply.request_id})",
        request_id=reply.request_id,
        endpoint=reply.endpoint,
    )


def _batch(row: JsonObject, *, read_at: datetime) -> ImportBatch:
    return ImportBatch(
        id=int(row.get("batchId") or row["importId"]),
        status=_SPELLINGS.get(str(row["status"]).lower(), ImportStatus.IMPORTING),
        processed=next((int(row[name]) for name in _PROCESSED if row.get(name)), 0),
        failed=int(row.get("numOfRowsFailed") or 0),
        with_warning=int(row.get("numOfRowsWithWarning") or 0),
        message=without_values(row.get("message") or ""),
        read_at=read_at,
    )


def read_problems(file: bytes, *, first_cells: Collection[str] | None) -> Iterator[ImportProblem]:
    """The rows of a failures or warnings file.

    Marketo does not always quote line breaks in values. A line that begins with none of
    `first_cells` goes on with the row before it; without them every line is a row.
    """
    text = file.decode("utf-8-sig", errors="replace").replace("\0", "")
    lines = [cells for cells in csv.reader(io.StringIO(text, newline="")) if cells][1:]
    rows: list[list[str]] = []
    for cells in lines:
        if rows and first_cells is not None and cells[0] not in first_cells:
            rows[-1] = [*rows[-1][:-1], f"{rows[-1][-1]}\n{cells[0]}", *cells[1:]]
        else:
            rows.append(cells)
    for row in rows:
        yield ImportProblem(tuple(row[:-1]), without_values(row[-1]))
