"""Leads of one list or program: `leads` under the setting `leads_filter`, whole at every run.

No feed tells who comes to a list and who leaves it. Lists come by bulk extract, programs by REST.
Marketo docs: Bulk Lead Extract, Leads.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from marketo_client import (
    CorruptExportError,
    FeatureMissingError,
    LeadFilter,
    RecordNotFoundError,
    SettingError,
)

from tap_marketo.lead_bookmark import MembersJob
from tap_marketo.schemas import csv_reader, rest_reader
from tap_marketo.streams.bulk_rows import read_at, still_there, with_other_files, write_rows
from tap_marketo.streams.changes import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from marketo_client import ExportFile, ExportJob, MarketoError

    from tap_marketo.streams.bulk_rows import Cells
    from tap_marketo.streams.leads import LeadsStream

SETTING: Final = "leads_filter"
PROGRAM: Final = "program"
LISTS: Final[Mapping[str, Callable[[int | str], LeadFilter]]] = {
    "static_list": LeadFilter.static_list,
    "smart_list": LeadFilter.smart_list,
}
AS_GOOD_AS_NEW: Final = timedelta(hours=1)  # how old a job may be that a stopped run has left


class LeadMembers:
    """The members of what `leads_filter` names, written to `leads`."""

    def __init__(self, leads: LeadsStream, chosen: Mapping[str, int | str]) -> None:
        self._leads = leads
        [(self._kind, self._of)] = chosen.items()

    def read(self) -> None:
        """Write all members. Raises SettingError where there is no such list, or no such filter."""
        self._leads.tap.progress.at(f"{self._leads.name}, {self._kind}")
        try:
            if self._kind == PROGRAM:
                self._read_program()
            else:
                self._read_list(LISTS[self._kind](self._of))
        except FeatureMissingError as error:
            raise self._problem("cannot be exported in this subscription", error) from error
        except RecordNotFoundError as error:
            raise self._problem("is not there, or not for this API user", error) from error
        self._leads.checkpoint()

    def _read_program(self) -> None:
        record = rest_reader(self._leads.columns, misfit=self._leads.misfit)
        fields = self._leads.fields_watched
        for page in self._leads.instance.marketo.leads.in_program(int(self._of), fields=fields):
            self._leads.write(map(record, page.rows), read_at=page.read_at)

    def _read_list(self, where: LeadFilter) -> None:
        with_other_files(partial(self._read_file, where))
        self._leads.bookmark.keep_members(None)

    def _read_file(self, where: LeadFilter) -> CorruptExportError | None:
        """Write the members; returns why their file could not be read to its end."""
        exports = self._leads.instance.marketo.lead_exports
        fields, job = self._leads.fields_watched, self._known_job()
        with exports.read(fields=fields, where=where, job=job, made=self._remember) as file:
            try:
                self._write(file)
            except CorruptExportError as problem:
                self._keep(None)
                return problem
        return None

    def _write(self, file: ExportFile) -> None:
        """The rows of a file that are not out yet, STATE behind every so many."""
        record = csv_reader(self._leads.columns, misfit=self._leads.misfit)
        known = self._leads.bookmark.members

        def write(part: Iterator[Cells]) -> None:
            self._leads.write(map(record, part), read_at=read_at(file))

        def keep(rows_out: int) -> None:
            self._keep(known and replace(known, rows_out=rows_out))

        write_rows(file, rows_out=known.rows_out if known else 0, write=write, keep=keep)

    def _known_job(self) -> ExportJob | None:
        """The job that state knows, if it is still of use; state forgets it otherwise."""
        known, now = self._leads.bookmark.members, self._leads.instance.now
        if known and known.of == self._digest and now - known.made_at < AS_GOOD_AS_NEW:
            job = still_there(self._leads.instance.marketo.lead_exports, known.id)
            if job:
                return job
        self._leads.bookmark.keep_members(None)
        return None

    def _remember(self, job: ExportJob) -> None:
        self._keep(MembersJob(self._digest, job.id, job.created_at or job.read_at))

    def _keep(self, job: MembersJob | None) -> None:
        self._leads.bookmark.keep_members(job)
        self._leads.checkpoint()

    @property
    def _digest(self) -> str:
        return digest([self._kind, str(self._of), *self._leads.fields_watched])

    def _problem(self, problem: str, error: MarketoError) -> SettingError:
        return SettingError(
            f"{SETTING}.{self._kind}",
            f"{problem} (code {error.code}, request {error.request_id}); check it in Marketo",
        )
