"""Records for one call: at most 300 and at most 1 MB. Marketo docs: Lead Database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from target_marketo.rows.row import Send

MOST_RECORDS: Final = 300  # Marketo docs: Lead Database
MOST_BYTES: Final = 1_000_000  # Marketo docs: Lead Database; the decimal reading of 1 MB
FRAME_BYTES: Final = 1_000  # of a body: action, lookup field, partition and brackets


def size_of(record: Mapping[str, Any]) -> int:
    """Bytes of a record in the body, its comma included."""
    return len(orjson.dumps(record)) + 1


def halves(sends: Sequence[Send]) -> tuple[Sequence[Send], Sequence[Send]]:
    """Two pieces of a batch that was refused as a whole."""
    middle = len(sends) // 2
    return sends[:middle], sends[middle:]


@dataclass(slots=True)
class Queue:
    """Records that wait for a full call."""

    _sends: list[Send] = field(default_factory=list)
    _bytes: int = FRAME_BYTES

    def __len__(self) -> int:
        return len(self._sends)

    def add(self, send: Send) -> Sequence[Send]:
        """Let a record wait; gives back a full batch when there is one."""
        full = self.empty() if self._bytes + send.size > MOST_BYTES else []
        self._sends.append(send)
        self._bytes += send.size
        return full or (self.empty() if len(self._sends) == MOST_RECORDS else [])

    def empty(self) -> Sequence[Send]:
        """All that wait."""
        sends, self._sends, self._bytes = self._sends, [], FRAME_BYTES
        return sends
