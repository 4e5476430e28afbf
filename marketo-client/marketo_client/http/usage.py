"""How many calls the instance has spent, by whom, and what went wrong.

Marketo docs: Usage. These calls count themselves, and need no permission.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from marketo_client.http.calls import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from marketo_client.http.calls import JsonObject
    from marketo_client.http.replies import Reply


@dataclass(frozen=True, slots=True)
class DayOfCalls:
    """The calls of one day, US Central time, of all applications; users by their e-mail-like id."""

    date: date
    total: int
    by_user: Mapping[str, int]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class DayOfErrors:
    """The calls of one day, US Central time, that Marketo refused, by code."""

    date: date
    total: int
    by_code: Mapping[str, int]


class Usage:
    """The statistics calls of one instance; `send` brings the reply of a call."""

    def __init__(self, send: Callable[[Call], Reply]) -> None:
        self._send = send

    def calls_today(self) -> int:
        """Calls of all applications since midnight US Central time."""
        reply = self._ask("usage.json")
        with reply.reading():
            return sum(int(row["total"]) for row in reply.rows)

    def today(self) -> tuple[DayOfCalls, ...]:
        """The calls since midnight US Central time: one day, or none without any call."""
        return self._days("usage.json")

    def last_7_days(self) -> tuple[DayOfCalls, ...]:
        """The calls of the last seven days, in Marketo's order."""
        return self._days("usage/last7days.json")

    def errors_today(self) -> tuple[DayOfErrors, ...]:
        """The errors since midnight US Central time: one day, or none without any error."""
        return self._days_of_errors("errors.json")

    def errors_of_last_7_days(self) -> tuple[DayOfErrors, ...]:
        """The errors of the last seven days, in Marketo's order."""
        return self._days_of_errors("errors/last7days.json")

    def _days(self, path: str) -> tuple[DayOfCalls, ...]:
        reply = self._ask(path)
        with reply.reading():
            return tuple(
                DayOfCalls(
                    _day(row), int(row["total"]), _counts(row, "users", "userId"), reply.read_at
                )
                for row in reply.rows
            )

    def _days_of_errors(self, path: str) -> tuple[DayOfErrors, ...]:
        reply = self._ask(path)
        with reply.reading():
            return tuple(
                DayOfErrors(
                    _day(row),
                    int(row["total"]),
                    {
                        str(each["errorCode"]): int(each["count"])
                        for each in row.get("errors") or ()
                    },
                )
                for row in reply.rows
            )

    def _ask(self, path: str) -> Reply:
        return self._send(Call("GET", f"/rest/v1/stats/{path}"))


def _day(row: JsonObject) -> date:
    """The day, also where it is a moment, as Adobe's contract has it."""
    return date.fromisoformat(row["date"].partition("T")[0])


def _counts(row: JsonObject, member: str, name: str) -> dict[str, int]:
    return {str(each[name]): int(each["count"]) for each in row.get(member) or ()}
