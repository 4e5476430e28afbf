"""A copy of the rejects as JSON lines: it holds whole records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_marketo.desk.owners_file import OwnersFile
    from target_marketo.rows.settled import Settled


@dataclass(frozen=True, slots=True)
class RejectsFile:
    """Appends to a file of the user's."""

    file: OwnersFile

    def write(self, settled: Iterable[Settled]) -> None:
        """Add those that were refused or held."""
        rejects = [one for one in settled if one.outcome.code]
        if rejects:
            self.file.append(map(_line, rejects))


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
