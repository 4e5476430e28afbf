"""Which activity types go into one call: those that start at the same moment, ten at most.

Pure; knows nothing of Marketo's answers.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from marketo_client import OLDEST_MARKETO, TYPES_PER_CALL

from tap_marketo.bookmarks import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from marketo_client import JsonObject
    from singer_sdk.helpers.types import Record


class Subscriber(Protocol):
    """Who wants activities; the hub of their feed hands them over."""

    name: str

    def take(self, row: JsonObject) -> Iterable[Record]:
        """The records that an activity becomes here."""

    def write(self, records: Iterable[Record], *, read_at: datetime) -> None:
        """Write records that Marketo gave at that moment."""

    def finish(self, types: Iterable[int], *, until: datetime) -> None:
        """All activities of these types up to that moment are handed over."""


@dataclass(frozen=True, slots=True)
class Want:
    """Somebody wants the activities of a type from a moment on."""

    stream: Subscriber
    type_id: int
    start: datetime


@dataclass(frozen=True, slots=True)
class Pack:
    """Types that are read by one cursor, from the earliest moment that anybody wants."""

    since: datetime
    wants: tuple[Want, ...]

    @property
    def types(self) -> tuple[int, ...]:
        """The types, in order."""
        return tuple(sorted({want.type_id for want in self.wants}))

    @property
    def by_type(self) -> dict[int, list[Want]]:
        """Who wants each type; from the pack's own start on that is all that the cursor brings.

        Rows that Marketo wrote late are older than the start of the cursor that brings them.
        """
        wants: defaultdict[int, list[Want]] = defaultdict(list)
        for want in self.wants:
            start = want.start if want.start > self.since else OLDEST_MARKETO
            wants[want.type_id].append(replace(want, start=start))
        return wants

    @property
    def scope(self) -> Scope:
        """What the pack's cursor reads, as state names it."""
        return Scope(tuple(sorted({want.stream.name for want in self.wants})), self.types)


def packs(wants: Sequence[Want]) -> Iterator[Pack]:
    """All wants, the packs that start earliest first."""
    by_type: defaultdict[int, list[Want]] = defaultdict(list)
    for want in wants:
        by_type[want.type_id].append(want)
    by_start: defaultdict[datetime, list[int]] = defaultdict(list)
    for type_id in sorted(by_type):
        by_start[min(want.start for want in by_type[type_id])].append(type_id)
    for since in sorted(by_start):
        for types in tens(by_start[since]):
            yield Pack(since, tuple(want for type_id in types for want in by_type[type_id]))


def tens(types: Sequence[int]) -> Iterable[Sequence[int]]:
    """The types in groups that one call takes."""
    return (types[at : at + TYPES_PER_CALL] for at in range(0, len(types), TYPES_PER_CALL))
