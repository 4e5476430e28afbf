"""Bulk extract of leads, by when they were created.

Marketo docs: Bulk Lead Extract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_client.exports import ExportFile, ExportJob, Exports, Window
from marketo_client.timestamps import format_instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path


class LeadExports(Exports):
    """The lead export jobs of one API user; other users' jobs are invisible."""

    base = "/bulk/v1/leads/export"
    permission = "Read-Only Lead"

    def create(self, *, fields: Sequence[str], window: Window) -> ExportJob:
        """A job for the leads created in the window; it costs nothing until it is enqueued.

        Raises RequestError (1003, 1006) when a field is not there any more.
        """
        created_at = {"startAt": format_instant(window.start), "endAt": format_instant(window.end)}
        return self._create(
            {"format": "CSV", "fields": list(fields), "filter": {"createdAt": created_at}}
        )

    def read(
        self,
        *,
        fields: Sequence[str],
        window: Window,
        folder: Path,
        job: ExportJob | None = None,
    ) -> AbstractContextManager[ExportFile]:
        """The leads created in the window, as a file that is gone after the block.

        `job` is one that was created before for the same fields and window; if it failed, or its
        file is bad or gone, another one is made, once. Raises CorruptExportError,
        ExportQuotaError.
        """
        return self._opened(
            lambda: self.create(fields=fields, window=window),
            columns=fields,
            folder=folder,
            job=job,
        )
