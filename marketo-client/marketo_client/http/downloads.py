"""Files that arrive in pieces: what is on this disk already is not fetched again.

Knows no job and no endpoint. Marketo docs: Bulk Extract (Partial Retrieval and Resume).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable


class PartFile:
    """An open file that grows over several attempts; `count` is told of each piece's size."""

    def __init__(self, file: BinaryIO, *, count: Callable[[int], object]) -> None:
        self._file = file
        self._count = count

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self._file.seek(0, os.SEEK_END)

    def cut(self, size: int) -> None:
        """Keep that many bytes; what comes is written behind them."""
        self._file.seek(size)
        self._file.truncate()

    def write(self, piece: bytes) -> None:
        """Add a piece."""
        self._count(len(piece))
        self._file.write(piece)
