"""All leads of some fields by bulk extract: `ENDPOINT ID SECRET START END FIELD...`."""

from __future__ import annotations

import csv
import io
import sys
import time
from typing import Any, Final

import orjson

from benchmarks.floors.casts import CASTS, text
from benchmarks.floors.session import Session

EXPORT: Final = "/bulk/v1/leads/export"


def main(session: Session, start: str, end: str, fields: list[str]) -> None:
    """One window."""
    described = session.get("/rest/v1/leads/describe.json")["result"]
    types = {field["rest"]["name"]: field["dataType"] for field in described if "rest" in field}
    wanted = {"createdAt": {"startAt": start, "endAt": end}}
    job = session.post(
        f"{EXPORT}/create.json", {"format": "CSV", "fields": fields, "filter": wanted}
    )["result"][0]["exportId"]
    session.post(f"{EXPORT}/{job}/enqueue.json")
    while session.get(f"{EXPORT}/{job}/status.json")["result"][0]["status"] != "Completed":
        time.sleep(1)
    file: Any = session.file(f"{EXPORT}/{job}/file.json").raw
    file.auto_close = False  # urllib3 docs: Using io Wrappers with Response Content
    lines = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
    write(csv.reader(lines), [CASTS.get(types[name], text) for name in fields])


def write(rows: Any, casts: list[Any]) -> None:  # noqa: ANN401 - csv names no type for its reader
    """A RECORD line for each row below the header."""
    names = next(rows)
    columns = list(zip(names, casts, strict=True))
    for row in rows:
        record = {
            name: None if cell == "null" else cast(cell)
            for (name, cast), cell in zip(columns, row, strict=True)
        }
        message = {"type": "RECORD", "stream": "leads", "record": record}
        sys.stdout.buffer.write(orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    endpoint, client_id, client_secret, start, end, *fields = sys.argv[1:]
    main(Session(endpoint, client_id, client_secret), start, end, fields)
