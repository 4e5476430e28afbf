"""Files of failed rows and of rows with a warning: the rows as sent, and why.

Trailing empty cells are left out, so that the reason stands under another heading; commas are not
always quoted. Both are settings. Marketo docs: Bulk Import; what users report of it.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from marketo_simulator.imports.uploads import Upload
    from marketo_simulator.settings import Settings


def problem_file(
    upload: Upload, problems: Iterable[tuple[list[str], str]], heading: str, settings: Settings
) -> bytes:
    """The file, in the format of the upload."""
    lines: list[Sequence[str]] = [[*upload.columns, heading]]
    for row, reason in problems:
        cells = _without_trailing_blanks(row) if settings.import_problems_shifted else row
        lines.append([*cells, reason])
    if settings.import_problems_unquoted:
        return "".join(upload.delimiter.join(line) + "\n" for line in lines).encode()
    text = io.StringIO()
    csv.writer(text, delimiter=upload.delimiter, lineterminator="\n").writerows(lines)
    return text.getvalue().encode()


def _without_trailing_blanks(row: Sequence[str]) -> list[str]:
    kept = list(row)
    while kept and not kept[-1]:
        kept.pop()
    return kept
