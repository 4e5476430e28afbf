"""Bulk import: another way for the rows of an entry, where they are many.

A row waits on disk (`waiting`, `heaps`, `spool`) until it is clear whether there are enough. Then
it goes in a file (`shipping`, `file_import`, `lost_file`); what came of it is looked up
(`file_rows`, `look_back`), and what is not as it was sent goes by a call after all (`by_calls`).
"""

from __future__ import annotations

from target_marketo.imports.means import FILES_AT_ONCE
from target_marketo.imports.of_run import FilesOfRun, Use

__all__ = [
    "FILES_AT_ONCE",
    "FilesOfRun",
    "Use",
]
