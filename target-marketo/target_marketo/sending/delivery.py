"""Sends batches of records and finds out what became of them, whatever happened to the answer.

A batch refused as a whole is halved until the bad record is alone. A lost answer of a call that
may create is looked into until the call cannot be running any more, and only what is missing is
sent again. Knows no kind of record. Marketo docs: Error Codes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from marketo_client import LostAnswerError, MarketoError

from target_marketo.planning.actions import Address
from target_marketo.planning.plan import folded_key
from target_marketo.sending.batches import halves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketo_client import SyncAction, SyncReply
    from marketo_sync import Result

    from target_marketo.desk.desk import Desk
    from target_marketo.objects import Family, Groups
    from target_marketo.planning.plan import Plan
    from target_marketo.rows.row import Row, Send

SPLITTING: Final = frozenset({"609", "611", "718", "413", "604"})  # they name no record
UNKNOWN_FIELD: Final = "1006"
GONE: Final = frozenset({"1004", "1013"})  # of a record that was written by its id
MOST_LOSSES: Final = 4  # answers in a row for one batch; then the run stops
LOOK_AGAIN_SECONDS: Final = 2
NAP_SECONDS: Final = 0.05  # a wait that a signal ends


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one call; `losses` is how often its answer was lost before."""

    sends: Sequence[Send]
    action: SyncAction
    address: Address
    losses: int = 0

    def call(self, family: Family, plan: Plan) -> SyncReply:
        """Write the records."""
        records = [send.record for send in self.sends]
        return family.sync(records, plan, action=self.action, address=self.address)


@dataclass(frozen=True, slots=True)
class Removal:
    """Records that one call deletes."""

    sends: Sequence[Send]

    def call(self, family: Family, plan: Plan) -> SyncReply:
        """Delete the records; the call may be repeated."""
        del plan
        return family.delete([send.marketo_id for send in self.sends if send.marketo_id])


Work = Batch | Removal


@dataclass(frozen=True, slots=True)
class Answered:
    """Marketo said what became of each record."""

    reply: SyncReply


@dataclass(frozen=True, slots=True)
class RefusedWhole:
    """Marketo refused the call and named no record."""

    error: MarketoError


@dataclass(frozen=True, slots=True)
class Lost:
    """It is not known what became of the call that began then (monotonic seconds)."""

    error: LostAnswerError
    began: float


End = Answered | RefusedWhole | Lost


class Recipient(Protocol):
    """Whose records they are, and who is told what became of them."""

    @property
    def family(self) -> Family:
        """Which calls write and read them."""

    @property
    def plan(self) -> Plan:
        """The plan of this moment."""

    def answered(self, work: Work, reply: SyncReply) -> None:
        """One result per record, in order."""

    def refused(self, send: Send, error: MarketoError) -> None:
        """Marketo refused the call that held this record alone."""

    def unknown_field(self, work: Work, error: MarketoError) -> None:
        """1006: a field of the records, or the lookup field, is gone."""

    def pass_over(self, passed: Sequence[tuple[Row, Result, str]]) -> None:
        """These rows were shown and not sent."""

    def created_unseen(self, send: Send, marketo_id: str) -> None:
        """The answer was lost, but the record is there."""


class Carrier(Protocol):
    """What takes a batch from a flow: Marketo, or the printer of a dry run."""

    def send(self, work: Work) -> None:
        """Take the records over; the recipient hears of each one later."""


@dataclass(slots=True)
class Delivery:
    """The way to Marketo for one entry; what follows a call goes to the recipient.

    `losses` are the answers that were lost since the last one that was not.
    """

    desk: Desk
    recipient: Recipient
    losses: int = field(default=0, init=False)

    def send(self, work: Work) -> None:
        """Start the call."""
        self.desk.calls.submit(lambda: self._call(work), lambda end: self._ended(work, end))

    def _call(self, work: Work) -> End:
        began = time.monotonic()
        try:
            reply = work.call(self.recipient.family, self.recipient.plan)
        except LostAnswerError as error:
            return Lost(error, began)
        except MarketoError as error:
            if error.code not in SPLITTING | {UNKNOWN_FIELD}:
                raise
            return RefusedWhole(error)
        return Answered(reply)

    def _ended(self, work: Work, end: End) -> None:
        self.losses = self.losses + 1 if isinstance(end, Lost) else 0
        match end:
            case Answered(reply):
                self.recipient.answered(work, reply)
            case RefusedWhole(error) if error.code == UNKNOWN_FIELD:
                self.recipient.unknown_field(work, error)
            case RefusedWhole(error):
                self._split(work, error)
            case Lost(error, began) if isinstance(work, Batch) and work.address is Address.BY_KEY:
                self._look_into(work, error, began)
            case Lost(error):
                raise error

    def _split(self, work: Work, error: MarketoError) -> None:
        if len(work.sends) == 1:
            self.recipient.refused(work.sends[0], error)
            return
        for half in halves(work.sends):
            self.send(replace(work, sends=half))

    def _look_into(self, batch: Batch, error: LostAnswerError, began: float) -> None:
        if batch.losses >= MOST_LOSSES and not self._is_narrowed_down(error):
            raise error
        self.desk.calls.submit(
            lambda: self._what_is_there(batch, began),
            lambda found: self._resume(batch, error, found),
        )

    def _is_narrowed_down(self, error: LostAnswerError) -> bool:
        """Whether one bad record of many keeps its calls from being answered, and others are."""
        return error.code in SPLITTING and self.losses <= MOST_LOSSES

    def _what_is_there(self, batch: Batch, began: float) -> Groups | None:
        """Records by key, looked up until all are there or the call cannot be running any more.

        None when the run was asked to stop before that: then nobody may send them again yet.
        """
        plan = self.recipient.plan
        keys = [plan.key_of(send.cells) for send in batch.sends]
        over = began + self.desk.lost_after_seconds
        while True:
            is_over = time.monotonic() >= over
            found = self.recipient.family.with_keys(plan, keys, fields=())
            if is_over or len(found) >= len(keys):
                return found
            again = min(time.monotonic() + LOOK_AGAIN_SECONDS, over)
            while time.monotonic() < again:
                if self.desk.calls.hurried:
                    return None
                time.sleep(NAP_SECONDS)

    def _resume(self, batch: Batch, error: LostAnswerError, found: Groups | None) -> None:
        if found is None:
            return
        missing = []
        plan = self.recipient.plan
        for send in batch.sends:
            records = found.get(folded_key(plan.key_of(send.cells)), [])
            if len(records) == 1:
                self.recipient.created_unseen(send, str(records[0][plan.shape.id_field]))
            else:
                missing.append(send)
        if not missing:
            return
        again = replace(batch, sends=missing, losses=batch.losses + 1)
        if error.code in SPLITTING and len(missing) > 1:
            self._split(again, error)
        elif error.code in SPLITTING and again.losses >= MOST_LOSSES:
            self.recipient.refused(missing[0], error)
        else:
            self.send(again)
