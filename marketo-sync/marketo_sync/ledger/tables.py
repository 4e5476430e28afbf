"""The ledger's tables, as users may read them. SQLite has no schemas; there the names stand alone.

The migrations make these tables; a test compares the two. What `doc` and `_about` say is printed in
docs/reference/ledger.md.
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
KEYS: Final = {
    "instance": "The mapping's `instance`, else `default`.",
    "object": "Name of the mapping's entry.",
    "record_key": "Text of the row's key; a compound key as a JSON array.",
    "field": "Marketo's REST name of the field.",
    "stream": "Name of the tap's stream.",
}


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True, doc=KEYS[name])


def _of(name: str) -> Column[str]:
    """The same column where it is no key."""
    return Column(name, Text, nullable=False, doc=KEYS[name])


def _about(text: str) -> dict[str, str]:
    """What a table holds, as its `info`."""
    return {"about": text}


records = Table(
    "records",
    metadata,
    _key("instance"),
    _key("object"),
    _key("record_key"),
    Column("marketo_id", Text, doc="Id of the lead or company, or marketoGUID."),
    Column(
        "base",
        JSON_TEXT,
        nullable=False,
        doc="What each side showed when both last agreed, by Marketo field: `{database, marketo,"
        " pushed_at, cycle, rule}`.",
    ),
    Column("status", Text, nullable=False, doc="What became of the record."),
    Column("pushed_at", Instant, doc="Marketo's time of the last write."),
    Column("pulled_at", Instant, doc="When the row last took a value from Marketo."),
    Column(
        "digest",
        Text,
        doc="Of the row, its mapping and Marketo's description of its fields, when it was settled.",
    ),
    Column(
        "missing_version",
        Text,
        doc="The version of its table (ACTIVATE_VERSION) in which the row was missing: a second one"
        " deletes it.",
    ),
    Index("records_by_marketo_id", "instance", "object", "marketo_id"),
    info=_about("Records that are tied to a row: who is who, and what both sides showed."),
)

rejects = Table(
    "rejects",
    metadata,
    _key("instance"),
    _key("object"),
    Column(
        "record_key",
        Text,
        primary_key=True,
        doc=f"{KEYS['record_key']} Of a row without one, `?` and its stream's key, or a digest.",
    ),
    Column("stream", Text, nullable=False, doc="Stream that brought the row."),
    Column("code", Text, nullable=False, doc="Marketo's code, or one of ours (`local.…`)."),
    Column("reason", Text, doc="Why, without the value."),
    Column(
        "request_id",
        Text,
        doc="Marketo's id of the call that was refused; null where none was made.",
    ),
    Column("payload", JSON_TEXT, doc="The row as received."),
    Column(
        "digest",
        Text,
        doc="As in `records`: while it stays the same, the row waits 24 hours. Null after `rejects"
        " retry`.",
    ),
    Column("attempts", Integer, nullable=False, doc="How often it was refused."),
    Column("first_at", Instant, nullable=False, doc="When for the first time."),
    Column("last_at", Instant, nullable=False, doc="When for the last time."),
    Column("resolved_at", Instant, doc="When it went through; open while null."),
    info=_about("Rows that were refused or held, as they were received."),
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("id", SERIAL, primary_key=True),
    _of("instance"),
    _of("object"),
    _of("record_key"),
    Column("marketo_id", Text, doc="Id of the lead or company."),
    _of("field"),
    Column("base_value", JSON_TEXT, doc="What both had when they last agreed."),
    Column("marketo_value", JSON_TEXT, doc="What Marketo has."),
    Column("database_value", JSON_TEXT, doc="What the row has."),
    Column("marketo_at", Instant, doc="When it changed in Marketo; null where that is unknown."),
    Column(
        "database_at", Instant, doc="When it changed in the database; null where that is unknown."
    ),
    Column("policy", Text, nullable=False, doc="The policy that decides, or `flapping`."),
    Column("winner", Text, doc="`marketo` or `database`."),
    Column("decided_at", Instant, doc="When the winner was named."),
    Column(
        "applied_at", Instant, doc="When `reconcile` acted on it; until then the field is held."
    ),
    Index("conflicts_by_record", "instance", "object", "record_key"),
    info=_about("Fields that both sides changed; open while `winner` is null."),
)

pending = Table(
    "pending",
    metadata,
    _key("instance"),
    _key("object"),
    _key("record_key"),
    Column(
        "row", JSON_TEXT, nullable=False, doc="What is sent: Marketo's fields with their values."
    ),
    Column("why", Text, nullable=False, doc="What asked for it."),
    info=_about("Rows that the target sends at the end of its next run, whatever the tap reads."),
)

imports = Table(
    "imports",
    metadata,
    Column("id", SERIAL, primary_key=True),
    _of("instance"),
    _of("object"),
    Column("batch_id", Text, doc="Marketo's id of the import; null until Marketo has told it."),
    Column("rows", Integer, nullable=False, doc="How many rows the file has."),
    Column("stage", Text, nullable=False, doc="Where it stands."),
    Column("sent_at", Instant, nullable=False, doc="Marketo's time when it was sent."),
    info=_about("Files of bulk imports."),
)

import_rows = Table(
    "import_rows",
    metadata,
    _key("instance"),
    _key("object"),
    _key("record_key"),
    Column("import_id", BigInteger, nullable=False, doc="`id` in `imports`."),
    Column("sent", JSON_TEXT, nullable=False, doc="The row as received, and what was sent of it."),
    Index("import_rows_by_import", "import_id", "record_key"),
    info=_about("Rows that went out in a file and are not settled; settled rows leave it."),
)

changes = Table(
    "changes",
    metadata,
    Column("id", SERIAL, primary_key=True),
    _of("instance"),
    _of("object"),
    _of("record_key"),
    _of("field"),
    Column("side", Text, nullable=False, doc="The side that was written: `marketo` or `database`."),
    Column("old", JSON_TEXT, doc="Value before."),
    Column("new", JSON_TEXT, doc="Value after."),
    Column("rule", Text, doc="What decided it."),
    Column("cycle", BigInteger, nullable=False, doc="`id` in `cycles`."),
    Column("at", Instant, nullable=False, doc="When."),
    Index("changes_by_record", "instance", "object", "record_key").ddl_if(dialect="postgresql"),
    info=_about("Every value that one side took from the other; rows are only ever added."),
)

cycles = Table(
    "cycles",
    metadata,
    Column("id", SERIAL, primary_key=True),
    _of("instance"),
    Column("command", Text, nullable=False, doc="What ran."),
    Column("started_at", Instant, nullable=False, doc="When it began."),
    Column("finished_at", Instant, doc="When it ended; null while it runs."),
    Column("status", Text, nullable=False, doc="How it ended."),
    Column("counts", JSON_TEXT, doc="Rows by stream and outcome, reasons, calls."),
    info=_about("Runs of the target and of `reconcile`."),
)

instances = Table(  # the endpoint's host, and who holds the lock (for its message only)
    "instances",
    metadata,
    _key("instance"),
    Column(
        "host",
        Text,
        doc="Host of the endpoint, once a target has told it; another one stops a run.",
    ),
    Column("command", Text, doc="Who holds the lock, if anybody."),
    Column("pid", Integer, doc="Its process."),
    Column("machine", Text, doc="Where it runs."),
    Column("since", Instant, doc="Since when."),
    info=_about("Which Marketo an instance is, and who writes to it now."),
)

known_fields = Table(  # fields of Marketo that are in the base of any record
    "known_fields",
    metadata,
    _key("instance"),
    _key("object"),
    _key("field"),
    info=_about("Fields of Marketo that are in the base of any record."),
)

pairs = Table(
    "pairs",
    metadata,
    _key("instance"),
    _key("object"),
    _key("record_key"),
    Column("row_digest", Text, doc="Moves when the row's mapped columns move."),
    Column("landed_digest", Text, doc="Moves when what has landed of the lead moves."),
    Column("pushed_at", Instant, doc="The last push that was known then."),
    Column("edits", JSON_TEXT, doc="By field: the value that waits to be sent, and since when."),
    Column("written_at", Instant, doc="`changed_at` as the reconciler's own write has left it."),
    Column(
        "drifted", Integer, nullable=False, doc="One-way fields that were edited on the wrong side."
    ),
    info=_about("What `reconcile` saw of a row and its lead when it last compared them."),
)

bookmarks = Table(
    "bookmarks",
    metadata,
    _key("instance"),
    _key("stream"),
    Column("value", Text, nullable=False, doc="Until when its rows were read."),
    info=_about("How far `reconcile` has read the landed streams."),
)
