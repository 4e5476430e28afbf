"""The same as `post_leads`, with the least that leaves the same behind: in Marketo and in a ledger.

No lead may be made twice: each batch is looked up by key and by e-mail address first. No row may be
unaccounted for: before the next batch its record, the base of each field and the history are in
the tables that the project's design prints, one row for each record and each field.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from benchmarks.floors.post_leads import batches, post, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.floors.post_leads import Batch
    from benchmarks.floors.session import Session

FILE: Final = Path("leads.db")  # where the script runs
TABLES: Final = """
    create table records (
        instance text, object text, record_key text, marketo_id text, base json, status text,
        pushed_at text, digest text, primary key (instance, object, record_key)
    );
    create index records_by_marketo_id on records (instance, object, marketo_id);
    create table changes (
        id integer primary key, instance text, object text, record_key text, field text, side text,
        old json, new json, rule text, cycle integer, at text
    );
"""
RECORD: Final = (
    "insert into records values ('default', 'contacts', ?, ?, ?, 'linked', datetime(), ?)"
)
CHANGE: Final = (
    "insert into changes (instance, object, record_key, field, side, new, rule, cycle, at)"
    " values ('default', 'contacts', ?, ?, 'marketo', ?, 'push', 1, datetime())"
)
MATCH: Final = "email"


def main(session: Session, key: str, fields: dict[str, str]) -> None:
    """All records of the input, into an empty Marketo and an empty database."""
    FILE.unlink(missing_ok=True)
    with closing(sqlite3.connect(FILE)) as database:
        database.execute("pragma journal_mode=wal")
        database.executescript(TABLES)
        for batch in batches(fields):
            for field in (key, MATCH):
                look_up(session, field, batch)
            results = post(session, key, batch)
            with database:
                database.executemany(RECORD, records(batch, results, key))
                database.executemany(CHANGE, changes(batch, key))


def look_up(session: Session, field: str, batch: Batch) -> None:
    """One call; a lead that is there already ends the script."""
    values = ",".join(str(record[field]) for _, record in batch)
    if session.look_up(field, values, fields=f"id,{field}")["result"]:
        raise SystemExit("a lead is there already")


def records(
    batch: Batch, results: list[dict[str, Any]], key: str
) -> Iterator[tuple[str, int, str, bytes]]:
    """For each record its key, Marketo's id, the base of its fields, and its hash."""
    pushed_at = datetime.now(UTC).isoformat()
    for (digest, record), result in zip(batch, results, strict=True):
        base = {
            field: {
                "database": value,
                "marketo": value,
                "pushed_at": pushed_at,
                "cycle": 1,
                "rule": "push",
            }
            for field, value in record.items()
            if value is not None
        }
        yield str(record[key]), result["id"], orjson.dumps(base).decode(), digest


def changes(batch: Batch, key: str) -> Iterator[tuple[str, str, str]]:
    """For each value of each record the record's key, the field, and the value as JSON."""
    for _, record in batch:
        for field, value in record.items():
            if value is not None:
                yield str(record[key]), field, orjson.dumps(value).decode()


if __name__ == "__main__":
    run(main)
