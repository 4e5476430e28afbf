r"""Rows of a bulk file, whatever Marketo put into it.

The standard library's reader is the base; what it cannot read is repaired by the number of
columns. Survived: quotes that are not doubled, newlines and bare carriage returns in values, NUL,
cut UTF-8, a last line without its end. The word null is None, and so is an empty cell: Marketo
keeps no empty text. Lines end in `\n` alone, or in `\r\n` where the header does. Marketo docs:
Bulk Extract.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from typing import TYPE_CHECKING, BinaryIO, Final

from marketo_client.errors import CorruptExportError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Readings = Callable[[str, int], Iterator[tuple[str, int]]]
    Sense = Callable[[Sequence[str]], bool]

NULL: Final = "null"
MOST_REPAIRED_LINES: Final = 200  # of one record whose quotes are broken
MOST_REPAIR_STEPS: Final = 100_000
_QUOTES: Final = re.compile('"+')


class _Source:
    """Lines without NUL, which can be put back; `taken` are those of the record in hand."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._put_back: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._put_back.popleft() if self._put_back else next(self._lines)
        if "\0" in line:
            line = line.replace("\0", "")
        self.taken.append(line)
        return line

    def keep(self, count: int) -> None:
        """The record in hand is that many lines long; put the others back."""
        self._put_back.extendleft(reversed(self.taken[count:]))
        del self.taken[count:]


def anything(_cells: Sequence[str]) -> bool:
    """What makes sense where nothing is known of the cells."""
    return True


def read_file(
    file: BinaryIO, *, columns: Sequence[str], sensible: Sense = anything
) -> Iterator[list[str | None]]:
    """The rows of a file; broken UTF-8 becomes replacement marks. Raises CorruptExportError."""
    file.seek(0)
    lines = (line.decode("utf-8", "replace") for line in file)
    return read_rows(lines, columns=columns, sensible=sensible)


def read_rows(
    lines: Iterable[str], *, columns: Sequence[str], sensible: Sense = anything
) -> Iterator[list[str | None]]:
    r"""The cells of each row in the order of `columns`, which the header must have in any order.

    Other columns and empty lines are passed over. `lines` are cut behind `\n` and nowhere else.
    Of the ways to read a row whose quotes are broken, one whose cells are `sensible` is taken.
    Raises CorruptExportError, which names the row.
    """
    source = _Source(lines)
    header = next(source, None)
    if header is None:
        return
    line_end = "\r\n" if header.endswith("\r\n") else "\n"
    names = next(csv.reader([header.removeprefix("\ufeff").removesuffix(line_end)]), [])
    width, places = len(names), _places(names, columns)
    in_order = places == list(range(width))

    def fits(cells: Sequence[str]) -> bool:
        return sensible([cells[place] for place in places])

    records = _records(source, width=width, line_end=line_end, fits=fits)
    for number, cells in enumerate(records, start=1):
        if len(cells) != width:
            raise CorruptExportError(
                f"row {number} of the file has {len(cells) or 'unreadable'} cells, not {width}"
            )
        wanted = cells if in_order else [cells[place] for place in places]
        yield [None if not cell or cell == NULL else cell for cell in wanted]


def _places(names: Sequence[str], columns: Sequence[str]) -> list[int]:
    """Where each column stands in the file; names may differ in case. Raises CorruptExportError."""
    places = {name.lower(): place for place, name in enumerate(names)}
    places |= {name: place for place, name in enumerate(names)}
    missing = [name for name in columns if name not in places and name.lower() not in places]
    if missing:
        raise CorruptExportError("the file's first line does not hold the fields asked for")
    return [places[name if name in places else name.lower()] for name in columns]


def _records(source: _Source, *, width: int, line_end: str, fits: Sense) -> Iterator[list[str]]:
    """The cells of each record; too few, too many or none where it cannot be read."""
    reader = csv.reader(source, strict=True)
    while True:
        source.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = []
        if source.taken == [line_end]:
            continue
        ends_in_value = line_end == "\n" and source.taken[-1].endswith(("\r\n", "\r"))
        if len(cells) == width and not ends_in_value:
            yield cells
        elif '"' in source.taken[0]:
            yield _repaired(source, width=width, line_end=line_end, fits=fits)
        else:
            source.keep(1)
            yield source.taken[0].removesuffix(line_end).split(",")


def _repaired(source: _Source, *, width: int, line_end: str, fits: Sense) -> list[str]:
    """The record that the fewest lines make; lines that it does not need go back.

    A quote that nothing closes is the last thing to be believed. Of the ways to cut these lines,
    the likeliest that fits is taken, or else the likeliest.
    """
    for read_cell in (_closed_readings, _all_readings):
        for count in range(1, MOST_REPAIRED_LINES + 1):
            if count > len(source.taken) and next(source, None) is None:
                break
            record = "".join(source.taken[:count]).removesuffix(line_end)
            cells = _split(record, width, read_cell, anything)
            if cells:
                source.keep(count)
                return _split(record, width, read_cell, fits) or cells
    return []


def _split(record: str, width: int, read_cell: Readings, fits: Sense) -> list[str]:
    """The record cut into exactly `width` cells, by the likeliest reading of quotes that fits."""
    readings = [read_cell(record, 0)]
    cells: list[str] = []
    for _ in range(MOST_REPAIR_STEPS):
        cell, end = next(readings[-1], (None, 0))
        if cell is None:
            readings.pop()
            if not readings:
                return []
            cells.pop()
        elif len(readings) < width and end < len(record):
            cells.append(cell)
            readings.append(read_cell(record, end + 1))
        elif len(readings) == width and end == len(record) and fits([*cells, cell]):
            return [*cells, cell]
    return []


def _closed_readings(record: str, start: int) -> Iterator[tuple[str, int]]:
    """The ways to read the cell at `start`, likeliest first, each with where it ends.

    A closing quote stands before a comma or the end. After an even run of quotes there it is
    likelier that they are doubled ones inside the value. Cells without quotes around them hold
    none.
    """
    if not record.startswith('"', start):
        cell, end = _bare_cell(record, start)
        if '"' not in cell:
            yield cell, end
        return
    for parity in (1, 0):
        for run in _QUOTES.finditer(record, start + 1):
            if len(run[0]) % 2 == parity and record[run.end() : run.end() + 1] in {"", ","}:
                yield record[start + 1 : run.end() - 1].replace('""', '"'), run.end()


def _all_readings(record: str, start: int) -> Iterator[tuple[str, int]]:
    """The same, and at last the cell as it stands, with its quotes."""
    if record.startswith('"', start):
        yield from _closed_readings(record, start)
    yield _bare_cell(record, start)


def _bare_cell(record: str, start: int) -> tuple[str, int]:
    comma = record.find(",", start)
    end = len(record) if comma < 0 else comma
    return record[start:end], end
