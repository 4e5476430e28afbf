"""What became of the rows: in = sent + unchanged + refused + held, by stream, with reasons."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from marketo_sync import Result

from target_marketo.errors import TooManyRejectsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TOP_REASONS: Final = 5  # of a stream, in the summary's text
FEWEST_REJECTS_THAT_STOP: Final = 100
SENT: Final = (Result.CREATED, Result.UPDATED, Result.DELETED)


@dataclass(slots=True)
class StreamTally:
    """The rows of one stream; `again` of them came from the ledger and not from the input."""

    results: Counter[Result] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    again: int = 0

    def as_json(self) -> dict[str, Any]:
        """The counts as they stand in `cycles`."""
        return {
            "in": self.results.total(),
            "sent": sum(self.results[result] for result in SENT),
            **{result.value: self.results[result] for result in Result},
            "again": self.again,
            "reasons": dict(self.reasons.most_common()),
        }

    def __str__(self) -> str:
        sent = sum(self.results[result] for result in SENT)
        line = (
            f"{self.results.total()} in = {sent} sent"
            f" ({self.results[Result.CREATED]} created, {self.results[Result.UPDATED]} updated"
            f"{self._deleted()})"
            f" + {self.results[Result.UNCHANGED]} unchanged"
            f" + {self.results[Result.REFUSED]} refused + {self.results[Result.HELD]} held"
        )
        taken_again = f"; {self.again} of them taken again from the ledger" if self.again else ""
        return line + self._why() + taken_again

    def _why(self) -> str:
        top = self.reasons.most_common(TOP_REASONS)
        others = self.reasons.total() - sum(count for _, count in top)
        texts = [f"{count} x {why}" for why, count in (*top, ("others", others)) if count]
        return f" ({'; '.join(texts)})" if texts else ""

    def _deleted(self) -> str:
        deleted = self.results[Result.DELETED]
        return f", {deleted} deleted" if deleted else ""


@dataclass(slots=True)
class Tally:
    """The rows of a run; `judged` and `refused` leave out what was refused in an earlier run.

    `companies` are those that were written for the sake of their leads alone.
    """

    max_rejects_percent: float
    streams: dict[str, StreamTally] = field(default_factory=lambda: defaultdict(StreamTally))
    left_out: list[str] = field(default_factory=list)
    companies: Counter[Result] = field(default_factory=Counter)
    files: int = 0
    rows_in_files: int = 0
    judged: int = 0
    refused: int = 0

    def count(
        self, stream: str, result: Result, *, rows: int, times: int = 1, reason: str = ""
    ) -> None:
        """So many `times` a result that stands for `rows` of the input, or none: the ledger's."""
        tally = self.streams[stream]
        tally.again += 0 if rows else times
        tally.results[result] += times * (rows or 1)
        if reason:
            tally.reasons[reason] += times * (rows or 1)

    def note(self, stream: str, reason: str) -> None:
        """Something about a row that is counted already."""
        self.streams[stream].reasons[reason] += 1

    def count_file(self, rows: int) -> None:
        """One more file of a bulk import."""
        self.files += 1
        self.rows_in_files += rows

    def judge(self, results: Iterable[Result]) -> None:
        """More rows that were sent or refused in this run, or held."""
        counts = Counter(results)
        self.refused += counts[Result.REFUSED]
        self.judged += sum(counts[result] for result in (*SENT, Result.REFUSED))

    def check_rejects(self) -> None:
        """Raise TooManyRejectsError when more than `max_rejects_percent` are refused."""
        limit = self.judged * self.max_rejects_percent / 100
        if self.refused > max(FEWEST_REJECTS_THAT_STOP, limit):
            raise TooManyRejectsError(
                f"{self.refused} of {self.judged} rows were refused, more than"
                f" `max_rejects_percent` allows; see `marketo-sync rejects list`, then mend the"
                " rows or the mapping, or raise the setting"
            )

    def as_json(self) -> dict[str, Any]:
        """The counts as they stand in `cycles`."""
        streams = {name: tally.as_json() for name, tally in self.streams.items()}
        companies = {result.value: count for result, count in self.companies.items()}
        return {
            "streams": streams,
            "companies": companies,
            "files": self.files,
            "rows_in_files": self.rows_in_files,
            "left_out": self.left_out,
        }

    def lines(self) -> Iterator[str]:
        """The summary, a line per stream."""
        for name, tally in self.streams.items():
            yield f"{name}: {tally}"
        if self.files:
            yield f"by bulk import: {self.rows_in_files} rows in {self.files} files"
        if self.companies:
            written = ", ".join(f"{n} {result.value}" for result, n in self.companies.items())
            yield f"companies of leads: {written}"
        for line in self.left_out:
            yield f"left out: {line}"
