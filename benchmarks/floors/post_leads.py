"""Singer lines to Sync Leads: read them, hash each record, post 300 at a time.

`ENDPOINT ID SECRET KEY COLUMN=FIELD...`; it keeps no ledger, looks nothing up, and sends all.
"""

from __future__ import annotations

import sys
from hashlib import blake2b
from typing import Any, Final

import orjson

from benchmarks.floors.session import Session

RECORDS_PER_CALL: Final = 300


def main(session: Session, key: str, fields: dict[str, str]) -> None:
    """All records of the input."""
    hashes = set()
    batch: list[dict[str, Any]] = []
    for line in sys.stdin.buffer:
        message = orjson.loads(line)
        if message["type"] != "RECORD":
            continue
        record = message["record"]
        hashes.add(blake2b(orjson.dumps(record), digest_size=16).digest())
        batch.append({field: record[column] for column, field in fields.items()})
        if len(batch) == RECORDS_PER_CALL:
            post(session, key, batch)
            batch = []
    if batch:
        post(session, key, batch)


def post(session: Session, key: str, batch: list[dict[str, Any]]) -> None:
    """One call; a record that is refused ends the script."""
    body = {"action": "createOrUpdate", "lookupField": key, "input": batch}
    answer = session.post("/rest/v1/leads.json", body)
    if any(result["status"] == "skipped" for result in answer["result"]):
        raise SystemExit("a record was skipped")


if __name__ == "__main__":
    endpoint, client_id, client_secret, key, *pairs = sys.argv[1:]
    main(Session(endpoint, client_id, client_secret), key, dict(pair.split("=") for pair in pairs))
