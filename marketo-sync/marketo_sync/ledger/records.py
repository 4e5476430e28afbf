"""What goes into the ledger and what comes out of it, as frozen records. Knows no SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

import orjson

JsonObject = dict[str, Any]
Scalar = str | int | float | bool | None


class Status(StrEnum):
    """What became of a record that the ledger knows."""

    LINKED = "linked"
    DELETED = "deleted"
    MERGED = "merged"
    GONE_IN_MARKETO = "gone_in_marketo"


class Result(StrEnum):
    """What became of a row that was handled."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    REFUSED = "refused"
    HELD = "held"


class CycleStatus(StrEnum):
    """How a run ended; `killed` is found out by the next run."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    KILLED = "killed"


class ImportStage(StrEnum):
    """Where a file of a bulk import stands; it is looked at again while its rows are unsettled."""

    WRITING = "writing"
    """It was not sent."""
    SENDING = "sending"
    """Whether Marketo has it is not known."""
    SENT = "sent"
    COMPLETE = "complete"
    FAILED = "failed"
    FORGOTTEN = "forgotten"
    """Marketo does not know it any more."""


REJECTING = frozenset({Result.REFUSED, Result.HELD})
WRITING = frozenset({Result.CREATED, Result.UPDATED})
KEYLESS = "?"  # before what stands in for the key of a row without one
REFUSED_BY_DATABASE = "local.refused_by_database"  # a value of Marketo's, by a constraint, trigger
DECIDED = "decided: "  # before the policy that let the database win, until the push is settled
RECONCILE = "reconcile"  # the command that makes a ledger two-way


@dataclass
class FieldBase:
    """What each side showed when both last agreed on a field.

    A plain dataclass, since a first load makes one for every field of every record: orjson writes
    it as the object that the column `base` holds.
    """

    database: Scalar
    marketo: Scalar
    pushed_at: datetime | None = None
    cycle: int | None = None
    rule: str | None = None

    @classmethod
    def of_json(cls, stored: JsonObject) -> FieldBase:
        """From the form in the column `base`."""
        pushed_at = stored["pushed_at"]
        return cls(
            stored["database"],
            stored["marketo"],
            pushed_at and _moment(pushed_at),
            stored["cycle"],
            stored["rule"],
        )


_moment = lru_cache(datetime.fromisoformat)  # mostly, all fields were pushed by one call
Base = Mapping[str, FieldBase]  # by Marketo field


@dataclass(frozen=True)
class LedgerRecord:
    """What the ledger knows of a key: its record, its open reject, its pending row.

    `status` is None where there is no record. `digest` and `reject_digest` are the ones of the
    last outcome; `reject_digest` is None also where `rejects retry` asked for another attempt.
    `held` are the fields that wait for a conflict to be resolved.
    """

    record_key: str
    marketo_id: str | None = None
    status: Status | None = None
    pushed_at: datetime | None = None
    digest: str | None = None
    reject_code: str | None = None
    reject_digest: str | None = None
    reject_last_at: datetime | None = None
    held: frozenset[str] = frozenset()
    is_pending: bool = False
    base_json: str = field(default="{}", repr=False)

    @property
    def waits(self) -> bool:
        """Whether an earlier form of the row would be sent at the end of input."""
        return self.is_pending or self.reject_code is not None

    @cached_property
    def base(self) -> Base:
        """The base of each field; read when it is first asked for, since most runs never do."""
        return {name: FieldBase.of_json(v) for name, v in orjson.loads(self.base_json).items()}


@dataclass(slots=True)
class Outcome:
    """What became of one row, to be settled; not frozen, since every row makes one.

    `base` is laid over the stored base; None leaves that as it is. `status` is what the record is
    from now on; None means linked (deleted after a delete; as before when refused or held).
    `payload` is the row as received, kept only while it is refused or held. A row that was sent
    may have a `code` too: then its reject is a note, open until the row's next outcome without.
    """

    object: str
    record_key: str
    result: Result
    stream: str
    digest: str | None = None
    marketo_id: str | None = None
    base: Base | None = None
    status: Status | None = None
    code: str | None = None
    reason: str | None = None
    request_id: str | None = None
    payload: JsonObject | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class LinkedKey:
    """A record that is linked, and the version of its table that lacked its row, if one did."""

    record_key: str
    missing_version: str | None


@dataclass(frozen=True, slots=True)
class OpenReject:
    """A row that waits for its data, its mapping or the next day."""

    record_key: str
    stream: str
    code: str
    digest: str | None
    last_at: datetime
    payload: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenImport:
    """A file of a bulk import that has unsettled rows; `sent_at` is Marketo's time."""

    number: int
    batch_id: str | None
    stage: ImportStage
    rows: int
    unsettled: int
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class PendingRow:
    """Work that no source row announces."""

    record_key: str
    row: JsonObject = field(repr=False)
    why: str
