"""The files that export jobs make, and how they are sent.

Knows no job. Marketo docs: Bulk Extract; real files for what is odd: unquoted `null` for no
value, no newline at the end, decimal points in integers, quotes only where needed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import StreamingResponse

if TYPE_CHECKING:
    from pathlib import Path

    from marketo_simulator.calls import JsonValue

Values = Mapping[str, Any]
DELIMITERS: Final = {"CSV": ",", "TSV": "\t", "SSV": ";"}
CHUNK_BYTES: Final = 1 << 18
POINT_EVERY: Final = 7
"""Whole numbers of each such row have a decimal point in the file."""
PARTIAL_CONTENT: Final = 206
RANGE_NOT_SATISFIABLE: Final = 416


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A finished file, its size, and its SHA-256."""

    path: Path
    size: int
    sha256: str
    records: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column: where its values are, its heading, what no value reads as."""

    name: str
    heading: str
    blank: bool | None = None
    whole: bool = False
    """Its numbers may have a decimal point although they are whole."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are written."""

    delimiter: str = ","
    booleans: str = "true/false"
    undoubled_quotes: bool = False
    unquoted_returns: bool = False
    cut_characters: bool = False


def write_file(
    path: Path, columns: Sequence[Column], rows: Iterable[Values], how: Dialect
) -> ExportFile:
    """Write the rows and measure what was written; the last line has no newline."""
    digest, size, records = hashlib.sha256(), 0, 0
    encode = _encoder(how)
    with path.open("wb") as file:
        for line in _lines(columns, rows, how):
            data = encode(line if records == 0 else "\n" + line)
            digest.update(data)
            size += file.write(data)
            records += 1
    return ExportFile(path, size, digest.hexdigest(), records - 1)


def _lines(columns: Sequence[Column], rows: Iterable[Values], how: Dialect) -> Iterator[str]:
    cell = _cell_writer(how)
    join = how.delimiter.join
    cells = [(column.name, column.blank, column.whole) for column in columns]
    yield join(cell(column.heading) for column in columns)
    for number, values in enumerate(rows, start=1):
        pointed = number % POINT_EVERY == 0
        yield join(
            [
                cell(_pointed(values.get(name, blank)) if whole and pointed
                     else values.get(name, blank))
                for name, blank, whole in cells
            ]
        )  # fmt: skip


def _pointed(value: JsonValue) -> JsonValue:
    return f"{value}.0" if isinstance(value, int) and not isinstance(value, bool) else value


def _cell_writer(how: Dialect) -> Callable[[Any], str]:
    breaks = "\n" if how.unquoted_returns else "\r\n"
    needs_quotes = re.compile(f'[{re.escape(how.delimiter)}"{breaks}]').search
    yes, no = how.booleans.split("/")
    quote = '"' if how.undoubled_quotes else '""'

    def cell(value: JsonValue) -> str:
        if value is None:
            return "null"
        if isinstance(value, str):
            return f'"{value.replace(chr(34), quote)}"' if needs_quotes(value) else value
        if isinstance(value, bool):
            return yes if value else no
        return str(value)

    return cell


def _encoder(how: Dialect) -> Callable[[str], bytes]:
    if not how.cut_characters:
        return str.encode
    wide_before_end = re.compile(rb"([\xc0-\xff][\x80-\xbf]*)[\x80-\xbf](?=[,;\t]|$)")
    return lambda line: wide_before_end.sub(rb"\1", line.encode())


class FileSlice(StreamingResponse):
    """A file or a range of it, sent in chunks: 200, 206, or 416."""

    def __init__(self, path: Path, size: int, byte_range: str | None) -> None:
        self.path = path
        self.start, self.stop, status = _bounds(byte_range, size)
        super().__init__(self.chunks(), status, media_type="text/csv;charset=UTF-8")
        self.headers["Content-Length"] = str(self.stop - self.start)
        self.headers["Accept-Ranges"] = "bytes"
        if status == PARTIAL_CONTENT:
            self.headers["Content-Range"] = f"bytes {self.start}-{self.stop - 1}/{size}"
        elif status == RANGE_NOT_SATISFIABLE:
            self.headers["Content-Range"] = f"bytes */{size}"

    def chunks(self) -> Iterator[bytes]:
        """The bytes of the slice, piece by piece."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            left = self.stop - self.start
            while left > 0:
                chunk = file.read(min(CHUNK_BYTES, left))
                left -= len(chunk)
                yield chunk


def _bounds(byte_range: str | None, size: int) -> tuple[int, int, int]:
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", byte_range or "")
    if found is None or found.group() == "bytes=-":
        return 0, size, 200
    first, last = found.groups()
    if not first:
        return max(size - int(last), 0), size, PARTIAL_CONTENT
    if int(first) >= size:
        return 0, 0, RANGE_NOT_SATISFIABLE
    return int(first), min(int(last) + 1, size) if last else size, PARTIAL_CONTENT
