"""Singer lines to Sync Leads: read them, hash each record, post 300 at a time.

`ENDPOINT ID SECRET KEY COLUMN=FIELD...`; it keeps no ledger, looks nothing up, and sends all.
"""

from __future__ import annotations

import sys
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import orjson

from benchmarks.floors.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Batch = list[tuple[bytes, dict[str, Any]]]  # hashes and records

RECORDS_PER_CALL: Final = 300


def main(session: Session, key: str, fields: dict[str, str]) -> None:
    """All records of the input."""
    for batch in batches(fields):
        post(session, key, batch)


def batches(fields: dict[str, str]) -> Iterator[Batch]:
    """The records of the input under Marketo's names, each with its hash."""
    batch: Batch = []
    for line in sys.stdin.buffer:
        message = orjson.loads(line)
        if message["type"] != "RECORD":
            continue
        record = message["record"]
        digest = blake2b(orjson.dumps(record), digest_size=16).digest()
        batch.append((digest, {field: record[column] for column, field in fields.items()}))
        if len(batch) == RECORDS_PER_CALL:
            yield batch
            batch = []
    if batch:
        yield batch


def post(session: Session, key: str, batch: Batch) -> list[dict[str, Any]]:
    """The results of one call; a record that is refused ends the script."""
    records = [record for _, record in batch]
    body = {"action": "createOrUpdate", "lookupField": key, "input": records}
    results: list[dict[str, Any]] = session.post("/rest/v1/leads.json", body)["result"]
    if any(result["status"] == "skipped" for result in results):
        raise SystemExit("a record was skipped")
    return results


def run(script: Callable[[Session, str, dict[str, str]], None]) -> None:
    """A script with what the command line says."""
    endpoint, client_id, client_secret, key, *pairs = sys.argv[1:]
    script(Session(endpoint, client_id, client_secret), key, dict(p.split("=") for p in pairs))


if __name__ == "__main__":
    run(main)
