"""What becomes of the rows of a file: each is read back, and settled if it is as it was sent.

So the base is what came back. Any other row goes by a call after all, which says why, or stays in
doubt where nobody knows whether the file is over.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from marketo_client import RowResult, SyncReply
from marketo_sync import Result

from target_marketo.imports.by_calls import ByCalls
from target_marketo.imports.look_back import LookBack, Seen
from target_marketo.planning.actions import Address
from target_marketo.rows.row import IMPORT_WARNING, Note
from target_marketo.sending.batches import MOST_RECORDS
from target_marketo.sending.delivery import LOOK_AGAIN_SECONDS, NAP_SECONDS, Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_marketo.imports.lots import Lot
    from target_marketo.imports.means import Means
    from target_marketo.rows.row import Send

LOOKS_AT_ONCE: Final = 4
Reasons = dict[tuple[str, ...], str]  # by the first cells of a row
CLOCK_SLACK: Final = timedelta(minutes=1)  # between Marketo's time as we know it and its records'

log = logging.getLogger("target-marketo")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a file ended: `counted` says that Marketo accounts for each of its rows.

    `over_at` is Marketo's time, None where it does not know the file any more. A file that is not
    known to be over may bring its rows yet.
    """

    name: str
    sent_at: datetime
    over_at: datetime | None = None
    is_over: bool = True
    counted: bool = False
    failures: Reasons = field(default_factory=dict)
    warnings: Reasons = field(default_factory=dict)


class RowsOwner(Protocol):
    """Who hears what became of a file's rows, beside their recipient."""

    def doubt(self, sends: Sequence[Send]) -> None:
        """The file may bring these rows yet."""

    def ended(self) -> None:
        """Each row is settled, goes by a call, or is in doubt."""


@dataclass(slots=True)
class FileRows:
    """The rows of one file, a few hundred in memory at a time."""

    means: Means
    lot: Lot
    file: int
    ending: Ending
    owner: RowsOwner
    _again: ByCalls = field(init=False)
    _looks: int = field(default=0, init=False)
    _patient_until: float = field(init=False)

    def __post_init__(self) -> None:
        self._again = ByCalls(self.means.delivery)
        self._patient_until = time.monotonic() + self.means.desk.lost_after_seconds

    def settle(self) -> None:
        """Read all of them back; the owner hears when no row is on its way any more."""
        while self._looks < LOOKS_AT_ONCE and (sends := self._take()):
            self._looks += 1
            self._look(sends)
        if not self._looks:
            self._end()

    def _look(self, sends: Sequence[Send]) -> None:
        back = LookBack(self.means.recipient.family, self.means.plan, self.lot)
        self.means.desk.calls.submit(
            lambda: self._patiently(back, sends), lambda seen: self._seen(sends, seen)
        )

    def _patiently(self, back: LookBack, sends: Sequence[Send]) -> Sequence[Seen | None]:
        """What is there, looked for again and again while Marketo says that all should be."""
        wait: float = LOOK_AGAIN_SECONDS
        while True:
            seen = back.at(sends)
            again = time.monotonic() + wait
            if None not in seen or not self.ending.counted or again > self._patient_until:
                return seen
            while time.monotonic() < again and not self.means.desk.calls.hurried:
                time.sleep(NAP_SECONDS)
            wait *= 2

    def _take(self) -> list[Send]:
        """The next rows whose fate is not known; those that failed go by a call."""
        while sends := self.means.spool.take(self.file, MOST_RECORDS):
            self.means.desk.states.unpark(place for send in sends for place in send.row.places)
            failed = [send for send in sends if self.lot.key(send) in self.ending.failures]
            for send in failed:
                self._again.add(self.lot, send)
            if len(failed) < len(sends):
                return [send for send in sends if self.lot.key(send) not in self.ending.failures]
        return []

    def _seen(self, sends: Sequence[Send], seen: Sequence[Seen | None]) -> None:
        self._looks -= 1
        both = list(zip(sends, seen, strict=True))
        self._accept([(send, one) for send, one in both if one and one.agrees])
        others = [(send, one) for send, one in both if not (one and one.agrees)]
        if self.ending.is_over:
            self._send_again(others)
        elif others:
            self.owner.doubt([send for send, _ in others])
        self.settle()

    def _send_again(self, others: Sequence[tuple[Send, Seen | None]]) -> None:
        for send, one in others:
            made = one is not None and self._result(one) is Result.CREATED
            self._again.add(self.lot, replace(send, made=made))

    def _result(self, seen: Seen) -> Result:
        """Created by the file, as far as can be known, or updated."""
        if self.lot.address is Address.BY_ID or seen.created_at is None:
            return Result.UPDATED
        is_new = seen.created_at >= self.ending.sent_at - CLOCK_SLACK
        return Result.CREATED if is_new else Result.UPDATED

    def _accept(self, accepted: Sequence[tuple[Send, Seen]]) -> None:
        if not accepted:
            return
        results = tuple(
            RowResult(seq, self._result(one).value, one.marketo_id)
            for seq, (_, one) in enumerate(accepted)
        )
        at = self.ending.over_at or self.means.now
        sends = [self._noted(send) for send, _ in accepted]
        batch = Batch(sends, self.lot.action, self.lot.address)
        self.means.recipient.answered(batch, SyncReply(results, self.ending.name, at))

    def _noted(self, send: Send) -> Send:
        """The record, whose row tells of Marketo's warning if there was one."""
        reason = self.ending.warnings.get(self.lot.key(send))
        if reason is None or send.row.aside.note is not None:
            return send
        aside = replace(send.row.aside, note=Note(IMPORT_WARNING, reason))
        return replace(send, row=replace(send.row, aside=aside))

    def _end(self) -> None:
        self._again.flush()
        if self._again.count:
            log.info("%s: %d rows go by calls after all", self.ending.name, self._again.count)
        self.owner.ended()
