"""Rows of a BATCH message's files, one at a time, so that a large file costs no memory."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any, Final

import orjson
from singer_sdk.helpers._batch import BaseBatchFileEncoding, BatchFileFormat, StorageTarget

from target_marketo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

GZIP: Final = "gzip"


def rows_of_batch(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every row of every file. Raises InputError for a file that is not JSON lines."""
    encoding = BaseBatchFileEncoding.from_dict(message["encoding"])
    if encoding.format != BatchFileFormat.JSONL or encoding.compression not in {None, GZIP, "none"}:
        raise InputError(
            f"stream `{message['stream']}`: BATCH files are read as JSON lines, plain or gzip, and"
            " these are neither; turn batches off in the tap"
        )
    for path in message["manifest"]:
        yield from _rows(path, compressed=encoding.compression == GZIP)


def _rows(path: str, *, compressed: bool) -> Iterator[dict[str, Any]]:
    folder, name = StorageTarget.split_url(path)
    number = 0
    try:
        with StorageTarget.from_url(folder).open(name, mode="rb") as raw:
            lines = gzip.GzipFile(fileobj=raw) if compressed else raw
            for number, line in enumerate(lines, start=1):  # noqa: B007 - for the errors below
                yield orjson.loads(line)
    except orjson.JSONDecodeError:
        raise InputError(f"BATCH file {name}: line {number} is not JSON") from None
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or "it is cut off, or no gzip file"
        raise InputError(f"BATCH file {name}: cannot be read: {reason}") from None
