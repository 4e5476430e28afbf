"""Files without a name on this machine's disk: gone with the process, however that ends."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from marketo_client.errors import TemporaryFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedRandom


@contextmanager
def temporary_file() -> Iterator[BufferedRandom]:
    """An empty file. Raises TemporaryFileError where there is no folder or no room for any."""
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed below
    except OSError as error:
        raise TemporaryFileError(tempfile.tempdir, error) from None
    with file:
        yield file


@contextmanager
def filling(file: BufferedRandom) -> Iterator[None]:
    """What is written meanwhile is on the disk at the end. Raises TemporaryFileError."""
    try:
        yield
        file.flush()
    except OSError as error:
        file.raw.close()  # or else closing tries again to write what does not fit
        raise TemporaryFileError(tempfile.tempdir, error) from None
