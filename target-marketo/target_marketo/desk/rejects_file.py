"""A copy of the rejects as JSON lines, readable by its owner only: it holds whole records."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from target_marketo.rows.settled import Settled

OWNER_ONLY: Final = 0o600


@dataclass(frozen=True, slots=True)
class RejectsFile:
    """Appends to `path`; without a path it does nothing."""

    path: Path | None

    def write(self, settled: Iterable[Settled]) -> None:
        """Add those that were refused or held."""
        lines = [_line(one) for one in settled if one.outcome.code]
        if self.path is None or not lines:
            return
        descriptor = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, OWNER_ONLY)
        with os.fdopen(descriptor, "ab") as file:
            os.fchmod(file.fileno(), OWNER_ONLY)
            file.write(b"".join(lines))


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
