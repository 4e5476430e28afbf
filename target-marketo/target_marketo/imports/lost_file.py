"""A file whose answer was lost: its rows are in doubt until Marketo shows them, or a day is over.

It may wait in Marketo's queue, which nobody can list. Sent again, it could make a second record of
a new key, or bring back an older value. Marketo docs: Bulk Import.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from marketo_client import GivenUpError, format_instant
from marketo_sync import ImportStage

from target_marketo.imports.file_rows import Ending, FileRows
from target_marketo.imports.look_back import LookBack
from target_marketo.sending.batches import MOST_RECORDS
from target_marketo.sending.delivery import LOOK_AGAIN_SECONDS, NAP_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from target_marketo.imports.file_rows import RowsOwner
    from target_marketo.imports.lots import Lot
    from target_marketo.imports.means import Means
    from target_marketo.rows.row import Send

IN_DOUBT_FOR: Final = timedelta(days=1)  # a queue of ten files should be done long before
LONGEST_PAUSE_SECONDS: Final = 30  # between two looks

log = logging.getLogger("target-marketo")


@dataclass(frozen=True, slots=True)
class LostFile:
    """The file; `file` is its number in the spool, `number` the one in the ledger."""

    means: Means
    lot: Lot
    file: int
    number: int
    sent_at: datetime
    owner: RowsOwner

    def look(self, *, patience: float) -> None:
        """Look for its last rows, for so many seconds; Marketo imports from the first to the last.

        Then those that are there are settled, and the owner hears which are in doubt.
        """
        back = LookBack(self.means.recipient.family, self.means.plan, self.lot)
        last = self.means.spool.last(self.file, MOST_RECORDS)
        over = time.monotonic() + patience
        self.means.desk.calls.submit(lambda: self._have_come(back, last, over), self._looked)

    def _have_come(self, back: LookBack, last: Sequence[Send], over: float) -> bool:
        """Whether some are there, looked for until all are, or until it is `over`.

        Raises GivenUpError when the run is asked to stop.
        """
        pause: float = LOOK_AGAIN_SECONDS
        while True:
            there = [one for one in back.at(last) if one and one.agrees]
            if len(there) == len(last) or time.monotonic() >= over:
                return bool(there)
            self._rest(min(time.monotonic() + pause, over))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _rest(self, until: float) -> None:
        while time.monotonic() < until:
            if self.means.desk.calls.hurried:
                raise GivenUpError("a file without an answer was not looked for to the end")
            time.sleep(NAP_SECONDS)

    def _looked(self, have_come: bool) -> None:  # noqa: FBT001 - the result of a call
        ending = Ending("an import without an answer", self.sent_at)
        if self.means.now - self.sent_at >= IN_DOUBT_FOR:
            self.means.desk.ledger.imports.over(self.number, ImportStage.FORGOTTEN)
            self._judge_rows(ending)
        elif have_come:
            self._judge_rows(replace(ending, is_over=False))
        else:
            self._leave()

    def _judge_rows(self, ending: Ending) -> None:
        FileRows(self.means, self.lot, self.file, ending, self.owner).settle()

    def _leave(self) -> None:
        log.warning(
            "%s: no row of the file sent at %s is in Marketo yet; the next run looks again,"
            " and after a day they go by calls",
            self.means.entry,
            format_instant(self.sent_at),
        )
        while sends := self.means.spool.take(self.file, MOST_RECORDS):
            self.means.desk.states.unpark(place for send in sends for place in send.row.places)
            self.owner.doubt(sends)
        self.owner.ended()
