"""Records on their way to Marketo: they wait for full calls, and a key goes out once at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from marketo_client import SyncAction

from target_marketo.planning.actions import Address
from target_marketo.planning.plan import folded
from target_marketo.sending.batches import Queue
from target_marketo.sending.delivery import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from target_marketo.rows.row import Row, Send
    from target_marketo.sending.delivery import Carrier

IN_DOUBT: Final = "in a file of which Marketo has not said whether it has it"


class Files(Protocol):
    """Another way for records, in files."""

    def take(self, send: Send, create: SyncAction | None) -> bool:
        """Whether the record goes that way."""

    def recall(self, row: Row) -> Row:
        """The row, standing also for one with its key that waits there no more."""


@dataclass(slots=True)
class Outbox:
    """What one entry has to send; a carrier takes it in batches, or files take it."""

    carrier: Carrier | None = None
    files: Files | None = None
    _busy: set[str] = field(default_factory=set)
    _in_doubt: set[str] = field(default_factory=set)
    _updates: Queue = field(default_factory=Queue)
    _creates: Queue = field(default_factory=Queue)

    def hold(self, rows: Iterable[Row]) -> None:
        """These rows have set out: other rows with their keys have to wait."""
        self._busy.update(folded(row.record_key) for row in rows)

    def release(self, rows: Iterable[Row]) -> None:
        """These rows have arrived, wherever that is."""
        self._busy.difference_update(folded(row.record_key) for row in rows)

    def doubt(self, rows: Iterable[Row]) -> None:
        """A file may bring these rows yet: no row with their keys may start in this run."""
        keys = {folded(row.record_key) for row in rows}
        self._in_doubt |= keys
        self._busy -= keys

    def in_doubt(self, rows: Iterable[Row]) -> list[Row]:
        """Those rows that may not start in this run."""
        return [row for row in rows if folded(row.record_key) in self._in_doubt]

    def apart(self, rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
        """Rows that may start now, and rows whose key is on its way already."""
        now: list[Row] = []
        later: list[Row] = []
        fresh = [self._standing_in(row) for row in rows]
        names = self._busy | self._in_doubt
        for row in fresh:
            name = folded(row.record_key)
            (later if name in names else now).append(row)
            names.add(name)
        return now, later

    def add(self, send: Send, create: SyncAction | None) -> None:
        """Let a record wait, or send the call that it fills; `create` is for records by key."""
        self.hold([send.row])
        if self.files is not None and self.files.take(send, create):
            return
        if send.marketo_id is None:
            self._send_creates(self._creates.add(send), create)
        else:
            self._send_updates(self._updates.add(send))

    def flush(self, create: SyncAction | None) -> bool:
        """Send what waits for a full call; says whether anything did."""
        waited = bool(self._updates) or bool(self._creates)
        self._send_updates(self._updates.empty())
        self._send_creates(self._creates.empty(), create)
        return waited

    def _standing_in(self, row: Row) -> Row:
        """The row, also for one with its key that waits for a file."""
        is_busy = folded(row.record_key) in self._busy
        return self.files.recall(row) if is_busy and self.files is not None else row

    def _send_updates(self, sends: Sequence[Send]) -> None:
        if sends and self.carrier is not None:
            self.carrier.send(Batch(sends, SyncAction.UPDATE_ONLY, Address.BY_ID))

    def _send_creates(self, sends: Sequence[Send], create: SyncAction | None) -> None:
        if sends and self.carrier is not None and create is not None:
            self.carrier.send(Batch(sends, create, Address.BY_KEY))
