"""Instead of writing: what would be sent, beside what Marketo holds now. Only reads.

The table on standard error is the one place where values are printed; the file holds the same as
JSON lines, for its owner only.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TextIO

import orjson
from marketo_client import RowResult, SyncAction, SyncReply
from marketo_sync import Result

from target_marketo.desk.rejects_file import LINE
from target_marketo.planning.plan import folded_key
from target_marketo.sending.delivery import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from marketo_client import JsonObject

    from target_marketo.desk.desk import Desk
    from target_marketo.desk.owners_file import OwnersFile
    from target_marketo.planning.plan import Plan
    from target_marketo.rows.row import Send
    from target_marketo.sending.delivery import Recipient, Removal, Work

    Held = Mapping[str, Sequence[JsonObject]]  # Marketo's records by record key

WIDEST: Final = 40  # characters of a value in the table
DRY: Final = "dry run: would be sent"
SEVERAL: Final = "1007"  # Marketo docs: Error Codes
EXISTS: Final = "1017"  # of createOnly. Marketo docs: Error Codes


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one row: what Marketo holds and what would be sent."""

    send: Send
    result: Result
    field: str
    now: Any
    then: Any


@dataclass(frozen=True, slots=True)
class DryRun:
    """Takes batches in place of Marketo."""

    desk: Desk
    recipient: Recipient
    file: OwnersFile
    table: TextIO = sys.stderr

    @property
    def plan(self) -> Plan:
        """The plan of this moment."""
        return self.recipient.plan

    def send(self, work: Work) -> None:
        """Read what Marketo holds, then print; one read for up to 300 records."""
        if isinstance(work, Batch):
            self._compare(work)
        else:
            self._show_removal(work)

    def _compare(self, batch: Batch) -> None:
        self.desk.calls.submit(lambda: self._current(batch), lambda held: self._show(batch, held))

    def _current(self, batch: Batch) -> Held:
        """What Marketo holds, by record key; of several with one key all."""
        family, plan = self.recipient.family, self.plan
        id_field = plan.shape.id_field
        fields = list(dict.fromkeys([id_field, *(planned.field.name for planned in plan.fields)]))
        by_id = {send.marketo_id: send.row.record_key for send in batch.sends if send.marketo_id}
        found: dict[str, Sequence[JsonObject]] = {}
        if by_id:
            records = family.with_ids(list(by_id), fields)
            found = {by_id[str(record[id_field])]: [record] for record in records}
        keys = {
            send.row.record_key: plan.key_of(send.cells)
            for send in batch.sends
            if not send.marketo_id
        }
        by_key = family.with_keys(plan, list(keys.values()), fields)
        for record_key, key in keys.items():
            found[record_key] = by_key.get(folded_key(key), ())
        return found

    def _show(self, batch: Batch, held: Held) -> None:
        taken: list[tuple[Send, Sequence[JsonObject]]] = []
        refused: list[tuple[Send, str]] = []
        for send in batch.sends:
            records = held.get(send.row.record_key, ())
            if code := self._refusal(batch, records):
                refused.append((send, code))
            else:
                taken.append((send, records))
        differences = [one for send, records in taken for one in _differences(send, records)]
        self._print(differences)
        self._write(differences)
        self._let_children_go([send.row.record_key for send, _ in taken])
        self.recipient.pass_over([(send.row, _result(records), DRY) for send, records in taken])
        if refused:
            self._refuse(batch, refused)

    def _refusal(self, batch: Batch, records: Sequence[JsonObject]) -> str | None:
        """The code with which Marketo would skip the record, as far as others with its key tell."""
        if len(records) > 1:
            return SEVERAL
        if not records and batch.action is SyncAction.UPDATE_ONLY:
            return self.plan.shape.gone_code
        return EXISTS if records and batch.action is SyncAction.CREATE_ONLY else None

    def _refuse(self, batch: Batch, refused: Sequence[tuple[Send, str]]) -> None:
        """As Marketo's answer would: a row whose record is gone is held, or made anew."""
        sends = [send for send, _ in refused]
        results = (RowResult(seq, "skipped", None, code) for seq, (_, code) in enumerate(refused))
        reply = SyncReply(tuple(results), "", datetime.now(UTC))
        self.recipient.answered(replace(batch, sends=sends), reply)

    def _show_removal(self, removal: Removal) -> None:
        id_field = self.plan.shape.id_field
        differences = [
            Difference(send, Result.DELETED, id_field, self._id(send), None)
            for send in removal.sends
        ]
        self._print(differences)
        self._write(differences)
        rows = [(send.row, Result.DELETED, DRY) for send in removal.sends]
        self.recipient.pass_over(rows)

    def _let_children_go(self, keys: Sequence[str]) -> None:
        """Rows that are linked to these are shown too, as if these had been written."""
        name = self.plan.entry.name
        self.desk.parents.unwritten.update((name, key) for key in keys)
        self.desk.spool.come(name, keys)

    def _print(self, differences: Iterable[Difference]) -> None:
        for one in differences:
            row = self.plan.entry.name, one.send.row.record_key
            values = _short(one.now), _short(one.then)
            self.table.write(LINE.format(*row, one.result, one.field, *values) + "\n")

    def _write(self, differences: Iterable[Difference]) -> None:
        self.file.append(
            orjson.dumps(self._line(one), option=orjson.OPT_APPEND_NEWLINE) for one in differences
        )

    def _id(self, send: Send) -> int | str | None:
        """As Marketo shows it: a number, or a marketoGUID."""
        return send.marketo_id and self.recipient.family.record_id(send.marketo_id)

    def _line(self, one: Difference) -> JsonObject:
        return {
            "object": self.plan.entry.name,
            "record_key": one.send.row.record_key,
            "marketo_id": self._id(one.send),
            "result": one.result,
            "field": one.field,
            "marketo": one.now,
            "database": one.then,
        }


def _differences(send: Send, records: Sequence[JsonObject]) -> Iterator[Difference]:
    result = _result(records)
    now = records[0] if records else {}
    for name, cell in send.cells.items():
        if not records or now.get(name) != cell.marketo:
            yield Difference(send, result, name, now.get(name), cell.marketo)


def _result(records: Sequence[JsonObject]) -> Result:
    return Result.UPDATED if records else Result.CREATED


def _short(value: object) -> str:
    text = "-" if value is None else str(value)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
