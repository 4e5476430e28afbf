"""The first read of all leads: bulk extracts by createdAt, window after window.

Where it stands is in the state: the window, its job, and how many rows of its file are out.
Marketo docs: Bulk Lead Extract.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from marketo_client import (
    CorruptExportError,
    ExportFile,
    ExportJob,
    LeadFilter,
    RecordNotFoundError,
    Window,
)

from tap_marketo.bookmarks import History, HistoryJob
from tap_marketo.schemas import csv_reader
from tap_marketo.streams.changes import digest

if TYPE_CHECKING:
    from datetime import datetime

    from tap_marketo.streams.leads import LeadsStream

WINDOW: Final = timedelta(days=31)  # Marketo docs: Bulk Extract
ONE_SECOND: Final = timedelta(seconds=1)  # both ends of a window belong to it
ROWS_BETWEEN_STATES: Final = 10_000
MOST_FILES: Final = 2  # of one window: another one if the first cannot be read to its end


class LeadHistory:
    """The history of one run, written to its stream."""

    def __init__(self, stream: LeadsStream) -> None:
        self._stream = stream
        self._bookmark = stream.bookmark
        self._exports = stream.instance.marketo.lead_exports
        self._fields = [column.source for column in stream.columns]
        self._record = csv_reader(stream.columns, misfit=stream.misfit)

    def read(self, *, until: datetime) -> None:
        """Write all leads created up to that moment, going on where an earlier run stopped."""
        history = self._bookmark.history
        if history is None:
            start = self._stream.instance.first_lead
            history = History(start, until, next_window_start=start)
            self._keep(history)
        while history.next_window_start <= history.until:
            history = self._read_window(history)
            self._keep(history)
        self._bookmark.finish_history(history.until)
        self._stream.checkpoint()

    def _read_window(self, history: History) -> History:
        """Write one window; returns the history behind it. Raises CorruptExportError."""
        for attempt in range(1, MOST_FILES + 1):
            try:
                return self._read_file(history)
            except CorruptExportError as error:
                if attempt == MOST_FILES:
                    raise
                self._stream.logger.warning("%s; reading the window once more", error)
                history = replace(history, job=None)
        return history

    def _read_file(self, history: History) -> History:
        job, known = self._job(history)
        where = LeadFilter.created(Window(known.start, known.end))
        self._stream.tap.progress.at(
            f"leads, window {_number(history, known.start)} of {_number(history, history.until)},"
            f" export {job.id}"
        )
        self._keep(replace(history, job=known))
        with (
            tempfile.TemporaryDirectory(prefix="tap-marketo-") as folder,
            self._exports.read(
                fields=self._fields, where=where, folder=Path(folder), job=job
            ) as file,
        ):
            if file.job.id != known.id:
                known = replace(known, id=file.job.id, rows_out=0)
            self._write(file, replace(history, job=known))
        return replace(history, next_window_start=known.end + ONE_SECOND, job=None)

    def _job(self, history: History) -> tuple[ExportJob, HistoryJob]:
        """The job that an earlier run left, if it is still of use, else a new one."""
        known = history.job
        if known and known.fields == digest(self._fields):
            try:
                return self._exports.status(known.id), known
            except RecordNotFoundError:
                self._stream.logger.info("export %s is gone; making it again", known.id)
        start = history.next_window_start
        end = min(start + WINDOW - ONE_SECOND, history.until)
        where = LeadFilter.created(Window(start, end))
        job = self._exports.create(fields=self._fields, where=where)
        return job, HistoryJob(job.id, digest(self._fields), start, end)

    def _write(self, file: ExportFile, history: History) -> None:
        """The rows of a file that are not out yet, STATE behind every so many."""
        job = history.job
        if job is None:
            return
        read_at = file.job.started_at or file.job.read_at
        remaining = islice(file.rows(), job.rows_out, None)
        while some := list(islice(remaining, ROWS_BETWEEN_STATES)):
            self._stream.write(map(self._record, some), read_at=read_at)
            job = replace(job, rows_out=job.rows_out + len(some))
            self._keep(replace(history, job=job))

    def _keep(self, history: History) -> None:
        self._bookmark.keep_history(history)
        self._stream.checkpoint()


def _number(history: History, moment: datetime) -> int:
    """Which window, counted from 1, a moment is in."""
    return (moment - history.start) // WINDOW + 1
