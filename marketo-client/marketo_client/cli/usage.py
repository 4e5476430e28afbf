"""Who spends the calls of an instance, what goes wrong, and what was exported today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marketo_client.central import central_day
from marketo_client.cli.exports import exports_of
from marketo_client.errors import error_rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from marketo_client.client import Marketo
    from marketo_client.http.usage import DayOfCalls, DayOfErrors

    Row = dict[str, Any]


def usage(marketo: Marketo) -> dict[str, list[Row]]:
    """Calls and errors of today and of the last seven days, and today's export jobs."""
    found = {
        "calls_today": list(_calls(marketo.usage.today())),
        "calls_last_7_days": list(_calls(marketo.usage.last_7_days())),
        "errors_today": list(_errors(marketo.usage.errors_today())),
        "errors_last_7_days": list(_errors(marketo.usage.errors_of_last_7_days())),
    }
    return {**found, "exports_today": list(_exports(marketo))}


def _calls(days: Iterable[DayOfCalls]) -> Iterable[Row]:
    for day in days:
        for user, calls in sorted(day.by_user.items(), key=lambda item: -item[1]):
            yield {"date": day.date, "user": user, "calls": calls}


def _errors(days: Iterable[DayOfErrors]) -> Iterable[Row]:
    for day in days:
        for code, calls in sorted(day.by_code.items(), key=lambda item: -item[1]):
            yield {
                "date": day.date,
                "code": code,
                "calls": calls,
                "meaning": error_rule(code).meaning,
            }


def _exports(marketo: Marketo) -> Iterable[Row]:
    now = marketo.now
    for each in exports_of(marketo, central_day(now)) if now else ():
        yield {
            "object": each.what,
            "id": each.job.id,
            "finished_at": each.job.finished_at,
            "rows": each.job.records,
            "bytes": each.job.size,
        }
