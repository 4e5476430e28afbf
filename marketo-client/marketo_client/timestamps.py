"""Marketo's ways to write a moment, and ours: aware UTC in whole seconds.

Marketo docs: Field Types; Asset API (`Z+0000`).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Final

OLDEST_MARKETO: Final = datetime(2007, 1, 1, tzinfo=UTC)  # no instance, and no answer, is older
_USUAL: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_SECONDS: Final = len("2026-11-24T10:00:00")
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?\s*(Z(?:\+0000)?|[+-]\d\d:?\d\d)?", re.ASCII
)


def parse_instant(text: str, *, zone: tzinfo = UTC) -> datetime:
    """The moment in UTC, fractions dropped; `zone` is for texts that name none.

    Raises ValueError, which does not repeat the text.
    """
    iso = text if _USUAL.fullmatch(text) else _iso(text)
    try:
        moment = datetime.fromisoformat(iso)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("no such date or time") from None


def _iso(text: str) -> str:
    """The same moment as ISO 8601 has it, in whole seconds."""
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a date with a time")
    day, time, offset = match.groups(default="")
    return f"{day}T{time}{'Z' if offset.startswith('Z') else offset}"


def format_instant(moment: datetime) -> str:
    """`YYYY-MM-DDThh:mm:ssZ`, the one form that Marketo and databases take alike."""
    return moment.astimezone(UTC).isoformat()[:_SECONDS] + "Z"


def usual_form(text: str, *, zone: tzinfo = UTC) -> str:
    """A moment in Marketo's own writing as `format_instant` writes it. Raises ValueError."""
    moment = parse_instant(text, zone=zone)
    return text if _USUAL.fullmatch(text) else format_instant(moment)
