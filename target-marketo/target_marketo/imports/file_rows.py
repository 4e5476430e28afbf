"""What becomes of the rows of a file that is over: each is settled, or goes by a call after all.

What Marketo shows decides. Only rows that were updated by their id in a file without a failure are
judged by a sample: their ids are known, and Marketo has counted them all.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from marketo_client import RowResult, SyncReply
from marketo_sync import Result

from target_marketo.imports.by_calls import ByCalls
from target_marketo.imports.look_back import LookBack, Seen
from target_marketo.planning.actions import Address
from target_marketo.rows.row import IMPORT_WARNING, Note
from target_marketo.sending.batches import MOST_RECORDS
from target_marketo.sending.delivery import LOOK_AGAIN_SECONDS, NAP_SECONDS, Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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

    `over_at` is Marketo's time, None where it does not know the file any more.
    """

    name: str
    sent_at: datetime
    over_at: datetime | None = None
    counted: bool = False
    failures: Reasons = field(default_factory=dict)
    warnings: Reasons = field(default_factory=dict)


@dataclass(slots=True)
class FileRows:
    """The rows of one file, a few hundred in memory at a time."""

    means: Means
    lot: Lot
    file: int
    ending: Ending
    settled: Callable[[], None]
    _again: ByCalls = field(init=False)
    _looks: int = field(default=0, init=False)
    _patient_until: float = field(init=False)

    def __post_init__(self) -> None:
        self._again = ByCalls(self.means.delivery)
        self._patient_until = time.monotonic() + self.means.desk.lost_after_seconds

    def settle(self) -> None:
        """Start; `settled` is called when every row is, or is on its way by a call."""
        if self._can_be_sampled:
            sends = self.means.spool.sample(self.file, MOST_RECORDS)
            self._look(sends, self._sampled)
        else:
            self._read_back()

    @property
    def _can_be_sampled(self) -> bool:
        is_clean = self.ending.counted and not self.ending.failures
        return is_clean and self.lot.address is Address.BY_ID

    def _sampled(self, _sends: Sequence[Send], seen: Sequence[Seen | None]) -> None:
        if not all(one and one.agrees for one in seen):
            self._read_back()
            return
        while sends := self._take():
            self._accept([(send, send.marketo_id or "", Result.UPDATED) for send in sends])
        self._end()

    def _read_back(self) -> None:
        while self._looks < LOOKS_AT_ONCE and (sends := self._take()):
            self._looks += 1
            self._look(sends, self._seen)
        if not self._looks:
            self._end()

    def _look(
        self,
        sends: Sequence[Send],
        then: Callable[[Sequence[Send], Sequence[Seen | None]], None],
    ) -> None:
        back = LookBack(self.means.recipient.family, self.means.recipient.plan, self.lot)
        self.means.desk.calls.submit(
            lambda: self._patiently(back, sends), lambda seen: then(sends, seen)
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
        accepted = []
        for send, one in zip(sends, seen, strict=True):
            if one is not None and one.agrees:
                accepted.append((send, one.marketo_id, self._result(one)))
            else:
                made = one is not None and self._result(one) is Result.CREATED
                self._again.add(self.lot, replace(send, made=made))
        self._accept(accepted)
        self._read_back()

    def _result(self, seen: Seen) -> Result:
        """Created by the file, as far as can be known, or updated."""
        if self.lot.address is Address.BY_ID or seen.created_at is None:
            return Result.UPDATED
        is_new = seen.created_at >= self.ending.sent_at - CLOCK_SLACK
        return Result.CREATED if is_new else Result.UPDATED

    def _accept(self, accepted: Sequence[tuple[Send, str, Result]]) -> None:
        if not accepted:
            return
        results = tuple(
            RowResult(seq, result.value, marketo_id)
            for seq, (_, marketo_id, result) in enumerate(accepted)
        )
        at = self.ending.over_at or self.means.desk.marketo.now or datetime.now(UTC)
        sends = [self._noted(send) for send, _, _ in accepted]
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
        self.settled()
