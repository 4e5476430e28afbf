"""What all flows of a run share: Marketo, the ledger, the calls on their way, the counts.

Every row ends here: in the ledger first, then in the counts, then STATE may pass it.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from marketo_client import MarketoError
from marketo_sync import Result

from target_marketo.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from marketo_client import Marketo

    from target_marketo.desk.calls import Calls
    from target_marketo.desk.rejects_file import RejectsFile, RejectsTable
    from target_marketo.desk.states import StateKeeper
    from target_marketo.desk.tally import Tally
    from target_marketo.ledgers import AnyLedger
    from target_marketo.rows.row import Row
    from target_marketo.rows.settled import Settled
    from target_marketo.waiting.parents import KnownParents
    from target_marketo.waiting.spool import Spool

log = logging.getLogger("target-marketo")

WAITING: Final = frozenset({Result.REFUSED, Result.HELD})


class Flow(Protocol):
    """Rows of one entry on their way."""

    def flush(self) -> bool:
        """Send what waits for a full call; says whether anything did."""

    def take_ready(self) -> bool:
        """Let rows go on whose parents have come; says whether there were any."""


class Files(Protocol):
    """Records of one entry that may go in files."""

    @property
    def is_waiting(self) -> bool:
        """Whether some wait for others."""

    def conclude(self) -> None:
        """Send all that wait, and wait until they are settled."""

    def relieve(self) -> None:
        """Keep the input waiting while too much waits here."""


@dataclass(slots=True)
class Desk:
    """The collaborators of one run.

    `two_way`: the ledger is reconciled, so a record that is found is linked and not overwritten.
    """

    marketo: Marketo
    ledger: AnyLedger
    calls: Calls
    states: StateKeeper
    tally: Tally
    rejects: RejectsFile | RejectsTable
    spool: Spool
    parents: KnownParents
    lost_after_seconds: float
    two_way: bool = False
    flows: list[Flow] = field(default_factory=list)
    files: list[Files] = field(default_factory=list)
    _releasing: bool = False

    def drain(self) -> None:
        """Wait until every row taken so far is settled, or waits for a parent or for a file."""
        self.calls.drain()
        while self._flush() or self.release():
            self.calls.drain()

    def conclude(self) -> None:
        """Wait until every row taken so far is settled, or waits for a parent: no more come."""
        self.drain()
        while waiting := next((files for files in self.files if files.is_waiting), None):
            waiting.conclude()

    def relieve(self) -> None:
        """Keep the input waiting while too much waits for files."""
        for files in self.files:
            files.relieve()

    def release(self) -> bool:
        """Let rows go on whose parents have come; says whether there were any."""
        if self._releasing or not self.spool:
            return False
        self._releasing = True  # rows that go on may drain in their turn
        try:
            taken = [flow.take_ready() for flow in self.flows]
        finally:
            self._releasing = False
        return any(taken)

    def _flush(self) -> bool:
        sent = [flow.flush() for flow in self.flows]
        return any(sent)

    def hurry(self) -> None:
        """Wait no longer than it takes to finish what runs. Safe in a signal handler."""
        self.calls.hurry()
        self.marketo.give_up_waiting()

    def finish_in_hand(self) -> None:
        """After a signal: what was taken goes out; what fails, the next run makes again."""
        try:
            self.drain()
        except (MarketoError, TargetError) as error:
            log.warning("while stopping: %s", error)

    def wind_down(self) -> None:
        """Settle the calls that are on their way and start no other, whatever they bring.

        A call that fails here is one that the next run makes again: STATE has not passed it.
        """
        self.calls.stop()
        while True:
            try:
                self.calls.drain()
            except (MarketoError, TargetError) as error:
                log.debug("while stopping: %s", error)
            else:
                return

    def settle(self, stream: str, settled: Sequence[Settled]) -> None:
        """Write outcomes down, in one transaction. Raises TooManyRejectsError behind it."""
        if not settled:
            return
        self.ledger.settle([one.outcome for one in settled])
        if self.spool:
            self._announce(settled)
        self.rejects.write(settled)
        self.tally.judge(one.outcome.result for one in settled)
        self._count(
            stream,
            (
                (one.row, one.outcome.result, one.outcome.code or one.outcome.reason or "")
                for one in settled
            ),
        )
        self.tally.check_rejects()

    def note(self, stream: str, settled: Settled) -> None:
        """Tell the ledger something about a row that was counted before."""
        self.ledger.settle([settled.outcome])
        self.rejects.write([settled])
        self.tally.note(stream, settled.outcome.code or "")

    def _announce(self, settled: Sequence[Settled]) -> None:
        """Parents have come: who waits for them may go on."""
        keys = defaultdict(list)
        for one in settled:
            if one.outcome.result not in WAITING:
                keys[one.outcome.object].append(one.outcome.record_key)
        for name, some in keys.items():
            self.spool.come(name, some)

    def pass_over(self, stream: str, passed: Sequence[tuple[Row, Result, str]]) -> None:
        """Count rows that need nothing; they cost no write in the ledger."""
        self._count(stream, passed)

    def hold_back(self, stream: str, rows: Iterable[Row], reason: str) -> None:
        """Count rows of the input that have to come again: STATE stays behind them."""
        for row in rows:
            if row.places:
                self.tally.count(stream, Result.HELD, rows=len(row.places), reason=reason)

    def _count(self, stream: str, ended: Iterable[tuple[Row, Result, str]]) -> None:
        counts: Counter[tuple[Result, str, int]] = Counter()
        places: list[int] = []
        for row, result, reason in ended:
            counts[result, reason, len(row.places)] += 1
            places += row.places
        for (result, reason, size), times in counts.items():
            self.tally.count(stream, result, rows=size, times=times, reason=reason)
        self.states.settle(places)
