"""What is to be done with a row, from the row and the ledger alone: pure, no call, no query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from marketo_sync import MissingInMarketo, Result, Status

from target_marketo.actions import STEPS, Address
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

    lead_id: int


@dataclass(frozen=True, slots=True)
class Refuse:
    """The row goes to the rejects; held rows wait for something, refused ones for a repair."""

    code: str
    reason: str
    result: Result = Result.REFUSED


@dataclass(frozen=True, slots=True)
class Update:
    """These fields go to that lead."""

    lead_id: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class SendByKey:
    """The whole record goes out by its key, without a look-up."""

    cells: Cells


@dataclass(frozen=True, slots=True)
class Identify:
    """The row's lead has to be looked up; then the whole record goes out."""

    cells: Cells


LEAD_GONE: Final = Refuse(
    "1004",
    "the lead is gone from Marketo; `missing_in_marketo: recreate` makes it anew",
    Result.HELD,
)
Verdict = PassOver | Confirm | Refuse | Update | SendByKey | Identify


def judge(plan: Plan, row: Row, record: LedgerRecord | None, *, now: datetime) -> Verdict:
    """The verdict on a row; `record` is what the ledger holds under its key."""
    if reason := _left_alone(plan, row):
        return PassOver(Result.HELD, reason)
    if record is not None and (verdict := _from_ledger(plan, row, record, now=now)):
        return verdict
    cells, misfits = plan.cells(row.source)
    if misfits:
        return Refuse(misfits[0].code, "; ".join(map(str, misfits)))
    if record is not None and _is_linked(record):
        return _update(plan, cells, record)
    return _first_send(plan, row, cells)


def _left_alone(plan: Plan, row: Row) -> str:
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
    gone = record.status is not None and record.status is not Status.LINKED
    if not row.forced and _refused_lately(row, record, now=now):
        return PassOver(Result.HELD if gone else Result.REFUSED, REFUSED_BEFORE)
    if gone:
        recreate = plan.entry.missing_in_marketo is MissingInMarketo.RECREATE
        return None if recreate else LEAD_GONE
    settled = _is_linked(record) and record.digest == row.digest and record.reject_last_at is None
    return PassOver(Result.UNCHANGED) if settled and not row.forced else None


def _is_linked(record: LedgerRecord) -> bool:
    return record.status is Status.LINKED and record.marketo_id is not None


def _refused_lately(row: Row, record: LedgerRecord, *, now: datetime) -> bool:
    return (
        record.reject_digest == row.digest
        and record.reject_last_at is not None
        and now - record.reject_last_at < REFUSED_FOR
    )


def _update(plan: Plan, cells: Cells, record: LedgerRecord) -> Verdict:
    lead_id = int(record.marketo_id or 0)
    fields = changed(cells, record.base, nulls=plan.entry.nulls)
    if not fields:
        return Confirm(lead_id)
    address = STEPS[plan.entry.action].linked
    if address is Address.BY_ID:
        return Update(lead_id, fields)
    if address is Address.BY_KEY:
        return SendByKey(whole(cells, nulls=plan.entry.nulls))
    return PassOver(Result.HELD, f"`action`: {plan.entry.action.value} leaves linked leads alone")


def _first_send(plan: Plan, row: Row, cells: Cells) -> Verdict:
    fields = whole(cells, nulls=plan.entry.nulls)
    if plan.keyed_by_id:
        fields.pop(plan.key.field.name, None)
        return Update(int(plan.key_value(row.source)), fields)
    return Identify(fields) if STEPS[plan.entry.action].look_up else SendByKey(fields)
