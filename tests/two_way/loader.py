"""Singer messages into Postgres, as target-postgres 0.8.1 stores them, without its start-up time.

Only what the pipelines of these tests meet: upserts, new columns, narrow schemas, versions.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg2
from psycopg2 import sql
from psycopg2.extras import Json, execute_batch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class

    from demo.postgres import Address

    Message = dict[str, Any]

SCHEMA = "marketo"
TYPES = {
    "integer": "bigint",
    "number": "numeric",
    "boolean": "boolean",
    "object": "jsonb",
    "array": "jsonb",
    "date-time": "timestamp",
    "date": "date",
}
METADATA = {
    "_sdc_extracted_at": "timestamp",
    "_sdc_received_at": "timestamp",
    "_sdc_deleted_at": "timestamp",
    "_sdc_table_version": "bigint",
}


class Loader:
    """One loader for all runs of a test."""

    def __init__(self, database: Address) -> None:
        self.database = database

    def load(self, messages: Iterable[Message]) -> None:
        """All messages in one transaction; none of a run that was cut is lost by it."""
        schemas: dict[str, Message] = {}
        with closing(psycopg2.connect(self.database.url)) as connection, connection:
            cursor = connection.cursor()
            cursor.execute("set timezone to 'UTC'")
            for message in messages:
                if message["type"] == "SCHEMA":
                    schemas[message["stream"]] = message
                    _prepare(cursor, message)
                elif message["type"] == "RECORD":
                    _upsert(cursor, schemas[message["stream"]], message)
                elif message["type"] == "ACTIVATE_VERSION":
                    _activate(cursor, message)


def _table(stream: str) -> sql.Identifier:
    return sql.Identifier(SCHEMA, stream)


def _prepare(cursor: Cursor, message: Message) -> None:
    """The table with at least these columns."""
    columns = _columns(message)
    keys = sql.SQL(", ").join(map(sql.Identifier, message["key_properties"]))
    named = [sql.SQL("{} {}").format(sql.Identifier(n), sql.SQL(t)) for n, t in columns.items()]
    cursor.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(SCHEMA)))
    cursor.execute(
        sql.SQL("create table if not exists {} ({}, primary key ({}))").format(
            _table(message["stream"]), sql.SQL(", ").join(named), keys
        )
    )
    for one in named:
        add = sql.SQL("alter table {} add column if not exists {}")
        cursor.execute(add.format(_table(message["stream"]), one))


def _columns(message: Message) -> dict[str, str]:
    properties = message["schema"]["properties"]
    return {name: _type(of) for name, of in properties.items()} | METADATA


def _type(of: Message) -> str:
    kinds = of.get("type", "string")
    (kind,) = {kinds} if isinstance(kinds, str) else set(kinds) - {"null"}
    return TYPES.get(of.get("format", kind), TYPES.get(kind, "text"))


def _upsert(cursor: Cursor, schema: Message, message: Message) -> None:
    """A property that the SCHEMA has and the record lacks is null; `_sdc_deleted_at` too."""
    record = message["record"]
    values = {name: _value(record.get(name)) for name in schema["schema"]["properties"]}
    values["_sdc_extracted_at"] = message.get("time_extracted")
    values["_sdc_received_at"] = datetime.now(UTC).replace(tzinfo=None)
    values["_sdc_table_version"] = message.get("version")
    values.setdefault("_sdc_deleted_at", None)
    names = sql.SQL(", ").join(map(sql.Identifier, values))
    keys = sql.SQL(", ").join(map(sql.Identifier, schema["key_properties"]))
    taken = [sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in values]
    statement = sql.SQL("insert into {} ({}) values ({}) on conflict ({}) do update set {}").format(
        _table(message["stream"]),
        names,
        sql.SQL(", ").join(sql.Placeholder() * len(values)),
        keys,
        sql.SQL(", ").join(taken),
    )
    execute_batch(cursor, statement, [list(values.values())])


def _value(value: Any) -> Any:
    return Json(value) if isinstance(value, dict | list) else value


def _activate(cursor: Cursor, message: Message) -> None:
    cursor.execute(
        sql.SQL(
            "update {} set _sdc_deleted_at = now() where _sdc_table_version is distinct from %s"
            " and _sdc_deleted_at is null"
        ).format(_table(message["stream"])),
        (message["version"],),
    )
