"""Which activities come by bulk extract, and when the last hours are read again.

Pure; knows nothing of Marketo's answers.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tap_marketo.lead_plan import Recheck
    from tap_marketo.packs import Want


class ActivitiesMethod(StrEnum):
    """The setting `activities_method`."""

    AUTO = "auto"
    BULK = "bulk"
    REST = "rest"


BULK_BEYOND: Final[Mapping[ActivitiesMethod, timedelta | None]] = {
    ActivitiesMethod.AUTO: timedelta(hours=24),
    ActivitiesMethod.BULK: timedelta(0),
    ActivitiesMethod.REST: None,
}


def by_bulk(
    wants: Sequence[Want], *, method: ActivitiesMethod, now: datetime, lookback: timedelta
) -> list[Want]:
    """The wants whose span, without the overlap, is long enough for a bulk extract."""
    beyond = BULK_BEYOND[method]
    if beyond is None:
        return []
    return [want for want in wants if want.start + lookback < now - beyond]


def recheck_since(
    recheck: Recheck, *, rechecked_at: datetime | None, now: datetime, start: datetime | None
) -> datetime | None:
    """From when on everything is read again, not before `start`; None while it is not due."""
    if rechecked_at is None or not recheck.every or now - rechecked_at < recheck.every:
        return None
    since = recheck.since(rechecked_at, now=now)
    return since if start is None else max(since, start)


def from_earlier(wants: Sequence[Want], since: datetime | None) -> list[Want]:
    """The same wants, none beginning later than `since`."""
    if since is None:
        return list(wants)
    return [replace(want, start=min(want.start, since)) for want in wants]
