"""What is to be done with a row, from the row and the ledger alone: pure, no call, no query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from marketo_sync import MissingInMarketo, Result, Status

from target_marketo.actions import Address
from target_marketo.difference import changed, whole

if TYPE_CHECKING:
    from marketo_sync import LedgerRecord

    from target_marketo.difference import Cells
    from target_marketo.plan import Plan
    from target_marketo.rows import Row

REFUSED_FOR: Final = timedelta(hours=24)  # an unchanged row that was refused waits that long
REFUSED_BEFORE: Final = "refused before, and nothing about it has changed"
DELETED_AT: Final = "_sdc_deleted_at"


@dataclass(frozen=True, slots=True)
class PassOver:
    """Nothing to do and nothing to note in the ledger; the row is only counted."""

    result: Result
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Confirm:
    """The row differs from what was pushed only in ways that mean the same."""

    marketo_id: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """The row goes to the rejects; held rows wait for something, refused ones for a repair.

    `status` is what has become of its record, where that is now known.
    """

    code: str
    reason: str
    result: Result = Result.REFUSED
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """These fields go to that record."""

    marketo_id: str
    cells: Cells


@dataclass(frozen=True, slots=True)
class SendByKey:
    """The whole record goes out by its key, without a look-up."""

    cells: Cells


@dataclass(frozen=True, slots=True)
class Identify:
    """The row's record has to be looked up; then the whole record goes out."""

    cells: Cells


TOLD_GONE: Final = {  # by marketo-sync, which has seen the merge or the deletion
    Status.MERGED: PassOver(Result.HELD, "its lead was merged into another one"),
    Status.GONE_IN_MARKETO: PassOver(
        Result.HELD, "its lead was deleted in Marketo, which `deleted_in_marketo` has settled"
    ),
}
Verdict = PassOver | Confirm | Refuse | Update | SendByKey | Identify


def gone(plan: Plan) -> Refuse:
    """The row's record is not in Marketo any more."""
    reason = (
        f"the {plan.shape.noun} is gone from Marketo; `missing_in_marketo: recreate` makes it anew"
    )
    return Refuse(plan.shape.gone_code, reason, Result.HELD, Status.GONE_IN_MARKETO)


def judge(
    plan: Plan, row: Row, record: LedgerRecord | None, *, now: datetime, two_way: bool = False
) -> Verdict:
    """The verdict on a row; `record` is what the ledger holds under its key.

    `two_way`: the ledger is reconciled, so a field of both sides is sent over a base alone.
    """
    if reason := left_alone(plan, row):
        return PassOver(Result.HELD, reason)
    if record is not None and (verdict := _from_ledger(plan, row, record, now=now)):
        return verdict
    cells, misfits = plan.cells(row.source)
    if misfits:
        return Refuse(misfits[0].code, "; ".join(map(str, misfits)))
    if record is not None and _is_linked(record):
        held = record.held | (plan.two_way_fields - record.base.keys() if two_way else set())
        free = {name: cell for name, cell in cells.items() if name not in held}
        return _update(plan, free, record)
    return _first_send(plan, row, cells)


def left_alone(plan: Plan, row: Row) -> str:
    """Why a row is neither sent nor deleted, if it is not."""
    entry = plan.entry
    if entry.where is not None and not _is_true(row.source.get(entry.where)):
        return f"`where`: {entry.where} is not true"
    if row.source.get(DELETED_AT) or (entry.deleted_at and row.source.get(entry.deleted_at)):
        return "deleted in the database, and `deleted_in_database` is `ignore`"
    return ""


def _is_true(value: object) -> bool:
    return str(value).lower() in {"true", "t", "1"}


def _from_ledger(
    plan: Plan, row: Row, record: LedgerRecord, *, now: datetime
) -> PassOver | Refuse | None:
    """What the ledger says without looking into the row; None where the row must be looked at."""
    is_gone = record.status is not None and record.status is not Status.LINKED
    if record.status in TOLD_GONE and record.reject_last_at is None:
        return TOLD_GONE[record.status]
    if _refused_lately(row, record, now=now):
        return PassOver(Result.HELD if is_gone else Result.REFUSED, REFUSED_BEFORE)
    recreate = plan.entry.missing_in_marketo is MissingInMarketo.RECREATE
    return gone(plan) if is_gone and not recreate else None


def _is_linked(record: LedgerRecord) -> bool:
    return record.status is Status.LINKED and record.marketo_id is not None


def _refused_lately(row: Row, record: LedgerRecord, *, now: datetime) -> bool:
    return (
        record.reject_digest == row.digest
        and record.reject_last_at is not None
        and now - record.reject_last_at < REFUSED_FOR
    )


def _update(plan: Plan, cells: Cells, record: LedgerRecord) -> Verdict:
    marketo_id = record.marketo_id or ""
    fields = changed(cells, record.base, nulls=plan.entry.nulls)
    if not fields:
        return Confirm(marketo_id)
    if plan.steps.linked is Address.BY_ID:
        return Update(marketo_id, fields)
    if plan.steps.linked is Address.BY_KEY:
        return SendByKey(whole(cells, nulls=plan.entry.nulls))
    kept = f"`action`: {plan.entry.action.value} leaves linked {plan.shape.nouns} alone"
    return PassOver(Result.HELD, kept)


def _first_send(plan: Plan, row: Row, cells: Cells) -> Verdict:
    fields = whole(cells, nulls=plan.entry.nulls)
    if plan.keyed_by_id:
        fields.pop(plan.key.field.name, None)
        (key,) = plan.key_values(row.source)
        return Update(str(key), fields)
    return Identify(fields) if plan.steps.look_up else SendByKey(fields)
