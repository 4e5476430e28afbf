"""Files that arrive in pieces: what is on this disk already is not fetched again.

Knows no job and no endpoint. Marketo docs: Bulk Extract (Partial Retrieval and Resume).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PRIVATE_FOLDER: Final = 0o700
PRIVATE_FILE: Final = 0o600


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


def private_file(folder: Path, name: str) -> Path:
    """A file that this user alone can read, in a folder of the same kind; made if missing."""
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    path = folder / name
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))
    return path
