"""Behind the last row: what the ledger holds is taken as if the tap had sent it.

Rejects whose row, mapping or Describe has moved; once a day all that Marketo itself refused; and
rows that marketo-sync left pending.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from target_marketo.batches import MOST_RECORDS
from target_marketo.judgement import REFUSED_FOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marketo_sync import OpenReject

    from target_marketo.flow import RowFlow
    from target_marketo.opening import Run
    from target_marketo.rows import Row

OURS: Final = "local."  # codes of values that Marketo never saw

log = logging.getLogger("target-marketo")


def take_again(run: Run) -> None:
    """Hand the ledger's rows of every entry to its flow, 300 at a time."""
    for entry in run.mapping.entries:
        if flow := run.flow_of_entry(entry):
            _take(flow)
            run.desk.drain()


def _take(flow: RowFlow) -> None:
    """At most 300 rows are in memory; a row settled meanwhile has left the ledger's lists."""
    waiting: list[Row] = []
    for row in _rows(flow):
        waiting.append(row)
        if len(waiting) == MOST_RECORDS:
            flow.take(waiting)
            waiting = []
    flow.take(waiting)


def _rows(flow: RowFlow) -> Iterator[Row]:
    plan = flow.plan
    ledger = flow.desk.ledger
    for pending in ledger.pending(plan.entry.name):
        yield plan.row(pending.row, forced=True)
    for reject in ledger.open_rejects(plan.entry.name):
        row = plan.row(reject.payload)
        if _is_due(reject, row):
            yield row


def _is_due(reject: OpenReject, row: Row) -> bool:
    if reject.digest != row.digest:
        return True
    old = datetime.now(UTC) - reject.last_at >= REFUSED_FOR
    return old and not reject.code.startswith(OURS)
