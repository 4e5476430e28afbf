"""Which activities come by bulk extract, in which order, and from when on each type is read.

Pure; knows nothing of Marketo's answers.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from tap_marketo.plans.retention import SHORT_LIVED, SHORT_LIVED_TYPES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from tap_marketo.plans.packs import Want


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

FAR_BACK: Final = 2 * SHORT_LIVED


def by_bulk(
    wants: Sequence[Want], *, method: ActivitiesMethod, now: datetime, lookback: timedelta
) -> list[Want]:
    """The wants whose span, without the overlap, is long enough for a bulk extract."""
    beyond = BULK_BEYOND[method]
    if beyond is None:
        return []
    return [want for want in wants if want.start + lookback < now - beyond]


def in_turn(
    wants: Sequence[Want], *, begun: Collection[int], now: datetime
) -> Iterator[Sequence[Want]]:
    """The wants that one bulk read serves, and those of the next one.

    First the types that a stopped run has `begun`. Types that Marketo forgets soon come before the
    others where those reach so far back that they may take days of the export quota.
    """
    left = [want for want in wants if want.type_id not in begun]
    others = [want for want in left if want.type_id not in SHORT_LIVED_TYPES]
    if any(want.start < now - FAR_BACK for want in others):
        soon = [want for want in left if want.type_id in SHORT_LIVED_TYPES]
    else:
        soon, others = left, []
    parts = [want for want in wants if want.type_id in begun], soon, others
    return (part for part in parts if part)


def from_earlier(wants: Sequence[Want], since: datetime | None) -> list[Want]:
    """The same wants, none beginning later than `since`."""
    if since is None:
        return list(wants)
    return [replace(want, start=min(want.start, since)) for want in wants]
