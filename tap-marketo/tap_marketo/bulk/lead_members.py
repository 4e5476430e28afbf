"""Leads of one list or program: `leads` under the setting `leads_filter`, whole at every run.

No feed tells who comes to a list and who leaves it. Lists come by bulk extract, programs by REST.
Marketo docs: Bulk Lead Extract, Leads.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final

from marketo_client import (
    CorruptExportError,
    FeatureMissingError,
    LeadFilter,
    RecordNotFoundError,
    SettingError,
)

from tap_marketo.bookmarks import digest
from tap_marketo.bulk.bulk_rows import read_at, still_there, with_other_files, write_rows
from tap_marketo.plans.leads_filter import LEADS_FILTER, PROGRAM, SMART_LIST, STATIC_LIST
from tap_marketo.records.schemas import csv_reader, rest_reader
from tap_marketo.state.lead_bookmark import MembersJob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from marketo_client import ExportFile, ExportJob, MarketoError, Page

    from tap_marketo.bulk.bulk_rows import Cells
    from tap_marketo.streams.leads import LeadsStream

LISTS: Final[Mapping[str, Callable[[int | str], LeadFilter]]] = {
    STATIC_LIST: LeadFilter.static_list,
    SMART_LIST: LeadFilter.smart_list,
}
AS_GOOD_AS_NEW: Final = timedelta(hours=1)  # how old a job or page may be that is taken up


@dataclass(frozen=True, slots=True)
class PagesBegun:
    """The pages of a program with these fields, of which the first is read."""

    fields: Sequence[str]
    first: Page
    rest: Iterator[Page]


class LeadMembers:
    """The members of what `leads_filter` names, written to `leads`."""

    def __init__(self, leads: LeadsStream, chosen: Mapping[str, int | str]) -> None:
        self._leads = leads
        [(self._kind, self._of)] = chosen.items()
        self._pages_begun: PagesBegun | None = None

    def check(self) -> None:
        """See whether there is anything to read, by one call, before other streams spend any.

        It makes the job, or reads the first page, that `read` takes up. Raises SettingError where
        there is no such list or program, or no such filter.
        """
        with self._explained():
            if self._kind == PROGRAM:
                pages = self._in_program()
                self._pages_begun = PagesBegun(self._leads.fields_watched, next(pages), pages)
            elif not self._is_begun:
                where, fields = LISTS[self._kind](self._of), self._leads.fields_watched
                exports = self._leads.instance.marketo.lead_exports
                self._remember(exports.create(fields=fields, where=where))

    def read(self) -> None:
        """Write all members. Raises SettingError where there is no such list, or no such filter."""
        self._leads.tap.progress.at(f"{self._leads.name}, {self._kind}")
        with self._explained():
            if self._kind == PROGRAM:
                self._read_program()
            else:
                self._read_list(LISTS[self._kind](self._of))
        self._leads.checkpoint()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except FeatureMissingError as error:
            raise self._problem("cannot be exported in this subscription", error) from error
        except RecordNotFoundError as error:
            raise self._problem("is not there, or not for this API user", error) from error

    def _read_program(self) -> None:
        record = rest_reader(self._leads.columns, misfit=self._leads.misfit)
        for page in self._pages_left():
            self._leads.write(map(record, page.rows), read_at=page.read_at)

    def _pages_left(self) -> Iterator[Page]:
        """The pages that `check` has begun, if they are as good as new ones."""
        begun, self._pages_begun = self._pages_begun, None
        if begun and begun.fields == self._leads.fields_watched and self._is_new(begun.first):
            return chain([begun.first], begun.rest)
        return self._in_program()

    def _is_new(self, page: Page) -> bool:
        now = self._leads.tap.marketo.now
        return now is not None and now - page.read_at < AS_GOOD_AS_NEW

    def _in_program(self) -> Iterator[Page]:
        fields = self._leads.fields_watched
        return self._leads.instance.marketo.leads.in_program(int(self._of), fields=fields)

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
        known = self._leads.bookmark.members
        if known and self._is_begun:
            job = still_there(self._leads.instance.marketo.lead_exports, known.id)
            if job:
                return job
        self._leads.bookmark.keep_members(None)
        return None

    @property
    def _is_begun(self) -> bool:
        """Whether state knows a job of these members that is as good as a new one."""
        known, now = self._leads.bookmark.members, self._leads.instance.now
        return bool(known and known.of == self._digest and now - known.made_at < AS_GOOD_AS_NEW)

    def _remember(self, job: ExportJob) -> None:
        self._keep(MembersJob(self._digest, job.id, job.created_at or job.read_at))

    def _keep(self, job: MembersJob | None) -> None:
        self._leads.bookmark.keep_members(job)
        self._leads.checkpoint()

    @property
    def _digest(self) -> str:
        return digest([self._kind, str(self._of), *self._leads.fields_watched])

    def _problem(self, problem: str, error: MarketoError) -> SettingError:
        code = f"code {error.code}, " if error.code else ""
        return SettingError(
            f"{LEADS_FILTER}.{self._kind}",
            f"{problem} ({code}request {error.request_id}); check it in Marketo",
        )
