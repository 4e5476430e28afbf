"""Behind the last row: what the ledger holds is taken as if the tap had sent it.

Rejects whose row, mapping or Describe has moved, or whose parent has come; once a day all that
Marketo itself refused; and rows that marketo-sync left pending. Rows that wait for a parent still
go on with it if Marketo holds it, and are held if it does not. Deletes come last.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from target_marketo.flow.judgement import PARENT_MISSING, REFUSED_FOR
from target_marketo.run.deletes import delete
from target_marketo.sending.batches import MOST_RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marketo_sync import OpenReject

    from target_marketo.flow.flow import RowFlow
    from target_marketo.rows.row import Row
    from target_marketo.run.run import Run

OURS: Final = "local."  # codes of values that Marketo never saw


def finish(run: Run) -> None:
    """Hand the ledger's rows, and those that wait, to the flows: parents before children."""
    run.desk.conclude()
    for entry in run.entries_in_order():
        if flow := run.flow_of_entry(entry):
            _take_again(flow)
            run.desk.drain()
            _take_last(run, flow)
            run.desk.conclude()
    delete(run)


def _take_again(flow: RowFlow) -> None:
    """At most 300 rows are in memory; a row settled meanwhile has left the ledger's lists.

    What came in this run and waits is newer than what the ledger holds of it.
    """
    for rows in (_pending(flow), _rejected(flow)):
        while some := list(islice(rows, MOST_RECORDS)):
            newer = flow.waiting.inside(flow.plan, some)
            flow.take([row for row in some if row.record_key not in newer])
        flow.desk.drain()


def _pending(flow: RowFlow) -> Iterator[Row]:
    plan = flow.plan
    for pending in flow.desk.ledger.pending(plan.entry.name):
        yield plan.row(pending.row, forced=True)


def _rejected(flow: RowFlow) -> Iterator[Row]:
    plan = flow.plan
    rejects = flow.desk.ledger.open_rejects(plan.entry.name)
    while some := [(each, plan.row(each.payload)) for each in islice(rejects, MOST_RECORDS)]:
        lonely = [row for reject, row in some if reject.code == PARENT_MISSING]
        orphans = flow.waiting.orphans(plan, lonely)
        yield from (row for reject, row in some if _is_due(reject, row, orphans))


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
