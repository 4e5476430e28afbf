"""Rows of a BATCH message's files, one at a time, so that a large file costs no memory."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any, Final

import orjson
from singer_sdk.helpers._batch import StorageTarget

from target_marketo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON_LINES: Final = "jsonl"
GZIP: Final = "gzip"


def rows_of_batch(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every row of every file. Raises InputError for a file that is not JSON lines."""
    encoding = message["encoding"]
    compression = encoding.get("compression")
    if encoding.get("format") != JSON_LINES or compression not in (None, GZIP, "none"):
        raise InputError(
            f"stream `{message['stream']}`: BATCH files are read as JSON lines, plain or gzip, and"
            " these are neither; turn batches off in the tap"
        )
    for path in message["manifest"]:
        yield from _rows(str(path), compressed=compression == GZIP)


def _rows(path: str, *, compressed: bool) -> Iterator[dict[str, Any]]:
    folder, name = _place(path)
    number = 0
    try:
        with StorageTarget.from_url(folder).open(name, mode="rb") as raw:
            lines = gzip.GzipFile(fileobj=raw) if compressed else raw
            for number, line in enumerate(lines, start=1):  # noqa: B007 - for the errors below
                yield _record(line)
    except ValueError:
        raise InputError(f"BATCH file {name}: line {number} is no JSON object") from None
    except ImportError as error:  # of what reads another kind of storage
        raise InputError(f"BATCH file {name}: cannot be read: {error}") from None
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or "it is cut off, or no gzip file"
        raise InputError(f"BATCH file {name}: cannot be read: {reason}") from None


def _place(path: str) -> tuple[str, str]:
    try:
        return StorageTarget.split_url(path)
    except ValueError:
        name = path.rpartition("/")[2]
        raise InputError(f"BATCH file {name}: its path is not absolute, and no URL") from None


def _record(line: bytes) -> dict[str, Any]:
    record = orjson.loads(line)
    if not isinstance(record, dict):
        raise ValueError("a record is an object")  # noqa: TRY004 - as other text that is no JSON
    return record
