"""Writes to the user's table: many rows in one statement, and one by one where one is refused.

A row is written only while it is as it was read: what the user has changed meanwhile is left to the
next cycle. What a constraint or a trigger refuses comes back with the database's message.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlalchemy.exc import DBAPIError

from marketo_sync.ledger.database import AS_IT_IS
from marketo_sync.reconcile.errors import ReconcileError
from marketo_sync.reconcile.queries import writes
from marketo_sync.reconcile.queries.gone import GONE
from marketo_sync.reconcile.queries.writes import DIGEST, KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from marketo_client.codecs import Json
    from sqlalchemy import Connection, Executable, Row

    from marketo_sync.reconcile.queries.sources import Sources

SKIPPED: Final = "a trigger or rule of the table has left the row as it was"
NO_KEY: Final = "the new row has no key: give the key column a default"
REFUSALS: Final = ("22", "23", "27", "38", "39", "44", "P0")  # Postgres docs: Error Codes, classes


@dataclass(frozen=True, slots=True)
class Change:
    """Columns of one row that take new values; `row` and `digest` are as they were read."""

    record_key: str
    digest: str
    row: Mapping[str, Any] = field(repr=False)
    values: Mapping[str, Json] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Written:
    """The row as the database shows it now."""

    record_key: str
    digest: str
    row: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """The database does not take it; the reason is its own message."""

    reason: str


@dataclass(frozen=True, slots=True)
class Overtaken:
    """The row is not as it was read, or is gone."""


Outcome = Written | Refused | Overtaken
OVERTAKEN: Final = Overtaken()
OPTIONS: Final = {AS_IT_IS: True}


class UsersRows(Protocol):
    """The user's table, or a rehearsal that touches nothing."""

    def update(self, changes: Sequence[Change]) -> dict[str, Outcome]:
        """What became of each change, by record key."""

    def insert(self, values: Mapping[str, Json]) -> Outcome:
        """A new row."""

    def delete(self, changes: Sequence[Change]) -> dict[str, Outcome]:
        """Rows go, whatever the new values; those that went are `Written` as they were."""


@dataclass(frozen=True)
class TableRows:
    """The user's table itself; runs inside the transaction of a batch."""

    connection: Connection
    of: Sources

    def update(self, changes: Sequence[Change]) -> dict[str, Outcome]:
        """One statement for all rows that take the same columns."""
        groups: dict[tuple[str, ...], list[Change]] = defaultdict(list)
        for change in changes:
            groups[tuple(sorted(change.values))].append(change)
        found: dict[str, Outcome] = {}
        for names, group in groups.items():
            found |= self._each(group, partial(self._update, names))
        return found

    def insert(self, values: Mapping[str, Json]) -> Outcome:
        """A row of its own statement: only so is it known which row came of which lead."""
        statement = writes.insert_rows(self.of, list(values), [values])
        try:
            with self.connection.begin_nested():
                row = self.connection.execute(statement, execution_options=OPTIONS).first()
        except DBAPIError as error:
            return self._refusal(error)
        if row is None:
            return Refused(SKIPPED)
        written = self._written(row)
        return written if written.record_key else Refused(NO_KEY)

    def delete(self, changes: Sequence[Change]) -> dict[str, Outcome]:
        """One statement for all."""
        return self._each(changes, self._delete)

    def _each(
        self, changes: Sequence[Change], write: Callable[[Sequence[Change]], dict[str, Outcome]]
    ) -> dict[str, Outcome]:
        """All at once, or one by one where the database refuses; with what was left as it was."""
        try:
            with self.connection.begin_nested():
                found = write(changes)
        except DBAPIError as error:
            if len(changes) == 1:
                return {changes[0].record_key: self._refusal(error)}
            self._refusal(error)
            return {
                key: outcome
                for change in changes
                for key, outcome in self._each([change], write).items()
            }
        return found | self._missed([each for each in changes if each.record_key not in found])

    def _update(self, names: Sequence[str], changes: Sequence[Change]) -> dict[str, Outcome]:
        rows = [{KEY: each.record_key, DIGEST: each.digest, **each.values} for each in changes]
        return self._returned(writes.update_rows(self.of, names, rows))

    def _delete(self, changes: Sequence[Change]) -> dict[str, Outcome]:
        rows = [{KEY: each.record_key, DIGEST: each.digest} for each in changes]
        statement = writes.delete_rows(self.of, rows)
        gone = self.connection.execute(statement, execution_options=OPTIONS).scalars().all()
        return {
            each.record_key: Written(each.record_key, each.digest, each.row)
            for each in changes
            if each.record_key in gone
        }

    def _returned(self, statement: Executable) -> dict[str, Outcome]:
        found = self.connection.execute(statement, execution_options=OPTIONS)
        written = map(self._written, found)
        return {each.record_key: each for each in written}

    def _written(self, row: Row[Any]) -> Written:
        values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
        return Written(values.pop(KEY), values.pop(DIGEST), values)

    def _missed(self, changes: Sequence[Change]) -> dict[str, Outcome]:
        """Rows that no statement touched: overtaken, or left alone by a trigger."""
        if not changes:
            return {}
        keys = [each.record_key for each in changes]
        now = dict(self.connection.execute(writes.digests(self.of, keys)).tuples().all())
        return {
            each.record_key: Refused(SKIPPED)
            if now.get(each.record_key) == each.digest
            else OVERTAKEN
            for each in changes
        }

    def _refusal(self, error: DBAPIError) -> Refused:
        """What the database says of a value. Raises ReconcileError where it is about no value."""
        said = getattr(error.orig, "diag", None)
        message = (said and said.message_primary) or "refused without a message"
        if not (getattr(error.orig, "pgcode", None) or "").startswith(REFUSALS):
            table = self.of.plan.relation.shown
            raise ReconcileError(f"{table} cannot be written to: {message}") from error
        return Refused(message)


class RehearsedRows:
    """What the table would show, as far as that can be told without writing."""

    def __init__(self) -> None:
        self._inserted = count(1)

    def update(self, changes: Sequence[Change]) -> dict[str, Outcome]:
        """Each row with its new values."""
        return {
            each.record_key: Written(each.record_key, each.digest, {**each.row, **each.values})
            for each in changes
        }

    def insert(self, values: Mapping[str, Json]) -> Outcome:
        """A row with a key that nobody knows yet."""
        return Written(f"(new {next(self._inserted)})", GONE, values)

    def delete(self, changes: Sequence[Change]) -> dict[str, Outcome]:
        """All of them."""
        return {each.record_key: Written(each.record_key, each.digest, {}) for each in changes}
