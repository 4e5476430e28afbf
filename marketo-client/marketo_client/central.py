"""The day that Marketo's quotas count for: US Central time, where clocks change twice a year.

Marketo docs: API limits, Bulk Extract.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

CENTRAL: Final = ZoneInfo("America/Chicago")


def central_day(moment: datetime) -> date:
    """The day that a moment belongs to."""
    return moment.astimezone(CENTRAL).date()


def next_midnight(moment: datetime) -> datetime:
    """When that day is over, in UTC; days of clock changes have 23 or 25 hours."""
    tomorrow = central_day(moment) + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=CENTRAL).astimezone(UTC)


def age_of_day(moment: datetime) -> timedelta:
    """How long the day has lasted at a moment."""
    today = central_day(moment)
    begin = datetime(today.year, today.month, today.day, tzinfo=CENTRAL)
    return moment.astimezone(UTC) - begin.astimezone(UTC)


def day_of(moment: datetime | None) -> date | None:
    """The day that a moment belongs to; None where Marketo has not told the time yet."""
    return None if moment is None else central_day(moment)


def go_on_at(moment: datetime | None) -> str:
    """When a budget that is spent at that moment is whole again, in words."""
    when = "midnight US Central time"
    return when if moment is None else f"{next_midnight(moment):%Y-%m-%d %H:%M} UTC, {when}"
