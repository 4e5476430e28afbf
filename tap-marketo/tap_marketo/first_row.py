"""When the activities of some types begin, as the first pages of their feed tell it.

Knows nothing of streams. Marketo docs: Activities.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from marketo_client import LONGEST_WINDOW, UNTOLD

from tap_marketo.plans.packs import tens
from tap_marketo.records.rows import happened_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from marketo_client import Activities

log = logging.getLogger("tap-marketo")

MOST_PAGES: Final = 3


def first_row(
    activities: Activities, types: Iterable[int], *, since: datetime, now: datetime
) -> datetime | None:
    """When the first row of these types after `since` happened; `now` if there is none.

    None where that is not known. It is not sought further once it is within a window of `since`.
    """
    first = now
    try:
        token = activities.paging_token(since).value
        for ten in tens(sorted(types)):
            found = _first_of(activities, ten, token=token, now=now)
            if found is None:
                return None
            first = min(first, found)
            if first <= since + LONGEST_WINDOW:
                break
    except UNTOLD as error:
        log.info("when the first activities came is not known (%s)", error)
        return None
    return first


def _first_of(
    activities: Activities, types: Sequence[int], *, token: str, now: datetime
) -> datetime | None:
    """The same for up to ten types.

    Marketo may show some pages without rows first: then it takes too many calls to know.
    """
    for _ in range(MOST_PAGES):
        page = activities.page(token, type_ids=types)
        if page.rows:
            return min(happened_at(row) for row in page.rows)
        if not page.more or page.next_token is None:
            return now
        token = page.next_token
    return None
