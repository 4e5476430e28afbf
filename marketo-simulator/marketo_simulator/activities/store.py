"""The activity rows of one instance, in the order of their dates.

A row written late stands where its date belongs: behind every paging token that has passed it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.timestamps import change_text, parse, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from marketo_simulator.calls import JsonValue
    from marketo_simulator.leads.fields import Field

Position = tuple[str, int]
BEFORE_ALL_OF_A_SECOND: Final = -1
AFTER_ALL_OF_A_SECOND: Final = 1 << 62
HUNDRED: Final = 100
SPREAD: Final = 37
"""Spreads the late ones among every hundred rows."""


@dataclass(slots=True)
class Activity:
    """One row. `field_name` is the REST name of the field that a type 13 row is about."""

    lead_id: int
    at: str
    type_id: int
    primary_id: int | None = None
    primary_value: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    campaign_id: int | None = None
    field_name: str | None = None
    number: int = 0

    @property
    def position(self) -> Position:
        """Where it stands among the rows: by date, then by the order of writing."""
        return (self.at, self.number)


class Activities:
    """All rows, sorted, and those that are still to be written."""

    def __init__(self, time_zone: ZoneInfo) -> None:
        self.time_zone = time_zone
        self.late_percent = 0
        self.late_by = timedelta(0)
        self._rows: list[Activity] = []
        self._late: list[tuple[str, Activity]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._rows)

    def all(self) -> Iterator[Activity]:
        """Every row that can be read."""
        return iter(self._rows)

    def add(self, row: Activity, *, readable_at: str | None = None) -> Activity:
        """A row is written, now or late; it gets the next number."""
        self._count += 1
        row.number = self._count
        if readable_at is None and self._count * SPREAD % HUNDRED < self.late_percent:
            readable_at = stamp(parse(row.at) + self.late_by)
        if readable_at is not None:
            self._late.append((readable_at, row))
        elif not self._rows or self._rows[-1].position < row.position:
            self._rows.append(row)
        else:
            insort(self._rows, row, key=_position)
        return row

    def write_late_rows(self, now: str) -> None:
        """Rows whose time has come take their place."""
        due = [row for readable_at, row in self._late if readable_at <= now]
        self._late = [(at, row) for at, row in self._late if at > now]
        for row in due:
            insort(self._rows, row, key=_position)

    def after(self, position: Position, *, until: str, limit: int) -> tuple[list[Activity], bool]:
        """At most `limit` rows behind the position, in order, and whether more follow them.

        Rows later than the second `until` are as good as not there.
        """
        start = bisect_right(self._rows, position, key=_position)
        stop = bisect_left(self._rows, (until, AFTER_ALL_OF_A_SECOND), key=_position)
        return self._rows[start : min(stop, start + limit)], start + limit < stop

    def between(self, first: Position, last: Position) -> list[Activity]:
        """The rows between two positions, in order."""
        start = bisect_right(self._rows, first, key=_position)
        return self._rows[start : bisect_left(self._rows, last, key=_position)]

    def text(self, field_: Field, value: JsonValue) -> str | None:
        """A field's value as change rows write it, or None for no value."""
        if value is None:
            return None
        if isinstance(value, bool):
            return "True" if value else "False"
        if field_.data_type == "datetime":
            return change_text(value, self.time_zone)
        return str(value)


def _position(row: Activity) -> Position:
    return row.position
