"""Which activities come by bulk extract, and from when on each type is read.

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


def from_earlier(wants: Sequence[Want], since: datetime | None) -> list[Want]:
    """The same wants, none beginning later than `since`."""
    if since is None:
        return list(wants)
    return [replace(want, start=min(want.start, since)) for want in wants]
