"""The verdicts on a batch of rows: two or three queries, then judged one by one. Makes no call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from marketo_sync import Result

from target_marketo.flow.judgement import PassOver, at_first_sight, is_deleted, judge, left_alone
from target_marketo.rows.row import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from marketo_sync import LedgerRecord

    from target_marketo.desk.desk import Desk
    from target_marketo.flow.judgement import Refuse, Verdict, Wait
    from target_marketo.planning.links import Parents
    from target_marketo.planning.plan import Plan


class Company(Protocol):
    """What is done for a row's company before the row is judged."""

    def prepare(
        self, plan: Plan, row: Row, record: LedgerRecord | None, parents: Parents
    ) -> Row | Wait | Refuse:
        """The row, ready to be judged, or what it has to wait for."""


class Bench:
    """Judges the rows of one entry; `company` is there where its records are linked to one."""

    def __init__(self, desk: Desk, company: Company | None) -> None:
        self._desk = desk
        self._company = company

    def verdicts(
        self, plan: Plan, rows: Sequence[Row], found: Parents
    ) -> Iterator[tuple[Row, Verdict]]:
        """Each row and its verdict; `found` are parents beside those that the ledger knows.

        Most rows of most runs need nothing: one query tells which.
        """
        needless = self._needless(plan, rows)
        unsettled = []
        for row in rows:
            if row.record_key in needless:
                yield row, PassOver(Result.UNCHANGED)
            else:
                unsettled.append(row)
        yield from self._closer(plan, unsettled, found)

    def _needless(self, plan: Plan, rows: Iterable[Row]) -> frozenset[str]:
        """The keys of rows that are in Marketo as they are here."""
        digests = {
            row.record_key: row.digest
            for row in rows
            if not (row.forced or row.anew or is_deleted(plan, row) or left_alone(plan, row))
        }
        return self._desk.ledger.settled(plan.entry.name, digests)

    def _closer(
        self, plan: Plan, rows: Sequence[Row], found: Parents
    ) -> Iterator[tuple[Row, Verdict]]:
        records = self._desk.ledger.find(plan.entry.name, [row.record_key for row in rows])
        now = datetime.now(UTC)
        to_judge = []
        for row in rows:
            if seen := at_first_sight(plan, row, records.get(row.record_key), now=now):
                yield row, seen
            else:
                to_judge.append(row)
        parents = {**self._desk.parents.of(plan.links, to_judge), **found}
        for row in to_judge:
            yield self._by_values(plan, row, records.get(row.record_key), parents)

    def _by_values(
        self, plan: Plan, row: Row, record: LedgerRecord | None, parents: Parents
    ) -> tuple[Row, Verdict]:
        if self._company is not None:
            prepared = self._company.prepare(plan, row, record, parents)
            if not isinstance(prepared, Row):
                return row, prepared
            row = prepared
        return row, judge(plan, row, record, parents, two_way=self._desk.two_way)
