"""What Marketo says of an entry's records: they are settled, refused, or need another call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from marketo_sync import MissingInMarketo

from target_marketo.flow.judgement import Refuse, gone, is_deleted
from target_marketo.sending.delivery import GONE, UNKNOWN_FIELD, Removal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketo_client import MarketoError, RowResult, SyncReply
    from marketo_sync import Result

    from target_marketo.flow.flow import RowFlow
    from target_marketo.objects import Family
    from target_marketo.planning.plan import Plan
    from target_marketo.rows.row import Row, Send
    from target_marketo.rows.settled import Settled
    from target_marketo.sending.delivery import Batch, Work


@dataclass(frozen=True, slots=True)
class Answers:
    """The `Recipient` of a flow's records."""

    flow: RowFlow

    @property
    def family(self) -> Family:
        """Which calls write and read them."""
        return self.flow.family

    @property
    def plan(self) -> Plan:
        """The plan of this moment."""
        return self.flow.plan

    def pass_over(self, passed: Sequence[tuple[Row, Result, str]]) -> None:
        """A dry run has shown these rows."""
        self.flow.pass_over(passed)

    def answered(self, work: Work, reply: SyncReply) -> None:
        """Settle what Marketo accepted or refused; follow up what needs another call."""
        if isinstance(work, Removal):
            self._removed(work, reply)
        else:
            self._written(work, reply)

    def refused(self, send: Send, error: MarketoError) -> None:
        """Marketo refused the call that held this record alone."""
        self.flow.refuse([send.row], Refuse(error.code or "", str(error)), error.request_id)

    def created_unseen(self, send: Send, marketo_id: str) -> None:
        """The answer was lost but the record is there: make sure that it holds these values."""
        self.flow.update(send.row, dict(send.cells), marketo_id, made=True)

    def unknown_field(self, work: Work, error: MarketoError) -> None:
        """1006 for the whole call: a field, or the lookup field, is gone."""
        if not self._field_is_known_gone(work.sends):
            raise error
        self._judge_anew(work.sends)

    def _removed(self, removal: Removal, reply: SyncReply) -> None:
        """A record that is gone already is what was wanted."""
        settled = []
        for send, result in zip(removal.sends, reply.results, strict=True):
            if result.code is None or result.code in GONE:
                settled.append(self.flow.outcomes.removed(send.row, reply))
            else:
                settled.append(self._refused_by(result, send, reply))
        self.flow.settle(settled)

    def _written(self, batch: Batch, reply: SyncReply) -> None:
        outcomes = self.flow.outcomes
        settled: list[Settled] = []
        missing: list[Row] = []
        gone_fields: list[Send] = []
        for send, result in zip(batch.sends, reply.results, strict=True):
            if result.code is None:
                settled.append(outcomes.written(send, result, reply))
            elif result.code == UNKNOWN_FIELD:
                gone_fields.append(send)
            elif result.code in GONE and send.marketo_id is not None:
                missing.append(send.row)
            else:
                settled.append(self._refused_by(result, send, reply))
        self.flow.settle(settled)
        self._record_is_gone(missing, reply)
        self._field_is_gone(gone_fields, reply)

    def _refused_by(self, result: RowResult, send: Send, reply: SyncReply) -> Settled:
        """The reason is Marketo's, and what it leaves unsaid."""
        remark = self.family.remarks.get(result.code or "")
        reason = f"{result.reason or ''}{f'; {remark}' if remark else ''}"
        refusal = Refuse(result.code or "", reason)
        return self.flow.outcomes.refused(send.row, refusal, reply.request_id)

    def _record_is_gone(self, missing: Sequence[Row], reply: SyncReply) -> None:
        flow, plan = self.flow, self.plan
        gone_too = [row for row in missing if is_deleted(plan, row)]
        flow.settle([flow.outcomes.removed(row, reply) for row in gone_too])
        rows = [row for row in missing if not is_deleted(plan, row)]
        if not rows:
            return
        if plan.entry.missing_in_marketo is MissingInMarketo.HOLD:
            flow.refuse(rows, gone(plan), reply.request_id)
            return
        flow.judge([replace(row, anew=True) for row in rows if not row.anew])
        flow.refuse([row for row in rows if row.anew], gone(plan), reply.request_id)

    def _field_is_gone(self, sends: Sequence[Send], reply: SyncReply) -> None:
        """1006 for single records: judge them again without the field, if Describe lacks it."""
        if not sends:
            return
        if self._field_is_known_gone(sends):
            self._judge_anew(sends)
            return
        refusal = Refuse(UNKNOWN_FIELD, "Marketo does not know a field that Describe lists")
        self.flow.refuse([send.row for send in sends], refusal, reply.request_id)

    def _judge_anew(self, sends: Sequence[Send]) -> None:
        """By the plan of this moment, which lacks a field that these records hold."""
        rows = [replace(send.row, forced=True) for send in sends]
        self.flow.judge([self.plan.renewed(row) for row in rows])

    def _field_is_known_gone(self, sends: Sequence[Send]) -> bool:
        """Whether these records hold a field that Describe has lost; the plan is new then."""
        if not self._knows_fields_of(sends):
            return True
        self.flow.describe_again()
        return not self._knows_fields_of(sends)

    def _knows_fields_of(self, sends: Sequence[Send]) -> bool:
        return all(send.cells.keys() <= self.plan.field_names for send in sends)
