"""How far back Marketo keeps its activities: where first reads begin, and what may be forgotten.

Marketo docs: Activities; knowledge base: activity retention policy.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from marketo_client import DELETE_LEAD

NEW_LEAD: Final = 12
CHANGE_DATA_VALUE: Final = 13
MERGE_LEADS: Final = 32

A_DAY: Final = timedelta(days=1)
MOST_TYPES: Final = timedelta(days=762)  # 25 months, rounded up
SHORT_LIVED: Final = timedelta(days=90)
DELETIONS: Final = timedelta(days=14)
CHANGES_REMEMBERED: Final = SHORT_LIVED - A_DAY
DELETES_REMEMBERED: Final = DELETIONS - A_DAY
MOST_REMEMBERED: Final = timedelta(days=757)  # a day less than the shortest 25 months
REMEMBERED: Final = {
    MOST_TYPES: MOST_REMEMBERED,
    SHORT_LIVED: CHANGES_REMEMBERED,
    DELETIONS: DELETES_REMEMBERED,
}

SHORT_LIVED_TYPES: Final = frozenset({1, 3, 6, 7, 13, 19, 22, 24, 28, 36, 47, 300})


def kept_for(type_id: int) -> timedelta | None:
    """How long an activity of the type is kept; None: for ever."""
    if type_id == NEW_LEAD:
        return None
    if type_id == DELETE_LEAD:
        return DELETIONS
    return SHORT_LIVED if type_id in SHORT_LIVED_TYPES else MOST_TYPES


def remembered_for(type_id: int) -> timedelta | None:
    """How old an activity of the type certainly may become; None: it is kept for ever."""
    kept = kept_for(type_id)
    return None if kept is None else REMEMBERED[kept]
