"""Leads of one list or program: `leads` under the setting `leads_filter`, whole at every run.

No feed tells who comes to a list and who leaves it. Lists come by bulk extract, programs by REST.
Marketo docs: Bulk Lead Extract, Leads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_client import (
    CorruptExportError,
    FeatureMissingError,
    LeadFilter,
    RecordNotFoundError,
    SettingError,
)

from tap_marketo.schemas import csv_reader, rest_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from marketo_client import MarketoError

    from tap_marketo.streams.leads import LeadsStream

SETTING: Final = "leads_filter"
PROGRAM: Final = "program"
LISTS: Final[Mapping[str, Callable[[int | str], LeadFilter]]] = {
    "static_list": LeadFilter.static_list,
    "smart_list": LeadFilter.smart_list,
}
MOST_FILES: Final = 4  # the first, and three more where one cannot be read


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
        for attempt in range(1, MOST_FILES + 1):
            try:
                self._read_file(where)
            except CorruptExportError as error:
                if attempt == MOST_FILES:
                    raise
                self._leads.logger.warning("%s; reading the list once more", error)
            else:
                return

    def _read_file(self, where: LeadFilter) -> None:
        record = csv_reader(self._leads.columns, misfit=self._leads.misfit)
        exports = self._leads.instance.marketo.lead_exports
        fields = self._leads.fields_watched
        with exports.read(fields=fields, where=where) as file:
            read_at = file.job.started_at or file.job.created_at or file.job.read_at
            self._leads.write(map(record, file.rows()), read_at=read_at)

    def _problem(self, problem: str, error: MarketoError) -> SettingError:
        return SettingError(
            f"{SETTING}.{self._kind}",
            f"{problem} (code {error.code}, request {error.request_id}); check it in Marketo",
        )
