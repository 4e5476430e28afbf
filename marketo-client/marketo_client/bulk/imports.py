"""Bulk import: sending a file, waiting for it, and what became of its rows.

Knows no object family but the two it is used for. Marketo docs: Bulk Import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from marketo_client.bulk.import_batches import read_batch, read_problems
from marketo_client.bulk.polling import until_over
from marketo_client.errors import RequestError
from marketo_client.http.calls import Call, Repeat, Upload
from marketo_client.records.record_writes import send_write

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from marketo_client.bulk.import_batches import ImportBatch, ImportProblem
    from marketo_client.http.transport import Transport

LARGEST_FILE_BYTES: Final = 10_000_000  # Marketo docs: Bulk Import; 413 from 10 MB on
LONGEST_POLL_SECONDS: Final = 30  # Marketo docs: Bulk Import; 5 to 30 are advised
_CSV: Final = "text/csv"
_NO_FILE: Final = "404"


class Imports:
    """The calls that every family of bulk imports has; a family names its addresses."""

    create_path: ClassVar[str]
    status_path: ClassVar[str]
    files_path: ClassVar[str]
    """Below it are the failures and the warnings."""
    permission: ClassVar[str]

    def __init__(
        self,
        transport: Transport,
        *,
        poll_seconds: float,
        place: Mapping[str, str] | None = None,
    ) -> None:
        self._transport = transport
        self._poll_seconds = min(poll_seconds, LONGEST_POLL_SECONDS)
        self._place = place or {}

    def status(self, batch_id: int) -> ImportBatch:
        """The import now. Raises RecordNotFoundError for one that Marketo has forgotten."""
        return read_batch(self._transport.send(self._reading(self.status_path, batch_id)))

    def wait(self, batch: ImportBatch) -> ImportBatch:
        """The import when it is over, with failed rows or failed as a whole.

        Marketo's own queue is shared with imports in its user interface. Raises MarketoError
        after 24 hours, GivenUpError once nobody waits any more.
        """
        return until_over(
            batch,
            lambda: self.status(batch.id),
            name=f"import {batch.id}",
            patience=self._transport.patience,
            poll_seconds=self._poll_seconds,
        )

    def failures(
        self, batch: ImportBatch, *, first_cells: Collection[str] | None = None
    ) -> tuple[ImportProblem, ...]:
        """The rows that were not imported; without a call where their count is 0.

        `first_cells` are what the rows sent begin with, by which broken lines are told from rows.
        Where Marketo has no file these are fewer than `batch.failed`.
        """
        return self._problems("failures", batch.id, first_cells) if batch.failed else ()

    def warnings(
        self, batch: ImportBatch, *, first_cells: Collection[str] | None = None
    ) -> tuple[ImportProblem, ...]:
        """The rows that were imported, but not as they were sent; as `failures`."""
        return self._problems("warnings", batch.id, first_cells) if batch.with_warning else ()

    def _create(self, file: bytes, query: Mapping[str, str | int]) -> ImportBatch:
        if not 0 < len(file) < LARGEST_FILE_BYTES:
            raise ValueError(
                f"{len(file)} bytes in a file, Marketo takes 1 to {LARGEST_FILE_BYTES - 1}"
            )
        call = Call(
            "POST",
            self.create_path,
            place=self._place,
            query={"format": "csv", **query},
            upload=Upload("import.csv", file, _CSV),
            permission=self.permission,
            repeat=Repeat.ONLY_IF_REFUSED,
        )
        return read_batch(send_write(self._transport, call))

    def _problems(
        self, kind: str, batch_id: int, first_cells: Collection[str] | None
    ) -> tuple[ImportProblem, ...]:
        call = self._reading(f"{self.files_path}/{kind}.json", batch_id)
        try:
            file = self._transport.fetch(call)
        except RequestError as error:
            if error.code != _NO_FILE:
                raise
            return ()
        return tuple(read_problems(file, first_cells=first_cells))

    def _reading(self, path: str, batch_id: int) -> Call:
        place = {"batch_id": str(batch_id), **self._place}
        return Call("GET", path, place=place, permission=self.permission)


class LeadImports(Imports):
    """Imports of leads: rows are created or updated, nothing tells which."""

    create_path = "/bulk/v1/leads.json"
    status_path = "/bulk/v1/leads/batch/{batch_id}.json"
    files_path = "/bulk/v1/leads/batch/{batch_id}"
    permission = "Read-Write Lead"

    def create(
        self,
        file: bytes,
        *,
        lookup_field: str,
        partition: str | None = None,
        static_list: int | None = None,
    ) -> ImportBatch:
        """Send CSV in UTF-8 of under 10 MB (else ValueError), REST names in its first line.

        By the lookup field `id` leads are updated alone. The leads become members of the static
        list. Waits for a place in the queue (1016), and for another import into the list (1019).
        Raises LostAnswerError where the file may be there or not: sending it again changes no
        value, but writes its activities and starts its campaigns once more.
        """
        asked = {"lookupField": lookup_field, "partitionName": partition, "listId": static_list}
        query = {name: value for name, value in asked.items() if value is not None}
        return self._create(file, query)


class CustomObjectImports(Imports):
    """Imports of the records of one custom object, by its dedupe fields."""

    create_path = "/bulk/v1/customobjects/{api_name}/import.json"
    status_path = "/bulk/v1/customobjects/{api_name}/import/{batch_id}/status.json"
    files_path = "/bulk/v1/customobjects/{api_name}/import/{batch_id}"
    permission = "Read-Write Custom Object"

    def create(self, file: bytes) -> ImportBatch:
        """Send CSV as `LeadImports.create` does; every row needs all dedupe fields."""
        return self._create(file, {})
