"""Files of a bulk import whose rows are not all settled yet: what a killed run has to know.

Part of one instance's ledger, and used by the run that holds it. A row leaves it with its outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from marketo_sync.ledger import import_queries as queries
from marketo_sync.ledger.database import reading, transaction
from marketo_sync.ledger.documents import DOCUMENT, document, shared
from marketo_sync.ledger.records import ImportStage, OpenImport

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from marketo_sync.ledger.records import JsonObject

    KeyedText = tuple[str, str]  # a record key, and JSON as text

ROWS_PER_PAGE: Final = 1000


class ImportJournal:
    """The unsettled imports of an instance. `is_empty` says whether there are any."""

    def __init__(self, connection: Connection, instance: str) -> None:
        self._connection = connection
        self._instance = instance
        with reading(connection):
            self.is_empty = connection.scalar(queries.any_row(instance)) is None

    def open(self, object_name: str) -> list[OpenImport]:
        """The imports that have unsettled rows, oldest first."""
        if self.is_empty:
            return []
        with reading(self._connection):
            rows = self._connection.execute(queries.open_imports(self._instance, object_name)).all()
        return [_open_import(row) for row in rows]

    def begin(self, object_name: str, *, sent_at: datetime) -> int:
        """The number of a new import, whose rows are to be added; `sending` ends that."""
        with transaction(self._connection):
            made = self._connection.execute(queries.begin(self._instance, object_name, sent_at))
            number: int = made.scalar_one()
        self.is_empty = False
        return number

    def add(self, number: int, object_name: str, rows: Sequence[KeyedText]) -> None:
        """Keep rows of an import, each with what the next run needs to settle it."""
        alike = shared(instance=self._instance, object=object_name, import_id=number)
        statement = queries.write_rows(self._connection.dialect.name)
        with transaction(self._connection):
            self._connection.execute(statement, {DOCUMENT: document(rows), **alike})

    def rows(self, number: int) -> Iterator[JsonObject]:
        """What was kept of the rows that are not settled; some may be settled meanwhile."""
        after = ""
        while True:
            page = queries.rows_of(number, after=after, limit=ROWS_PER_PAGE)
            with reading(self._connection):
                found = self._connection.execute(page).all()
            yield from (row.sent for row in found)
            if len(found) < ROWS_PER_PAGE:
                return
            after = found[-1].record_key

    def sending(self, number: int, *, rows: int, sent_at: datetime) -> None:
        """The file goes out now, perhaps once more."""
        self._move(number, stage=ImportStage.SENDING, rows=rows, sent_at=sent_at)

    def sent(self, number: int, batch_id: str) -> None:
        """Marketo has taken it, under that id."""
        self._move(number, stage=ImportStage.SENT, batch_id=batch_id)

    def over(self, number: int, stage: ImportStage) -> None:
        """Marketo has done with it, as `stage` says; its rows are still to be settled."""
        self._move(number, stage=stage)

    def drop(self, number: int) -> None:
        """Marketo never took it: its rows go another way."""
        with transaction(self._connection):
            self._connection.execute(queries.drop_rows(number))
            self._connection.execute(queries.drop(number))

    def _move(self, number: int, **values: object) -> None:
        with transaction(self._connection):
            self._connection.execute(queries.move(number, **values))


class NullImportJournal:
    """Keeps nothing: without a ledger, a killed run is not gone on with."""

    is_empty = True

    def open(self, object_name: str) -> list[OpenImport]:
        """None."""
        del object_name
        return []

    def begin(self, object_name: str, *, sent_at: datetime) -> int:
        """No number."""
        del object_name, sent_at
        return 0

    def add(self, number: int, object_name: str, rows: Sequence[KeyedText]) -> None:
        """Forget them."""

    def rows(self, number: int) -> Iterator[JsonObject]:
        """None."""
        del number
        return iter(())

    def sending(self, number: int, *, rows: int, sent_at: datetime) -> None:
        """Forget it."""

    def sent(self, number: int, batch_id: str) -> None:
        """Forget it."""

    def over(self, number: int, stage: ImportStage) -> None:
        """Forget it."""

    def drop(self, number: int) -> None:
        """Forget it."""


def _open_import(row: Row[Any]) -> OpenImport:
    return OpenImport(
        number=row.id,
        batch_id=row.batch_id,
        stage=ImportStage(row.stage),
        rows=row.rows,
        unsettled=row.unsettled,
        sent_at=row.sent_at,
    )
