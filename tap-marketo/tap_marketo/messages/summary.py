"""What a run did, in one message at its end. Knows nothing of how it was done."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from marketo_client.bulk.export_budget import in_mb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from marketo_client import CallBudget, ExportBudget, Marketo

log = logging.getLogger("tap-marketo")

MOST_NAMED: Final = 10  # names in one line


class Summary:
    """What is noticed during a run, besides rows and calls."""

    def __init__(self) -> None:
        self.misfits: Counter[tuple[str, str]] = Counter()
        self.passed_over: Counter[str] = Counter()  # what could not be written, in words
        self._holes: list[str] = []
        self._types_of_holes: defaultdict[str, set[int]] = defaultdict(set)
        self._drift: defaultdict[str, list[str]] = defaultdict(list)

    def knows_hole(self, stream: str, type_id: int) -> bool:
        """Whether one in the stream's rows of that activity type was noted."""
        return type_id in self._types_of_holes[stream]

    def note_hole(self, stream: str, which: str, types: Iterable[int]) -> None:
        """Rows of these activity types that Marketo has forgotten before they were read."""
        self._holes.append(f"hole in {stream}: {which}")
        self._types_of_holes[stream].update(types)

    def note_drift(self, stream: str, *, gone: Iterable[str], new: Iterable[str]) -> None:
        """Properties that the catalog has and Marketo has not, and the other way round."""
        self._drift[stream] += [f"{name} is gone from Marketo" for name in sorted(gone)]
        self._drift[stream] += [f"{name} is not in the catalog" for name in sorted(new)]

    def note_renamed(self, stream: str, now: str) -> None:
        """The stream of a type that Marketo calls otherwise now."""
        self._drift[stream].append(f"its type was renamed, the catalog has it as {now}")

    def note_gone(self, stream: str) -> None:
        """A selected stream that is not there any more."""
        self._drift[stream].append("the stream is gone from Marketo, or from `activity_types`")

    def log(self, *, rows: Mapping[str, int], marketo: Marketo) -> None:
        """Write it all at level INFO; streams without rows are left out."""
        calls = marketo.calls
        lines = [
            f"{sum(rows.values())} rows in {calls.total} calls",
            *(f"rows of {stream}: {count}" for stream, count in rows.items() if count),
            *(f"calls of {endpoint}: {count}" for endpoint, count in calls.by_endpoint.items()),
            f"waits: {calls.waits} ({calls.waited_seconds:.0f} s), retries: {calls.retries}",
            f"export bytes: {calls.export_bytes} ({in_mb(calls.export_bytes)} MB)",
            *_use_of_the_day(marketo.call_budget, marketo.export_budget),
            *(
                f"values that did not fit {stream}.{column}, now null: {count}"
                for (stream, column), count in sorted(self.misfits.items())
            ),
            *(f"{what}: {count}" for what, count in sorted(self.passed_over.items())),
            *self._holes,
            *(f"drift in {name}: {_some(notes)}" for name, notes in self._drift.items() if notes),
        ]
        log.info("summary: %s", "\n  ".join(lines))


def _use_of_the_day(calls: CallBudget, exports: ExportBudget) -> Iterator[str]:
    """What is used of the budgets, as far as this run had to know it."""
    if calls.used is not None:
        yield f"calls today, of all applications: {calls.used} of {calls.most}"
    if exports.used_bytes is not None:
        yield f"export bytes today: {in_mb(exports.used_bytes)} of {exports.most_mb} MB"


def _some(notes: list[str]) -> str:
    more = len(notes) - MOST_NAMED
    return ", ".join(notes[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
