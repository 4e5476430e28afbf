"""What a run has done, counted per object; and line by line where somebody wants to read it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from marketo_client.codecs import Json


class Count(StrEnum):
    """What is counted: records, but for the last four, which are fields."""

    LINKED = "linked"
    INSERTED = "inserted"
    PULLED = "pulled"
    PUSHED = "pushed"
    DELETED = "deleted"
    FLAGGED = "flagged"
    MERGED = "merged"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"
    AGREED = "agreed"
    CONFLICTS = "conflicts"
    HELD = "held"
    LOST = "lost_updates"


GUARDED: Final = (Count.INSERTED, Count.PULLED, Count.PUSHED, Count.DELETED)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was done, or would be; without `field` it is about the whole record."""

    object: str
    record_key: str
    marketo_id: str | None
    action: str
    field: str = ""
    rule: str = ""
    marketo: Json = None
    database: Json = None


@dataclass(slots=True)
class Tally:
    """Counts of a run; `lines` are kept only where `keeps_lines`."""

    keeps_lines: bool = False
    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    lines: list[Line] = field(default_factory=list)

    def count(self, object_name: str, what: Count, number: int = 1) -> None:
        """So many more of that."""
        if number:
            self.counts[object_name][what] += number

    def tell(self, line: Line) -> None:
        """Keep the line, if lines are kept."""
        if self.keeps_lines:
            self.lines.append(line)

    def has_new_records(self, object_name: str) -> bool:
        """Whether records were made or moved, so that an earlier list of pairs is not whole."""
        counts = self.counts[object_name]
        return any(counts[what] for what in (Count.LINKED, Count.INSERTED, Count.MERGED))

    def as_json(self, objects: Iterable[str]) -> dict[str, Any]:
        """As the ledger keeps it in `cycles.counts`; only what is not zero."""
        return {"objects": {name: self.of(name) for name in objects}}

    def of(self, object_name: str) -> dict[str, int]:
        """The counts of one object, in the order of `Count`."""
        counted = self.counts[object_name]
        return {str(what): counted[what] for what in Count if counted[what]}
