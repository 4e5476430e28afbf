"""Runs of target-marketo as a user starts it: its command line, a config file, lines on stdin.

A run whose input is all there is a fork of a process that has imported the target already: most
of its time would go into that.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import requests
from sqlalchemy import create_engine, text

from tests.faults.forks import run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from demo.simulator import Simulator

TARGET: Final = Path(sys.executable).parent / "target-marketo"
STREAM: Final = "crm-contacts"
COLUMNS: Final = {
    "contact_id": {"type": ["integer"]},
    "email": {"type": ["null", "string"]},
    "first_name": {"type": ["null", "string"]},
    "plan": {"type": ["null", "string"]},
    "seats": {"type": ["null", "integer"]},
    "vip": {"type": ["null", "boolean"]},
}
ENTRY: Final = {
    "object": "lead",
    "table": "crm.contacts",
    "key": {"contact_id": "contactKey"},
    "fields": {
        "email": "email",
        "first_name": "firstName",
        "plan": "planCode",
        "seats": "seats",
        "vip": "isVip",
    },
}
COUNTS: Final = re.compile(
    r"(?P<stream>\S+): (?P<taken>\d+) in = (?P<sent>\d+) sent \((?P<created>\d+) created,"
    r" (?P<updated>\d+) updated(?:, \d+ deleted)?\) \+ (?P<unchanged>\d+) unchanged"
    r" \+ (?P<refused>\d+) refused \+ (?P<held>\d+) held"
)

Message = dict[str, Any]
Row = dict[str, Any]


def a_contact(number: int, **changes: Any) -> Row:
    """A row of crm.contacts."""
    return {
        "contact_id": number,
        "email": f"person{number}@example.com",
        "first_name": f"Person {number}",
        "plan": "basic",
        "seats": number,
        "vip": False,
        **changes,
    }


def a_schema(columns: dict[str, Any] = COLUMNS, *, stream: str = STREAM, key: str = "contact_id"):
    return {
        "type": "SCHEMA",
        "stream": stream,
        "schema": {"properties": columns},
        "key_properties": [key],
    }


def a_record(row: Row, *, stream: str = STREAM) -> Message:
    return {"type": "RECORD", "stream": stream, "record": row}


def a_state(number: int) -> Message:
    return {"type": "STATE", "value": {"bookmarks": {STREAM: {"upto": number}}}}


def singer(rows: Iterable[Row], *, state_every: int = 0, **schema: Any) -> list[Message]:
    """A whole input: SCHEMA, the rows, and a last STATE (or one after every so many rows)."""
    stream = schema.get("stream", STREAM)
    messages = [a_schema(**schema)]
    number = 0
    for number, row in enumerate(rows, start=1):
        messages.append(a_record(row, stream=stream))
        if state_every and number % state_every == 0:
            messages.append(a_state(number))
    return [*messages, a_state(number)]


@dataclass(frozen=True, slots=True)
class TargetRun:
    """What one run left behind."""

    status: int
    stdout: str
    stderr: str

    @property
    def states(self) -> list[int]:
        """How far each STATE says that the input is done."""
        values = [json.loads(line) for line in self.stdout.splitlines()]
        return [value["bookmarks"][STREAM]["upto"] for value in values]

    @property
    def last_line(self) -> str:
        """The last line on stderr: what stopped the run."""
        return self.stderr.rstrip().rpartition("\n")[2]

    @property
    def counts(self) -> dict[str, int]:
        """What became of the rows of the one stream, by the summary; `taken` is the sum."""
        found = COUNTS.search(self.stderr)
        assert found, self.stderr
        counts = {name: int(n) for name, n in found.groupdict().items() if name != "stream"}
        rest = counts["unchanged"] + counts["refused"] + counts["held"]
        assert counts["taken"] == counts["sent"] + rest
        assert counts["sent"] == counts["created"] + counts["updated"]
        return {name: number for name, number in counts.items() if number and name != "sent"}


class TargetRunner:
    """Runs the target against one simulator, with one ledger."""

    def __init__(self, simulator: Simulator, folder: Path, ledger_url: str, server: Path) -> None:
        self.simulator = simulator
        self.folder = folder
        self.ledger_url = ledger_url
        self.server = server

    def __call__(self, messages: Iterable[Message | str], **settings: Any) -> TargetRun:
        """One run to its end, whatever that is."""
        arguments = self.command(**settings)[1:]
        done = run(self.server, arguments, self.folder, stdin=lines(messages))
        return TargetRun(done.status, done.stdout, done.stderr)

    def start(self, **settings: Any) -> subprocess.Popen[str]:
        """A run whose input is still to be written."""
        return subprocess.Popen(
            self.command(**settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            text=True,
        )

    def command(self, *, entry: Row | None = None, **settings: Any) -> list[str]:
        """The command line; `entry` changes the mapping of contacts."""
        config = {
            "endpoint": self.simulator.endpoint,
            "client_id": self.simulator.client_id,
            "client_secret": self.simulator.client_secret,
            "ledger_url": self.ledger_url,
            "max_calls_per_20s": 1000,
            "request_timeout_seconds": 2,
            "streams": {"contacts": {**ENTRY, **(entry or {})}},
            **settings,
        }
        path = self.folder / "config.json"
        path.write_text(json.dumps({k: v for k, v in config.items() if v is not None}))
        return [str(TARGET), "--config", str(path)]

    def fault(self, kind: str, **where: Any) -> None:
        """Something goes wrong from now on."""
        body = {"kind": kind, **where}
        reply = requests.post(f"{self.simulator.control}/faults", json=body, timeout=20)
        reply.raise_for_status()

    def leads(self, *names: str) -> list[tuple[Any, ...]]:
        """Those fields of all leads, sorted."""
        found = self.simulator.get("/leads")["leads"]
        return sorted((tuple(lead.get(name) for name in names) for lead in found), key=str)

    def calls(self, method: str = "POST", path: str = "/rest/v1/leads.json") -> list[Message]:
        """Calls of that kind since the log was cleared: by default the writes."""
        log = self.simulator.get("/calls")["calls"]
        return [call for call in log if call["method"] == method and call["path"] == path]

    def marketo(self, method: str, path: str, body: Row | None = None) -> Row:
        """A call that another program makes."""
        credentials = {
            "grant_type": "client_credentials",
            "client_id": self.simulator.client_id,
            "client_secret": self.simulator.client_secret,
        }
        root = self.simulator.endpoint.removesuffix("/rest")
        token = requests.get(f"{root}/identity/oauth/token", params=credentials, timeout=20).json()
        head = {"Authorization": f"Bearer {token['access_token']}"}
        answer = requests.request(method, f"{root}{path}", json=body, headers=head, timeout=20)
        return answer.json()

    def change_ledger(self, statement: str, **values: str) -> None:
        """What another program did to the ledger meanwhile."""
        schema = "marketo_sync." if self.ledger_url.startswith("postgres") else ""
        engine = create_engine(self.ledger_url)
        with engine.begin() as connection:
            connection.execute(text(statement.format(schema=schema)), values)
        engine.dispose()

    def ledger(self, table: str) -> list[Row]:
        """All rows of a ledger table."""
        schema = "marketo_sync." if self.ledger_url.startswith("postgres") else ""
        engine = create_engine(self.ledger_url)
        with engine.connect() as connection:
            rows = connection.execute(text(f"select * from {schema}{table}")).mappings().all()  # noqa: S608 - a name of ours
        engine.dispose()
        return [dict(row) for row in rows]


def lines(messages: Iterable[Message | str]) -> str:
    """Singer lines; a text goes in as it is."""
    texts = (each if isinstance(each, str) else json.dumps(each) for each in messages)
    return "".join(f"{line}\n" for line in texts)
