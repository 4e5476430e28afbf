"""The ledger's tables, as users may read them. SQLite has no schemas; there the names stand alone.

The migrations make these tables; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)
from typing_extensions import override

SCHEMA: Final = "marketo_sync"

metadata = MetaData(schema=SCHEMA)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite keeps it as text without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


# `json`, not `jsonb`: a record is kept as received, with NUL and the digits of its numbers.
JSON_TEXT: Final = JSON(none_as_null=True)
SERIAL: Final = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts up by itself


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


records = Table(
    "records",
    metadata,
    _key("instance"),
    _key("object"),
    _key("record_key"),
    Column("marketo_id", Text),
    Column("base", JSON_TEXT, nullable=False),
    Column("status", Text, nullable=False),
    Column("pushed_at", Instant),
    Column("pulled_at", Instant),
    Column("digest", Text),
    Index("records_by_marketo_id", "instance", "object", "marketo_id"),
)

rejects = Table(
    "rejects",
    metadata,
    _key("instance"),
    _key("object"),
    _key("record_key"),
    Column("stream", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Text),
    Column("request_id", Text),
    Column("payload", JSON_TEXT),
    Column("digest", Text),
    Column("attempts", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("resolved_at", Instant),
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("instance", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("record_key", Text, nullable=False),
    Column("marketo_id", Text),
    Column("field", Text, nullable=False),
    Column("base_value", JSON_TEXT),
    Column("marketo_value", JSON_TEXT),
    Column("database_value", JSON_TEXT),
    Column("marketo_at", Instant),
    Column("database_at", Instant),
    Column("policy", Text, nullable=False),
    Column("winner", Text),
    Column("decided_at", Instant),
    Index("conflicts_by_record", "instance", "object", "record_key"),
)

pending = Table(
    "pending",
    metadata,
    _key("instance"),
    _key("object"),
    _key("record_key"),
    Column("row", JSON_TEXT, nullable=False),
    Column("why", Text, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("instance", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("record_key", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("old", JSON_TEXT),
    Column("new", JSON_TEXT),
    Column("rule", Text),
    Column("cycle", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Index("changes_by_record", "instance", "object", "record_key"),
)

cycles = Table(
    "cycles",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("instance", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("status", Text, nullable=False),
    Column("counts", JSON_TEXT),
)

instances = Table(  # the endpoint's host, and who holds the lock (for its message only)
    "instances",
    metadata,
    _key("instance"),
    Column("host", Text, nullable=False),
    Column("command", Text),
    Column("pid", Integer),
    Column("machine", Text),
    Column("since", Instant),
)

known_fields = Table(  # fields of Marketo that are in the base of any record
    "known_fields",
    metadata,
    _key("instance"),
    _key("object"),
    _key("field"),
)
