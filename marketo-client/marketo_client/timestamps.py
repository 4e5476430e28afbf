"""Marketo's ways to write a moment, and ours: aware UTC in whole seconds.

Marketo docs: Field Types; Asset API (`Z+0000`).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Final

OLDEST_MARKETO: Final = datetime(2007, 1, 1, tzinfo=UTC)  # no instance, and no answer, is older
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?\s*(Z(?:\+0000)?|[+-]\d\d:?\d\d)?", re.ASCII
)


def parse_instant(text: str, *, zone: tzinfo = UTC) -> datetime:
    """The moment in UTC, fractions dropped; `zone` is for texts that name none.

    Raises ValueError, which does not repeat the text.
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a date with a time")
    day, time, offset = match.groups()
    try:
        if offset is None:
            return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=zone).astimezone(UTC)
        offset = "+00:00" if offset.startswith("Z") else offset
        return datetime.fromisoformat(f"{day}T{time}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("no such date or time") from None


def format_instant(moment: datetime) -> str:
    """`YYYY-MM-DDThh:mm:ssZ`, the one form that Marketo and databases take alike."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
