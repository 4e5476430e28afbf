"""The rows of a bulk file: in parts with STATE behind each, gone on with after a stop.

Knows no object family. Marketo docs: Bulk Extract.
"""

from __future__ import annotations

import logging
from itertools import islice
from typing import TYPE_CHECKING, Final

from marketo_client import CorruptExportError, RecordNotFoundError, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from marketo_client import ExportFile, ExportJob
    from marketo_client.bulk.exports import Exports

    Cells = Sequence[str | None]

log = logging.getLogger("tap-marketo")

ROWS_BETWEEN_STATES: Final = 10_000
MOST_FILES: Final = 4  # of one read: the first, and three more where one cannot be read


def read_at(file: ExportFile) -> datetime:
    """Marketo's time of the rows."""
    return file.job.started_at or file.job.created_at or file.job.read_at


def write_rows(
    file: ExportFile,
    *,
    rows_out: int,
    write: Callable[[Iterator[Cells]], object],
    keep: Callable[[int], object],
) -> None:
    """Write the rows behind the first `rows_out`; `keep` is told how many are out by now.

    Raises CorruptExportError.
    """
    rows = islice(file.rows(), rows_out, None)
    out = rows_out

    def part() -> Iterator[Cells]:
        nonlocal out
        for cells in islice(rows, ROWS_BETWEEN_STATES):
            out += 1
            yield cells

    while True:
        before = out
        write(part())
        if out == before:
            return
        keep(out)


def with_other_files(read: Callable[[], CorruptExportError | None]) -> None:
    """Read a file, and up to three more in its place where one cannot be read to its end.

    `read` returns what is wrong with its file; the last problem is raised.
    """
    problem = read()
    for _ in range(MOST_FILES - 1):
        if problem is None:
            return
        log.warning("%s; reading all of it once more", problem)
        problem = read()
    if problem is not None:
        raise problem


def still_there(exports: Exports, job_id: str) -> ExportJob | None:
    """A job that state knows; None where Marketo does not know it any more."""
    try:
        return exports.status(job_id)
    except (RecordNotFoundError, RequestError):
        log.info("export %s is gone; making it again", job_id)
        return None
