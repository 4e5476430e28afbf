"""Fields that go to and fro: two systems that undo each other would do so for ever. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable
    from datetime import datetime

FLAPPING: Final = "flapping"  # the policy of the conflict
RETURNS: Final = 3
CYCLES: Final = 6


@dataclass(frozen=True, slots=True)
class Step:
    """A value that was written to either side, in Marketo's terms, and the one before it."""

    old: Hashable
    new: Hashable
    at: datetime


def flaps(steps: Iterable[Step], planned: Hashable, *, since: datetime | None = None) -> bool:
    """Whether the planned value is the third return to an earlier one; older steps do not count."""
    values: list[Hashable] = []
    for step in steps:
        if since is None or step.at > since:
            values.extend(value for value in (step.old, step.new) if values[-1:] != [value])
    if values[-1:] != [planned]:
        values.append(planned)
    returns = sum(value in values[:place] for place, value in enumerate(values))
    return returns >= RETURNS
