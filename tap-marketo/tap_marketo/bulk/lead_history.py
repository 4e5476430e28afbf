"""Leads by bulk extract, in windows of the date of their creation or of their last change.

Jobs run one after another; state knows the window, the job and how many of its rows are out, so
that a run that stops pays for no file twice. Marketo docs: Bulk Lead Extract.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from marketo_client import CorruptExportError, LeadFilter, Window

from tap_marketo.bookmarks import digest
from tap_marketo.bulk.bulk_rows import read_at, still_there, with_other_files, write_rows
from tap_marketo.records.schemas import csv_reader
from tap_marketo.state.lead_bookmark import By, History, HistoryJob

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from marketo_client import ExportFile, ExportJob
    from singer_sdk.helpers.types import Record

    from tap_marketo.bulk.bulk_rows import Cells
    from tap_marketo.instance import Instance
    from tap_marketo.records.schemas import Column
    from tap_marketo.state.lead_bookmark import HistoryBookmark
    from tap_marketo.tap import TapMarketo

FILTERS: Final = {By.CREATED: LeadFilter.created, By.UPDATED: LeadFilter.updated}


class HistoryReader(Protocol):
    """A stream whose records are leads, read by bulk extract."""

    name: str
    tap: TapMarketo

    @property
    def instance(self) -> Instance:
        """The Marketo instance that is read."""

    @property
    def bookmark(self) -> HistoryBookmark:
        """Where the bulk read stands."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns of the files."""

    def write(self, records: Iterable[Record], *, read_at: datetime) -> None:
        """Write records that Marketo gave at that moment."""

    def misfit(self, column: str) -> None:
        """Count a value that does not fit its column."""

    def checkpoint(self) -> None:
        """Write STATE."""


class LeadHistory:
    """One bulk read, written to its stream."""

    def __init__(self, stream: HistoryReader, history: History) -> None:
        self._stream = stream
        self._history = history
        self._exports = stream.instance.marketo.lead_exports
        self._fields = [column.source for column in stream.columns]
        self._record = csv_reader(stream.columns, misfit=stream.misfit)

    @classmethod
    def begin(cls, stream: HistoryReader, *, by: By, start: datetime, until: datetime) -> None:
        """Put a new bulk read into the state, with its first job where Marketo might refuse it.

        Raises FeatureMissingError where the subscription cannot go by that date; the state is
        then as it was.
        """
        read = cls(stream, History(start, until, next_window_start=start, by=by))
        if by is By.UPDATED:
            window = read._history.window
            job = read._exports.create(fields=read._fields, where=FILTERS[by](window))
            read._remember(job, window)
        stream.bookmark.keep_history(read._history)

    def read(self) -> None:
        """Write all windows that are not out yet. Raises CorruptExportError."""
        self._keep()
        while not self._history.is_out:
            self._stream.tap.ahead.before_a_file(begun=self._history.until)
            with_other_files(self._read_file)
            self._keep()
        self._stream.bookmark.finish_history(self._history.until)
        self._stream.checkpoint()

    def _read_file(self) -> CorruptExportError | None:
        """Write one window; returns why its file could not be read to its end."""
        job = self._known_job()
        known = self._history.job
        window = Window(known.start, known.end) if known else self._history.window
        self._stream.tap.progress.at(f"{self._stream.name}, {self._history.place(window)}")

        def made(new: ExportJob) -> None:
            self._remember(new, window)
            self._keep()

        with self._exports.read(
            fields=self._fields,
            where=FILTERS[self._history.by](window),
            job=job,
            made=made,
        ) as file:
            try:
                self._write(file)
            except CorruptExportError as problem:
                self._history = replace(self._history, job=None)
                return problem
        self._history = self._history.behind(window)
        return None

    def _known_job(self) -> ExportJob | None:
        """The job that state knows, if it is still of use; state forgets it otherwise."""
        known = self._history.job
        if known and known.fields == digest(self._fields):
            job = still_there(self._exports, known.id)
            if job:
                return job
        self._history = replace(self._history, job=None)
        return None

    def _remember(self, job: ExportJob, window: Window) -> None:
        known = HistoryJob(job.id, digest(self._fields), window.start, window.end)
        self._history = replace(self._history, job=known)

    def _write(self, file: ExportFile) -> None:
        """The rows of a file that are not out yet, STATE behind every so many."""
        job = self._history.job

        def write(part: Iterator[Cells]) -> None:
            self._stream.write(map(self._record, part), read_at=read_at(file))

        def keep(rows_out: int) -> None:
            self._history = replace(self._history, job=job and replace(job, rows_out=rows_out))
            self._keep()

        write_rows(file, rows_out=job.rows_out if job else 0, write=write, keep=keep)

    def _keep(self) -> None:
        self._stream.bookmark.keep_history(self._history)
        self._stream.checkpoint()
