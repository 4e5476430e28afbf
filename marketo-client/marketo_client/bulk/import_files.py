"""The file of a bulk import: rows of one set of fields, as CSV in UTF-8.

Only values that every reading of CSV takes for the same go into one: what a blank cell, the word
null or a backslash does is not documented. Makes no call. Marketo docs: Bulk Import.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketo_client.codecs import Scalar

LARGEST_TABLE_BYTES: Final = 9_000_000  # under 10 MB whatever a MB is, the call's own lines too
_UNSURE_TEXT: Final = re.compile(
    r"\A\Z|\A\s|\s\Z|\Anull\Z|[\\\x00-\x1f\x7f\x85\u2028\u2029\ufeff]", re.IGNORECASE
)
_UNSURE_NUMBER: Final = re.compile("e")  # an exponent


class ImportFile:
    """Rows under the REST names of their fields, up to 9 MB; `content` is what `create` takes."""

    def __init__(self, fields: Sequence[str]) -> None:
        self._text = io.BytesIO()
        self._text.write(_line(fields))
        self.rows = 0

    @property
    def content(self) -> bytes:
        """The whole file."""
        return self._text.getvalue()

    def add(self, cells: Sequence[str]) -> bool:
        """Whether the row of these cells had a place; it is in the file then."""
        line = _line(cells)
        if self._text.tell() + len(line) > LARGEST_TABLE_BYTES:
            return False
        self._text.write(line)
        self.rows += 1
        return True


def import_cell(value: Scalar | None) -> str | None:
    """The cell of a value; None for one that may be read as another: write it by a sync."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    words = str(value)
    unsure = _UNSURE_NUMBER if isinstance(value, float) else _UNSURE_TEXT
    return None if unsure.search(words) else words


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
