"""Bulk import: another way for the rows of an entry, where they are many.

A row waits on disk until it is clear whether there are enough. Then it goes in a file; what came
of it is looked up, and whatever is not as it was sent goes by a call after all.
"""

from __future__ import annotations

from target_marketo.imports.berths import FILES_AT_ONCE
from target_marketo.imports.importers import CustomObjectImporter, Importer, LeadImporter
from target_marketo.imports.of_run import FilesOfRun, Use

__all__ = [
    "FILES_AT_ONCE",
    "CustomObjectImporter",
    "FilesOfRun",
    "Importer",
    "LeadImporter",
    "Use",
]
