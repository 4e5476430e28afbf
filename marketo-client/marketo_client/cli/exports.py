"""Export jobs of a day, of all objects that the API user may list.

Marketo docs: Bulk Extract.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from marketo_client.bulk.export_jobs import ExportStatus
from marketo_client.central import central_day
from marketo_client.errors import MissingPermissionError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from marketo_client.bulk.export_jobs import ExportJob
    from marketo_client.client import Marketo


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished job, and what it exported."""

    what: str
    job: ExportJob


def exports_of(marketo: Marketo, day: date) -> Iterator[Exported]:
    """This API user's jobs that were completed on that day, US Central time."""
    for what, exports in (
        ("leads", marketo.lead_exports),
        ("activities", marketo.activity_exports),
    ):
        with suppress(MissingPermissionError):
            for job in exports.jobs(ExportStatus.COMPLETED):
                if job.finished_at and central_day(job.finished_at) == day:
                    yield Exported(what, job)
