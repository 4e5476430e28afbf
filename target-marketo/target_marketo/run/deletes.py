"""Deletes of a run: counted from all sources at the end of input, and done only then.

What is missing in a version goes at once if the version is whole; else it is marked, and goes when
the next version lacks it too. Nothing is done where too much would go. Children go before parents.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

import orjson
from marketo_client import format_instant
from marketo_sync import KEYLESS

from target_marketo.errors import TooManyDeletesError
from target_marketo.flow.judgement import DELETED_AT, deletes
from target_marketo.sending.batches import MOST_RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marketo_sync import LinkedKey

    from target_marketo.flow.flow import RowFlow
    from target_marketo.rows.row import Row
    from target_marketo.run.run import Run
    from target_marketo.run.versions import Version

KEYS_AT_ONCE: Final = 1000


def delete(run: Run) -> None:
    """Do all deletes of the run. Raises TooManyDeletesError, and nothing is deleted then."""
    entries = [entry for entry in run.entries_in_order() if deletes(entry)]
    flows = [flow for entry in entries if (flow := run.flow_of_entry(entry))]
    for flow in flows:
        _take_missing(run, flow)
    for flow in flows:
        _check(run, flow, run.desk.spool.count_deleted(flow.plan.entry.name), "to be deleted")
    for flow in reversed(flows):
        while rows := flow.waiting.deleted(flow.plan, MOST_RECORDS):
            flow.remove(rows)
        run.desk.conclude()


def _take_missing(run: Run, flow: RowFlow) -> None:
    """What the version of an entry lacks: to be deleted, or marked."""
    name = flow.plan.entry.name
    version = run.versions.announced().get(name)
    if version is None:
        return
    _check(run, flow, sum(map(len, _missing(run, name))), "missing", is_empty=version.rows == 0)
    for missing in _missing(run, name):
        gone = [key.record_key for key in missing if _is_gone(key, version)]
        fresh = [key.record_key for key in missing if key.record_key not in gone]
        flow.waiting.admit_deleted(flow.plan, [_row(flow, key) for key in gone])
        run.desk.ledger.mark_missing(name, fresh, str(version.number))
    _unmark(run, name)
    if version.is_whole:
        _forget_rejects(run, flow)


def _is_gone(key: LinkedKey, version: Version) -> bool:
    """Whether a row that is missing is known to be deleted."""
    return version.is_whole or key.missing_version not in {None, str(version.number)}


def _missing(run: Run, name: str) -> Iterator[list[LinkedKey]]:
    """Linked records whose row the entry's version lacks, some at a time."""
    keys = run.desk.ledger.linked_keys(name)
    while some := list(islice(keys, KEYS_AT_ONCE)):
        unseen = run.versions.unseen(name, (key.record_key for key in some))
        yield [key for key in some if key.record_key in unseen]


def _unmark(run: Run, name: str) -> None:
    """Rows that were missing once and have come again."""
    keys = (key for key in run.desk.ledger.linked_keys(name) if key.missing_version is not None)
    while some := [key.record_key for key in islice(keys, KEYS_AT_ONCE)]:
        unseen = run.versions.unseen(name, some)
        run.desk.ledger.mark_missing(name, [key for key in some if key not in unseen], None)


def _forget_rejects(run: Run, flow: RowFlow) -> None:
    """Rows that were refused, never sent, and are in the table no more."""
    rejects = run.desk.ledger.open_rejects(flow.plan.entry.name)
    while some := list(islice(rejects, MOST_RECORDS)):
        unseen = run.versions.unseen(flow.plan.entry.name, (each.record_key for each in some))
        flow.take([_row(flow, key) for key in sorted(unseen)])


def _row(flow: RowFlow, key: str) -> Row:
    """What a log-based tap would have told of a row that is gone: its key, and when."""
    told = flow.plan.row({**_key_columns(flow, key), DELETED_AT: format_instant(datetime.now(UTC))})
    return replace(told, record_key=key)


def _key_columns(flow: RowFlow, key: str) -> dict[str, object]:
    if key.startswith(KEYLESS):
        return {}
    columns = [part.column for part in flow.plan.entry.key]
    values = [key] if len(columns) == 1 else orjson.loads(key)
    return dict(zip(columns, values, strict=True))


def _check(run: Run, flow: RowFlow, count: int, what: str, *, is_empty: bool = False) -> None:
    entry = flow.plan.entry.name
    known = run.desk.ledger.count_linked(entry)
    if is_empty and known:
        raise TooManyDeletesError(f"entry `{entry}`: a version of its table came without any row")
    if count > known * run.config["max_delete_percent"] / 100:
        raise TooManyDeletesError(
            f"entry `{entry}`: {count} of {known} records are {what}, more than"
            " `max_delete_percent` allows"
        )
