"""Instead of writing: what would be sent, beside what Marketo holds now. Only reads.

The table on standard error is the one place where values are printed; the file holds the same as
JSON lines, for its owner only.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TextIO

import orjson
from marketo_sync import Result

from target_marketo.desk.rejects_file import OWNER_ONLY
from target_marketo.planning.plan import folded_key
from target_marketo.sending.delivery import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from marketo_client import JsonObject

    from target_marketo.desk.desk import Desk
    from target_marketo.planning.plan import Plan
    from target_marketo.rows.row import Send
    from target_marketo.sending.delivery import Recipient, Removal, Work

WIDEST: Final = 40  # characters of a value in the table
DRY: Final = "dry run: would be sent"
LINE: Final = "{:<20} {:<10} {:<24} {:<40} {}"


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
    path: Path | None
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

    def _current(self, batch: Batch) -> dict[str, JsonObject]:
        """What Marketo holds, by record key."""
        family, plan = self.recipient.family, self.plan
        id_field = plan.shape.id_field
        fields = list(dict.fromkeys([id_field, *(planned.field.name for planned in plan.fields)]))
        by_id = {send.marketo_id: send.row.record_key for send in batch.sends if send.marketo_id}
        found = {}
        if by_id:
            records = family.with_ids(list(by_id), fields)
            found = {by_id[str(record[id_field])]: record for record in records}
        keys = {
            send.row.record_key: plan.key_of(send.cells)
            for send in batch.sends
            if not send.marketo_id
        }
        by_key = family.with_keys(plan, list(keys.values()), fields)
        for record_key, key in keys.items():
            if held := by_key.get(folded_key(key)):
                found[record_key] = held[-1]
        return found

    def _show(self, batch: Batch, held: Mapping[str, JsonObject]) -> None:
        differences = [
            one for send in batch.sends for one in _differences(send, held.get(send.row.record_key))
        ]
        self._print(differences)
        self._write(differences)
        self._let_children_go([send.row.record_key for send in batch.sends])
        self.recipient.pass_over([(send.row, _result(send, held), DRY) for send in batch.sends])

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
            values = _short(one.now), _short(one.then)
            line = LINE.format(one.send.row.record_key, one.result, one.field, *values)
            self.table.write(line + "\n")

    def _write(self, differences: Iterable[Difference]) -> None:
        if self.path is None:
            return
        descriptor = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, OWNER_ONLY)
        with os.fdopen(descriptor, "ab") as file:
            for one in differences:
                file.write(orjson.dumps(self._line(one), option=orjson.OPT_APPEND_NEWLINE))

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


def _differences(send: Send, record: JsonObject | None) -> Iterator[Difference]:
    result = Result.CREATED if record is None else Result.UPDATED
    now = record or {}
    for name, cell in send.cells.items():
        if record is None or now.get(name) != cell.marketo:
            yield Difference(send, result, name, now.get(name), cell.marketo)


def _result(send: Send, held: Mapping[str, JsonObject]) -> Result:
    known = send.marketo_id is not None or send.row.record_key in held
    return Result.UPDATED if known else Result.CREATED


def _short(value: object) -> str:
    text = "-" if value is None else str(value)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
