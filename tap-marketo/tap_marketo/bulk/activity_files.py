"""Activities by bulk extract: one job per window for all types, window after window.

Where it stands is in the state: the window, its job, and how many rows of its file are out.
Marketo docs: Bulk Activity Extract.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from marketo_client import (
    CorruptExportError,
    ExportFile,
    ExportJob,
    RequestError,
    format_instant,
)

from tap_marketo.bookmarks import digest
from tap_marketo.bulk.bulk_rows import read_at, still_there, with_other_files, write_rows
from tap_marketo.feeds import holes
from tap_marketo.records import rows
from tap_marketo.state.lead_bookmark import History, HistoryJob

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from marketo_client import Window

    from tap_marketo.bulk.bulk_rows import Cells
    from tap_marketo.plans.packs import Pack
    from tap_marketo.streams.activities import ActivitiesStream


class ActivityFiles:
    """One bulk read, handed to all who want its rows; a run that stops is gone on with."""

    def __init__(self, hub: ActivitiesStream, pack: Pack) -> None:
        self._hub = hub
        self._pack = pack
        self._wants = pack.by_type
        self._exports = hub.instance.marketo.activity_exports
        self._history = self._begun()

    def read(self) -> datetime:
        """Hand over all windows; returns up to where the types are complete.

        That is Marketo's time before the first job was made, so that no row is between the files
        and what REST reads from there on. Raises CorruptExportError.
        """
        self._keep()
        while self._types and not self._history.is_out:
            self._hub.tap.ahead.before_a_file(begun=self._history.until)
            try:
                with_other_files(self._read_file)
            except RequestError as error:
                self._hub.types_there.note(self._types, error)
            self._keep()
        return self._history.until

    def _begun(self) -> History:
        """What an earlier run left in the middle, without windows that nobody wants any more."""
        known, scope = self._hub.bookmark.history, self._hub.bookmark.history_of
        since = self._pack.since
        covers = scope is not None and scope.includes(self._pack.scope)
        if known is None or not covers or not known.start <= since <= known.until:
            return History(since, self._hub.instance.now, next_window_start=since)
        holes.tell_of_stop(
            self._hub, self._pack.types, reached=known.next_window_start, begun=known.until
        )
        if known.window.end < since:
            known = replace(known, next_window_start=since, job=None)
        self._hub.logger.info(
            "going on with bulk files, at %s", format_instant(known.next_window_start)
        )
        return known

    def _read_file(self) -> CorruptExportError | None:
        """Hand over one window; returns why its file could not be read to its end."""
        window = self._history.window
        types = self._types_until(window.end)
        self._hub.tap.progress.at(f"{self._hub.name}, {self._history.place(window)}")

        def made(new: ExportJob) -> None:
            known = HistoryJob(new.id, _digest(types), window.start, window.end)
            self._history = replace(self._history, job=known)
            self._keep()

        with self._exports.read(
            window=window,
            type_ids=types,
            job=self._known_job(types, window),
            made=made,
        ) as file:
            try:
                self._write(file)
            except CorruptExportError as problem:
                self._history = replace(self._history, job=None)
                return problem
        self._history = self._history.behind(window)
        return None

    @property
    def _types(self) -> list[int]:
        """The types that somebody wants, and that are there."""
        return self._hub.types_there.among(self._wants)

    def _types_until(self, end: datetime) -> list[int]:
        """The types of which anybody wants a row of a window with that end."""
        return [
            each for each in self._types if min(want.start for want in self._wants[each]) <= end
        ]

    def _known_job(self, types: list[int], window: Window) -> ExportJob | None:
        """The job that state knows, if it is still of use; state forgets it otherwise."""
        known = self._history.job
        if known and (known.fields, known.end) == (_digest(types), window.end):
            job = still_there(self._exports, known.id)
            if job:
                return job
        self._history = replace(self._history, job=None)
        return None

    def _write(self, file: ExportFile) -> None:
        """The rows of a file that are not out yet, STATE behind every so many."""
        job, moment = self._history.job, read_at(file)

        def write(part: Iterator[Cells]) -> None:
            for cells in part:
                row = rows.of_export(cells, misfit=self._hub.misfit)
                self._hub.hand_over(row, self._wants, read_at=moment)
            self._hub.tap.lead_lookups.flush()

        def keep(rows_out: int) -> None:
            self._history = replace(self._history, job=job and replace(job, rows_out=rows_out))
            self._keep()

        write_rows(file, rows_out=job.rows_out if job else 0, write=write, keep=keep)

    def _keep(self) -> None:
        self._hub.bookmark.keep_bulk(self._history, scope=self._pack.scope)
        self._hub.checkpoint()


def _digest(types: list[int]) -> str:
    return digest([str(each) for each in types])
