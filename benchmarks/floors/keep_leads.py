"""The same as `post_leads`, with the least of what must not be left out of a first load.

No lead may be made twice: each batch is looked up by key and by e-mail address first. No row may be
unaccounted for: Marketo's id, the hash and the record are in a database before the next batch.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from benchmarks.floors.post_leads import batches, post, run

if TYPE_CHECKING:
    from benchmarks.floors.post_leads import Batch
    from benchmarks.floors.session import Session

FILE: Final = Path("leads.db")  # where the script runs
ROWS: Final = "create table leads (key text primary key, id integer, hash blob, record text)"
MATCH: Final = "email"


def main(session: Session, key: str, fields: dict[str, str]) -> None:
    """All records of the input, into an empty Marketo and an empty database."""
    FILE.unlink(missing_ok=True)
    with closing(sqlite3.connect(FILE)) as database:
        database.execute("pragma journal_mode=wal")
        database.execute(ROWS)
        for batch in batches(fields):
            for field in (key, MATCH):
                look_up(session, field, batch)
            results = post(session, key, batch)
            rows = (
                (str(record[key]), result["id"], digest, orjson.dumps(record).decode())
                for (digest, record), result in zip(batch, results, strict=True)
            )
            with database:
                database.executemany("insert into leads values (?, ?, ?, ?)", rows)


def look_up(session: Session, field: str, batch: Batch) -> None:
    """One call; a lead that is there already ends the script."""
    values = ",".join(str(record[field]) for _, record in batch)
    if session.look_up(field, values, fields=f"id,{field}")["result"]:
        raise SystemExit("a lead is there already")


if __name__ == "__main__":
    run(main)
