"""Targets of the fault tests: many at once, each with a Marketo and a ledger of its own.

The ledgers are in SQLite and in Postgres by turns.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marketo_sync.ledger.tables import SCHEMA, metadata
from sqlalchemy import create_engine, select, text

from demo import postgres as databases
from demo import simulator as simulators
from tests.faults.forks import MOMENT_SECONDS, server_of, started
from tests.faults.leaks import leaks

if TYPE_CHECKING:
    import signal
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from demo.postgres import Address
    from demo.simulator import Simulator
    from tests.faults.forks import Running

NOW = "2026-11-24T10:00:00Z"
PLENTY = 100_000  # calls in 20 seconds: the runs against one simulator never wait for each other
STILL_RUNNING_SECONDS = 2  # how long after its start a write whose answer is lost may be running
SCHEMA_MAP = "schema_translate_map"
ORDERS = "order_c"  # API name of the one custom object that these runs know

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TargetRun:
    """What one run left behind."""

    status: int
    states: list[Any]
    stderr: str

    @property
    def last_line(self) -> str:
        """The last line on stderr: what stopped the run."""
        return self.stderr.rstrip().rpartition("\n")[2]


class Ledger:
    """The ledger of one target, as its users read it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.kind = "Postgres" if url.startswith("postgresql") else "SQLite"
        schema = SCHEMA if self.kind == "Postgres" else None
        self._engine = create_engine(url, execution_options={SCHEMA_MAP: {SCHEMA: schema}})

    def rows(self, table: str) -> list[Row]:
        """All rows of a table."""
        with self._engine.connect() as connection:
            found = connection.execute(select(metadata.tables[f"{SCHEMA}.{table}"]))
            return [dict(row) for row in found.mappings()]

    def clear(self) -> None:
        """Forget everything but the tables, if there are any yet."""
        with self._engine.begin() as connection:
            if self._is_there(connection):
                for table in metadata.tables.values():
                    connection.execute(table.delete())

    def close(self) -> None:
        """Let go of its connections."""
        self._engine.dispose()

    def _is_there(self, connection: Connection) -> bool:
        catalogs = {
            "SQLite": "select 1 from sqlite_master where name = 'records'",
            "Postgres": "select 1 from pg_tables where schemaname = 'marketo_sync'",
        }
        return connection.scalar(text(catalogs[self.kind])) is not None


class FastTarget:
    """A target that starts without importing anything."""

    def __init__(self, simulator: Simulator, folder: Path, server: Path, ledger: Ledger) -> None:
        self.simulator = simulator
        self.folder = folder
        self.server = server
        self.ledger = ledger
        self.temporary = folder / "temporary"
        self.temporary.mkdir()

    def __call__(self, messages: Iterable[Row], streams: Row) -> TargetRun:
        """One run to its end, whatever that is."""
        with self.started(messages, streams) as running:
            return self.outcome(running.wait())

    def ended_in_call(
        self, number: signal.Signals, fault: Row, messages: Iterable[Row], streams: Row
    ) -> TargetRun:
        """A run that gets a signal while a call that a fault draws out is on its way.

        How rows meet in calls differs: a run may end before it makes as many as another one did.
        """
        self.strike(fault)
        with self.started(messages, streams) as running:
            while not self.struck() and not running.is_over:
                time.sleep(MOMENT_SECONDS)
            running.send(number)
            return self.outcome(running.wait())

    def ended_after(
        self, number: signal.Signals, seconds: float, messages: Iterable[Row], streams: Row
    ) -> TargetRun:
        """A run that gets a signal after some time."""
        with self.started(messages, streams) as running:
            time.sleep(seconds)
            running.send(number)
            return self.outcome(running.wait())

    @contextmanager
    def started(self, messages: Iterable[Row], streams: Row) -> Iterator[Running]:
        """A run while it goes on; its input and output are files."""
        lines = "".join(f"{json.dumps(message)}\n" for message in messages)
        (self.folder / "stdin").write_text(lines)
        config = {
            "endpoint": self.simulator.endpoint,
            "client_id": self.simulator.client_id,
            "client_secret": self.simulator.client_secret,
            "ledger_url": self.ledger.url,
            "max_calls_per_20s": PLENTY,
            "request_timeout_seconds": STILL_RUNNING_SECONDS,
            "max_delete_percent": 100,
            "streams": streams,
        }
        (self.folder / "config.json").write_text(json.dumps(config))
        files = {name: str(self.folder / name) for name in ("stdin", "stdout", "stderr")}
        order = {
            "arguments": ["--config", str(self.folder / "config.json")],
            "folder": str(self.folder),
            "temporary": str(self.temporary),
            **files,
        }
        with started(self.server, order) as running:
            yield running

    def outcome(self, status: int) -> TargetRun:
        """What the run that has just ended left behind; nothing secret is in it."""
        stderr = (self.folder / "stderr").read_text()
        stdout = (self.folder / "stdout").read_text()
        states = [json.loads(line) for line in stdout.splitlines(keepends=True) if line[-1] == "\n"]
        texts = {"log": stderr, "state": stdout}
        assert leaks(self.simulator, texts, self.temporary) == []
        return TargetRun(status, states, stderr)

    def reset(self) -> None:
        """An empty Marketo and an empty ledger."""
        self.simulator.post("/reset", profile="empty", now=NOW, clock="stopped")
        self.simulator.post("/settings", calls_per_20s=PLENTY, custom_object_types=True)
        self.ledger.clear()

    def strike(self, *faults: Row) -> None:
        """These faults in place of all others; calls are counted from 1 again."""
        self.simulator.delete("/faults")
        self.simulator.delete("/calls")
        for fault in faults:
            self.simulator.post("/faults", **fault)

    def struck(self) -> list[int]:
        """The calls that went wrong."""
        return [
            call for fault in self.simulator.get("/faults")["faults"] for call in fault["struck"]
        ]

    def leads(self) -> list[Row]:
        """All leads."""
        leads: list[Row] = self.simulator.get("/leads")["leads"]
        return leads

    def companies(self) -> list[Row]:
        """All companies."""
        companies: list[Row] = self.simulator.get("/companies")["companies"]
        return companies

    def orders(self) -> list[Row]:
        """All records of the custom object for orders, if there is such a type."""
        types = self.simulator.get("/custom_object_types")["types"]
        if not any(each["apiName"] == ORDERS and each["state"] != "draft" for each in types):
            return []
        records: list[Row] = self.simulator.get(f"/custom_objects/{ORDERS}")["records"]
        return records


def by_ledger(targets: list[FastTarget]) -> list[list[FastTarget]]:
    """Those with a ledger in Postgres, and those with one in SQLite."""
    kinds = sorted({target.ledger.kind for target in targets})
    return [[target for target in targets if target.ledger.kind == kind] for kind in kinds]


@contextmanager
def fast_targets(folder: Path, count: int, server: Address) -> Iterator[list[FastTarget]]:
    """That many targets; every second ledger is a database on that server."""
    with ExitStack() as stack:
        forks = stack.enter_context(server_of("tests.faults.target_server"))
        targets = []
        for number in range(count):
            home = folder / f"{number}"
            home.mkdir()
            options = ("--profile", "empty", "--now", NOW, "--clock", "stopped")
            simulator = stack.enter_context(simulators.running(home / "log", *options))
            ledger = Ledger(stack.enter_context(_ledger_url(home, server, number)))
            stack.callback(ledger.close)
            targets.append(FastTarget(simulator, home, forks, ledger))
        yield targets


@contextmanager
def _ledger_url(home: Path, server: Address, number: int) -> Iterator[str]:
    if number % 2 == 0:
        yield f"sqlite:///{home / 'ledger.db'}"
        return
    with databases.database(server, f"faults_{home.parent.name}_{number}") as address:
        yield address.url
