"""Calls and errors by day, of all API users. Marketo docs: Usage."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from marketo_simulator.replies import Reply, success

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance

DAYS_OF_A_WEEK: Final = 7


def usage_today(instance: Instance, _call: Call) -> Reply:
    """Calls since midnight Central."""
    return success([_usage(instance, instance.limits.today())])


def usage_of_week(instance: Instance, _call: Call) -> Reply:
    """Calls of the last seven days, a row each."""
    return success([_usage(instance, day) for day in _week(instance)])


def errors_today(instance: Instance, _call: Call) -> Reply:
    """Failed calls since midnight Central."""
    return success([_errors(instance, instance.limits.today())])


def errors_of_week(instance: Instance, _call: Call) -> Reply:
    """Failed calls of the last seven days, a row each."""
    return success([_errors(instance, day) for day in _week(instance)])


def _week(instance: Instance) -> list[str]:
    today = date.fromisoformat(instance.limits.today())
    return [(today - timedelta(days=back)).isoformat() for back in range(DAYS_OF_A_WEEK)]


def _usage(instance: Instance, day: str) -> JsonObject:
    calls = instance.limits.calls.items()
    users = [{"userId": user, "count": count} for (date_, user), count in calls if date_ == day]
    return {"date": day, "total": instance.limits.calls_on(day), "users": users}


def _errors(instance: Instance, day: str) -> JsonObject:
    counts = {code: n for (date_, code), n in instance.limits.errors.items() if date_ == day}
    rows = [{"errorCode": code, "count": n} for code, n in sorted(counts.items())]
    return {"date": day, "total": sum(counts.values()), "errors": rows}
