"""What is to be done with a row, from the row and the ledger alone: pure, no call, no query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from marketo_sync import Cell, MissingInMarketo, OnDelete, Result, Status

from target_marketo.planning.actions import Address
from target_marketo.planning.links import END_OF_INPUT
from target_marketo.rows.difference import changed, whole
from target_marketo.rows.row import NOTES

if TYPE_CHECKING:
    from marketo_sync import Entry, LedgerRecord

    from target_marketo.planning.links import ParentName, Parents
    from target_marketo.planning.plan import Plan
    from target_marketo.rows.difference import Cells
    from target_marketo.rows.row import Row

REFUSED_FOR: Final = timedelta(hours=24)  # an unchanged row that was refused waits that long
PARENT_MISSING: Final = "local.parent_missing"
REFUSED_BEFORE: Final = "refused before, and nothing about it has changed"
DELETED_AT: Final = "_sdc_deleted_at"
NEVER_SENT: Final = "deleted in the database before it was sent, or long ago"


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
    request_id: str | None = None


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
    """The row's record has to be looked up; then the whole record goes out.

    `values` are those of all its columns, by which it is looked up.
    """

    cells: Cells
    values: Cells


GONE_STATUSES: Final = frozenset({Status.MERGED, Status.GONE_IN_MARKETO})
ALIVE: Final = Cell(database=False, marketo=False)  # in the field that flags deleted rows
TOLD_GONE: Final = {  # by marketo-sync, which has seen the merge or the deletion
    Status.MERGED: PassOver(Result.HELD, "its lead was merged into another one"),
    Status.GONE_IN_MARKETO: PassOver(
        Result.HELD, "its lead was deleted in Marketo, which `deleted_in_marketo` has settled"
    ),
}


@dataclass(frozen=True, slots=True)
class Wait:
    """The row can go on when that parent has come; `is_coming`: it is on its way to Marketo."""

    parent: ParentName
    is_coming: bool = False


@dataclass(frozen=True, slots=True)
class Forget:
    """The row was refused and never sent, and is in the database no more."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The row is left alone, and so is an earlier form of it that waits in the ledger."""

    reason: str


Verdict = PassOver | Forget | Withdraw | Confirm | Refuse | Update | SendByKey | Identify | Wait


def gone(plan: Plan) -> Refuse:
    """The row's record is not in Marketo any more."""
    reason = (
        f"the {plan.shape.noun} is gone from Marketo; `missing_in_marketo: recreate` makes it anew"
    )
    return Refuse(plan.shape.gone_code, reason, Result.HELD, Status.GONE_IN_MARKETO)


def at_first_sight(
    plan: Plan, row: Row, record: LedgerRecord | None, *, now: datetime
) -> PassOver | Refuse | Wait | Forget | Withdraw | None:
    """The verdict on a row whose values need no look; None for one that has to be judged.

    `record` is what the ledger holds under the row's key.
    """
    if reason := left_alone(plan, row):
        return _of_left_alone(row, record, reason)
    if is_deleted(plan, row):
        return _of_deleted(plan, row, record, now=now)
    return None if record is None or row.anew else _from_ledger(plan, row, record, now=now)


def judge(
    plan: Plan, row: Row, record: LedgerRecord | None, parents: Parents, *, two_way: bool = False
) -> Verdict:
    """The verdict on a row by its values; `parents` are those that are known.

    `two_way`: the ledger is reconciled, so a field of both sides is sent over a base alone.
    """
    values = plan.values(row.source, parents)
    if values.misfits:
        return Refuse(values.misfits[0].code, "; ".join(map(str, values.misfits)))
    linked = linked_record(row, record)
    for name, parent in values.missing.items():
        if linked is None or not _is_as_sent(linked, name, parent):
            return Wait(parent)
    known = linked or _known_by_key(row, record)
    left_out = row.aside.leave_out
    if known is not None:
        left_out |= known.held | (plan.two_way_fields - known.base.keys() if two_way else set())
    cells = values.cells
    if left_out:
        cells = {name: cell for name, cell in cells.items() if name not in left_out}
    if linked is not None and is_flagged(plan, linked):
        cells[plan.entry.deleted_in_database.flag or ""] = ALIVE
    if linked is not None:
        return _update(plan, cells, linked)
    if known is not None:
        return _send_by_key(plan, cells, known)
    return _first_send(plan, cells, values.cells)


def linked_record(row: Row, record: LedgerRecord | None) -> LedgerRecord | None:
    """What the ledger holds of the row's record in Marketo, if it has one there."""
    return record if record is not None and _is_linked(record) and not row.anew else None


def _known_by_key(row: Row, record: LedgerRecord | None) -> LedgerRecord | None:
    """A record that the reconciler has linked by its key alone: a company that leads show."""
    known = record is not None and record.status is Status.LINKED and record.marketo_id is None
    return record if known and not row.anew else None


def left_alone(plan: Plan, row: Row) -> str:
    """Why a row is neither sent nor deleted, if it is not."""
    entry = plan.entry
    is_gone = is_deleted(plan, row)
    is_told = entry.where in row.source or not is_gone  # a log-based tap tells of a delete by key
    if entry.where is not None and is_told and not _is_true(row.source.get(entry.where)):
        return f"`where`: {entry.where} is not true"
    if is_gone and not deletes(entry):
        return "deleted in the database, and `deleted_in_database` is `ignore`"
    return ""


def deletes(entry: Entry) -> bool:
    """Whether a delete in the database does anything to the entry's records."""
    return entry.deleted_in_database.action is not OnDelete.IGNORE


def is_deleted(plan: Plan, row: Row) -> bool:
    """Whether the source says that the row is deleted."""
    column = plan.entry.deleted_at
    return bool(row.source.get(DELETED_AT) or (column and row.source.get(column)))


def _of_left_alone(
    row: Row, record: LedgerRecord | None, reason: str
) -> PassOver | Refuse | Withdraw:
    """Nothing of the row may go out, nor what waits of it in the ledger.

    Where its record is gone, the reject says so and stays, about the row as it is now.
    """
    if record is None or not record.waits:
        return PassOver(Result.HELD, reason)
    if record.status not in GONE_STATUSES or record.reject_code is None:
        return Withdraw(reason)
    if record.reject_digest == row.digest:
        return PassOver(Result.HELD, reason)
    return Refuse(record.reject_code, reason, Result.HELD)


def _of_deleted(
    plan: Plan, row: Row, record: LedgerRecord | None, *, now: datetime
) -> PassOver | Wait | Forget:
    """What is to be done at the end of input, if anything."""
    if record is None:
        return PassOver(Result.UNCHANGED, NEVER_SENT)
    if record.status is Status.LINKED and not is_flagged(plan, record):
        if refused_lately(row, record, now=now):
            return PassOver(Result.REFUSED, REFUSED_BEFORE)
        return Wait(END_OF_INPUT, is_coming=True)
    return Forget() if record.waits else PassOver(Result.UNCHANGED)


def is_flagged(plan: Plan, record: LedgerRecord) -> bool:
    """Whether Marketo shows the record as deleted, by the field that the mapping names."""
    flag = plan.entry.deleted_in_database.flag
    base = record.base.get(flag) if flag else None
    return base is not None and base.marketo is True


def _is_true(value: object) -> bool:
    return str(value).lower() in {"true", "t", "1"}


def _from_ledger(
    plan: Plan, row: Row, record: LedgerRecord, *, now: datetime
) -> PassOver | Refuse | None:
    """What the ledger says without looking into the row; None where the row must be looked at."""
    is_gone = record.status in GONE_STATUSES
    if record.status in TOLD_GONE and record.reject_last_at is None:
        return TOLD_GONE[record.status]
    if record.reject_code == PARENT_MISSING and not is_gone:
        return None  # its parent may have come
    if record.reject_code in NOTES and record.digest == row.digest == record.reject_digest:
        return PassOver(Result.UNCHANGED)
    if refused_lately(row, record, now=now):
        return PassOver(Result.HELD if is_gone else Result.REFUSED, REFUSED_BEFORE)
    recreate = plan.entry.missing_in_marketo is MissingInMarketo.RECREATE
    return gone(plan) if is_gone and not recreate else None


def _is_as_sent(record: LedgerRecord, name: str, parent: ParentName) -> bool:
    """Whether the link holds what it held when it was sent: then nobody need know the parent."""
    base = record.base.get(name)
    return base is not None and base.database == parent.key


def _is_linked(record: LedgerRecord) -> bool:
    return record.status is Status.LINKED and record.marketo_id is not None


def refused_lately(row: Row, record: LedgerRecord, *, now: datetime) -> bool:
    """Whether this very row was refused within the last day."""
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


def _send_by_key(plan: Plan, cells: Cells, record: LedgerRecord) -> Verdict:
    """What differs from the base, by the key; the answer tells Marketo's id."""
    fields = changed(cells, record.base, nulls=plan.entry.nulls)
    keys = {name: cells[name] for name in plan.key_names if name in cells}
    return SendByKey({**keys, **fields}) if fields.keys() - keys else PassOver(Result.UNCHANGED)


def _first_send(plan: Plan, cells: Cells, values: Cells) -> Verdict:
    fields = whole(cells, nulls=plan.entry.nulls)
    if plan.keyed_by_id:
        fields.pop(plan.shape.id_field, None)
        (key,) = plan.key_of(values)
        return Update(str(key), fields)
    return Identify(fields, values) if plan.steps.look_up else SendByKey(fields)
