"""How far back Marketo keeps its activities: where a first read without `start_date` begins.

Marketo docs: Activities; knowledge base: activity retention policy.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

NEW_LEAD: Final = 12
CHANGE_DATA_VALUE: Final = 13
MERGE_LEADS: Final = 32
DELETE_LEAD: Final = 37

OLDEST_MARKETO: Final = datetime(2007, 1, 1, tzinfo=UTC)  # no instance is older
MOST_TYPES: Final = timedelta(days=762)  # 25 months, rounded up
SHORT_LIVED: Final = timedelta(days=90)
DELETIONS: Final = timedelta(days=14)

SHORT_LIVED_TYPES: Final = frozenset({1, 3, 6, 7, 13, 19, 22, 24, 28, 36, 47, 300})


def kept_for(type_id: int) -> timedelta | None:
    """How long an activity of the type is kept; None: for ever."""
    if type_id == NEW_LEAD:
        return None
    if type_id == DELETE_LEAD:
        return DELETIONS
    return SHORT_LIVED if type_id in SHORT_LIVED_TYPES else MOST_TYPES
