"""How long activity rows are kept. Marketo docs: Activities, retention policy."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from marketo_simulator.activities.store import Activity

_THREE_MONTHS: Final = timedelta(days=90)
_OTHERS: Final = timedelta(days=761)  # 25 months
KEPT_FOR: Final = {
    37: timedelta(days=14),
    12: None,
    **dict.fromkeys((1, 3, 6, 7, 13, 19, 22, 24, 28, 36, 47, 300), _THREE_MONTHS),
}


def still_kept(now: datetime) -> Callable[[Activity], bool]:
    """Whether a row has not been forgotten by then."""
    oldest = {type_id: stamp(now - kept) if kept else "" for type_id, kept in KEPT_FOR.items()}
    oldest_of_others = stamp(now - _OTHERS)
    return lambda row: row.at >= oldest.get(row.type_id, oldest_of_others)
