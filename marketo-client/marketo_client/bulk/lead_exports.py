"""Bulk extract of leads, by one filter: when they were created or changed, or a list.

Marketo docs: Bulk Lead Extract.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from marketo_client.bulk.export_jobs import forget
from marketo_client.bulk.exports import Exports
from marketo_client.timestamps import format_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from marketo_client.bulk.export_jobs import ExportFile, ExportJob, Window
    from marketo_client.http.calls import JsonObject


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """Which leads an extract holds; Marketo takes exactly one filter, and has none for programs."""

    name: str
    value: JsonObject | int | str

    @classmethod
    def created(cls, window: Window) -> Self:
        """Leads created in the window; every subscription has this filter."""
        return cls("createdAt", _range(window))

    @classmethod
    def updated(cls, window: Window) -> Self:
        """Leads of which any field was changed in the window, whatever their `updatedAt` shows.

        Subscriptions without this filter answer with FeatureMissingError (1035) at create.
        """
        return cls("updatedAt", _range(window))

    @classmethod
    def static_list(cls, members_of: int | str) -> Self:
        """Members of a static list, by its id or its name."""
        return cls("staticListId" if isinstance(members_of, int) else "staticListName", members_of)

    @classmethod
    def smart_list(cls, members_of: int | str) -> Self:
        """Members of a smart list, by its id or its name; FeatureMissingError as for `updated`."""
        return cls("smartListId" if isinstance(members_of, int) else "smartListName", members_of)


class LeadExports(Exports):
    """The lead export jobs of one API user; other users' jobs are invisible."""

    base = "/bulk/v1/leads/export"
    permission = "Read-Only Lead"

    def create(self, *, fields: Sequence[str], where: LeadFilter) -> ExportJob:
        """A job for the leads that the filter finds; it costs nothing until it is enqueued.

        Raises RequestError (1003, 1006) when a field is not there any more, FeatureMissingError
        (1035) when the subscription lacks the filter.
        """
        return self._create(
            {"format": "CSV", "fields": list(fields), "filter": {where.name: where.value}}
        )

    def read(
        self,
        *,
        fields: Sequence[str],
        where: LeadFilter,
        job: ExportJob | None = None,
        made: Callable[[ExportJob], object] = forget,
    ) -> AbstractContextManager[ExportFile]:
        """The leads that the filter finds, as a file that is gone after the block.

        `job` is one that was created before for the same fields and filter. If it failed, or its
        file is bad or gone, it is made again, up to three times; `made` is told of each job
        before it is enqueued. Raises CorruptExportError, ExportQuotaError, BudgetError.
        """
        return self._opened(
            lambda: self.create(fields=fields, where=where),
            columns=fields,
            job=job,
            made=made,
        )


def _range(window: Window) -> JsonObject:
    return {"startAt": format_instant(window.start), "endAt": format_instant(window.end)}
