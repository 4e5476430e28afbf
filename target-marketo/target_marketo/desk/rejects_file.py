"""A copy of the rejects as JSON lines: it holds whole records.

A dry run prints them instead, in the table of what it would send.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TextIO

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_marketo.desk.owners_file import OwnersFile
    from target_marketo.rows.settled import Settled

LINE: Final = "{:<12} {:<20} {:<10} {:<24} {:<40} {}"  # of a dry run: object, key, result, …


@dataclass(frozen=True, slots=True)
class RejectsFile:
    """Appends to a file of the user's."""

    file: OwnersFile

    def write(self, settled: Iterable[Settled]) -> None:
        """Add those that were refused or held."""
        rejects = [one for one in settled if one.outcome.code]
        if rejects:
            self.file.append(map(_line, rejects))


@dataclass(frozen=True, slots=True)
class RejectsTable:
    """Takes the place of the file of rejects: says in the table what would go to the rejects."""

    table: TextIO = sys.stderr

    def write(self, settled: Iterable[Settled]) -> None:
        """Print those that would be refused or held, with code and reason, which hold no value."""
        for outcome in (one.outcome for one in settled if one.outcome.code):
            row = outcome.object, outcome.record_key, outcome.result
            self.table.write(LINE.format(*row, outcome.code, outcome.reason or "", "").rstrip())
            self.table.write("\n")


def _line(one: Settled) -> bytes:
    outcome = one.outcome
    return orjson.dumps(
        {
            "object": outcome.object,
            "record_key": outcome.record_key,
            "stream": outcome.stream,
            "result": outcome.result,
            "code": outcome.code,
            "reason": outcome.reason,
            "request_id": outcome.request_id,
            "payload": one.row.source,
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )
