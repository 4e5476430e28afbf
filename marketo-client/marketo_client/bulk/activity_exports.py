"""Bulk extract of activities, all types of a window in one job.

Marketo docs: Bulk Activity Extract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from marketo_client.bulk.csv_reader import NULL
from marketo_client.bulk.export_jobs import forget
from marketo_client.bulk.exports import Exports
from marketo_client.timestamps import format_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from marketo_client.bulk.export_jobs import ExportFile, ExportJob, Window
    from marketo_client.http.calls import JsonObject

ACTIVITY_COLUMNS: Final = (  # Marketo docs: Bulk Activity Extract; `attributes` is a JSON object
    "marketoGUID",
    "leadId",
    "activityDate",
    "activityTypeId",
    "campaignId",
    "primaryAttributeValueId",
    "primaryAttributeValue",
    "attributes",
)
DELETE_LEAD: Final = 37  # not exportable; Marketo docs: Bulk Activity Extract


def _has_attributes(cells: Sequence[str]) -> bool:
    """Whether the last cell is the JSON of attributes, or null."""
    try:
        return cells[-1] == NULL or isinstance(orjson.loads(cells[-1]), dict | list)
    except orjson.JSONDecodeError:
        return False


class ActivityExports(Exports):
    """The activity export jobs of one API user; other users' jobs are invisible."""

    base = "/bulk/v1/activities/export"
    permission = "Read-Only Activity"

    def create(self, *, window: Window, type_ids: Sequence[int]) -> ExportJob:
        """A job for the activities of these types (any number of them) written in the window.

        It costs nothing until it is enqueued. Raises ValueError for no type, and for type 37,
        which Marketo does not export.
        """
        if not type_ids or DELETE_LEAD in type_ids:
            raise ValueError("an export of activities needs types, Delete Lead (37) not among them")
        wanted: JsonObject = {
            "createdAt": {
                "startAt": format_instant(window.start),
                "endAt": format_instant(window.end),
            },
            "activityTypeIds": list(type_ids),
        }
        return self._create({"format": "CSV", "fields": list(ACTIVITY_COLUMNS), "filter": wanted})

    def read(
        self,
        *,
        window: Window,
        type_ids: Sequence[int],
        job: ExportJob | None = None,
        made: Callable[[ExportJob], object] = forget,
    ) -> AbstractContextManager[ExportFile]:
        """The activities of the window, cells in the order of `ACTIVITY_COLUMNS`.

        The file is gone after the block; `job`, `made` and errors as in `LeadExports.read`.
        """
        return self._opened(
            lambda: self.create(window=window, type_ids=type_ids),
            columns=ACTIVITY_COLUMNS,
            job=job,
            made=made,
            sensible=_has_attributes,
        )
