"""How Marketo writes and reads dates. Knows no clock.

Stored and sent timestamps are text in one form, `2026-11-20T09:15:02Z`, so that they sort as text.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

LENGTH: Final = len("2026-11-20T09:15:02")
CENTRAL: Final = ZoneInfo("America/Chicago")  # Marketo docs: API limits, the day turns at midnight


def stamp(moment: datetime) -> str:
    """Whole second in UTC, as the Lead Database writes it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")[:LENGTH] + "Z"


def asset_stamp(moment: datetime) -> str:
    """The same second as the Asset API writes it, with its odd double zone."""
    return stamp(moment) + "+0000"


def parse(text: str) -> datetime:
    """An ISO 8601 date or date-time, as UTC where it names no zone.

    Raises:
        ValueError: the text is no date; a blank from an unencoded `+` is refused like this.
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def change_text(value: str, zone: ZoneInfo) -> str:
    """A stored timestamp as change rows show it: no zone, in the subscription's own."""
    return parse(value).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def central_day(moment: datetime) -> str:
    """The day that the moment counts to for quotas and statistics, `YYYY-MM-DD`."""
    return moment.astimezone(CENTRAL).date().isoformat()
