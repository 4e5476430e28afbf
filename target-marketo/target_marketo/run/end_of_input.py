"""Behind the last row: what the ledger holds is taken as if the tap had sent it.

Rejects whose row, mapping or Describe has moved, or whose parent has come; once a day all that
Marketo itself refused; and rows that marketo-sync left pending. Rows that wait for a parent still
go on with it if Marketo holds it, and are held if it does not. Deletes come last.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from marketo_sync import KEYLESS

from target_marketo.flow.judgement import PARENT_MISSING, REFUSED_FOR
from target_marketo.run.deletes import delete
from target_marketo.sending.batches import MOST_RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marketo_sync import OpenReject

    from target_marketo.flow.flow import RowFlow
    from target_marketo.planning.plan import Plan
    from target_marketo.rows.row import Row
    from target_marketo.run.run import Run

OURS: Final = "local."  # codes of values that Marketo never saw


def finish(run: Run) -> None:
    """Hand the ledger's rows, and those that wait, to the flows: parents before children."""
    run.desk.conclude()
    for entry in run.entries_in_order():
        if flow := run.flow_of_entry(entry):
            known_anew: list[str] = []
            _take_again(flow, known_anew)
            run.desk.drain()
            _take_last(run, flow)
            run.desk.conclude()
            if not run.desk.calls.hurried:  # else some may not have gone on
                run.desk.ledger.withdraw(entry.name, known_anew)
    delete(run)


def _take_again(flow: RowFlow, known_anew: list[str]) -> None:
    """At most 300 rows are in memory; a row settled meanwhile has left the ledger's lists.

    What came in this run and waits is newer than what the ledger holds of it. `known_anew` are
    the keys of rejects without key whose rows, by a new mapping, go on under a key.
    """
    for rows in (_pending(flow), _rejected(flow, known_anew)):
        while some := list(islice(rows, MOST_RECORDS)):
            newer = flow.waiting.inside(flow.plan, some)
            flow.take([row for row in some if row.record_key not in newer])
        flow.desk.drain()


def _pending(flow: RowFlow) -> Iterator[Row]:
    plan = flow.plan
    for pending in flow.desk.ledger.pending(plan.entry.name):
        yield plan.row(pending.row, forced=True)


def _rejected(flow: RowFlow, known_anew: list[str]) -> Iterator[Row]:
    plan = flow.plan
    rejects = flow.desk.ledger.open_rejects(plan.entry.name)
    while some := [(each, _row(plan, each)) for each in islice(rejects, MOST_RECORDS)]:
        lonely = [row for reject, row in some if reject.code == PARENT_MISSING]
        orphans = flow.waiting.orphans(plan, lonely)
        due = [(reject, row) for reject, row in some if _is_due(reject, row, orphans)]
        known_anew += (reject.record_key for reject, row in due if _is_known_anew(reject, row))
        yield from (row for _, row in due)


def _row(plan: Plan, reject: OpenReject) -> Row:
    """The row of a reject; what stands in for a key that it lacks stays as it is."""
    row = plan.row(reject.payload)
    lacks_key = reject.record_key.startswith(KEYLESS) and row.record_key.startswith(KEYLESS)
    return replace(row, record_key=reject.record_key) if lacks_key else row


def _is_known_anew(reject: OpenReject, row: Row) -> bool:
    return reject.record_key.startswith(KEYLESS) and row.record_key != reject.record_key


def _is_due(reject: OpenReject, row: Row, orphans: set[str]) -> bool:
    if reject.digest != row.digest:
        return True
    old = datetime.now(UTC) - reject.last_at >= REFUSED_FOR
    if reject.code == PARENT_MISSING:
        return old or row.record_key not in orphans
    return old and not reject.code.startswith(OURS)


def _take_last(run: Run, flow: RowFlow) -> None:
    """The parents of rows that wait still are looked up in Marketo, those of 300 rows at a time.

    A row may come back: when its company has taken what it says of it.
    """
    while rows := flow.waiting.orphaned(flow.plan, MOST_RECORDS):
        names = flow.waiting.to_look_up(flow.plan, rows)
        flow.take_last(rows, run.strangers.of(flow.plan.links, names))
        run.desk.drain()
