"""The Singer side: rows of a stream, handed 300 at a time to the flow of their mapping entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.sinks import BatchSink
from typing_extensions import override

from target_marketo.errors import InputError
from target_marketo.flow.judgement import deletes
from target_marketo.sending.batches import MOST_RECORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_marketo.target import TargetMarketo


class MarketoSink(BatchSink):
    """Takes records as they came: not validated, dates as text, `_sdc_deleted_at` kept.

    What does not fit Marketo is found out record by record, and goes to the rejects.
    """

    def __init__(
        self,
        target: TargetMarketo,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        super().__init__(target, stream_name, schema, key_properties)
        self._states = target.states
        self._reader = target.message_reader
        self._desk = target.run.desk
        self._versions = target.run.versions
        self.version: int | None = None  # of the rows that come now
        target.settle_rows()  # those of this stream, by the columns that they came with
        self._flow = target.run.flow(stream_name, schema, key_properties or [])
        self._max_size = min(MOST_RECORDS, self.batch_size_rows or MOST_RECORDS)

    @property
    @override
    def max_size(self) -> int:
        return self._max_size

    @override
    def get_validator(self) -> None:
        return None

    @override
    def _parse_timestamps_in_record(self, *_: Any, **__: Any) -> None:
        """Leave dates as the source wrote them."""

    @override
    def _remove_sdc_metadata_from_record(self, record: dict[str, Any]) -> None:
        """Keep `_sdc_deleted_at`: it tells a deleted row from a living one."""

    @override
    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        missing = [name for name in self.key_properties if name not in record]
        if missing:
            line = self._reader.lines
            raise InputError(
                f"line {line} of the input: a record of stream `{self.stream_name}` lacks its key"
                f" column {', '.join(missing)}"
            )

    @override
    def _after_process_record(self, context: dict[str, Any]) -> None:
        """Say nothing: a line per record is no news."""

    def take(self, record: dict[str, Any]) -> None:
        """A record that nothing changes on its way here: the SDK's steps, without those for maps.

        They would be a third of the CPU of a run that finds nothing changed.
        """
        self._singer_validate_message(record)
        self.process_record(record, self._get_context(record))
        self.tally_record_read()
        self.record_counter_metric.increment()

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        row = self._flow.plan.row(record, places=(self._states.take(),))
        context.setdefault("records", []).append(row)

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        rows = context["records"]
        if deletes(self._flow.plan.entry):
            keys = [row.record_key for row in rows]
            self._versions.see(self._flow.plan.entry.name, self.version, keys)
        self._flow.take(rows)
        self._desk.release()
        self._desk.relieve()

    @override
    def activate_version(self, new_version: int) -> None:
        if deletes(self._flow.plan.entry):
            self._versions.activate(self._flow.plan.entry.name, new_version)
