"""Contacts as Singer lines, and target-marketo as a program that sends them to an empty Marketo."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.child import Program
from benchmarks.marketo import NOW, PLENTY, floor
from demo import simulator as simulators

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from demo.simulator import Simulator

COMMAND: Final = Path(sys.executable).parent / "target-marketo"
STREAM: Final = "crm-contacts"
KEY: Final = "contact_id"
KEY_FIELD: Final = "contactKey"
FIELDS: Final = {
    "email": "email",
    "first_name": "firstName",
    "last_name": "lastName",
    "plan": "planCode",
    "seats": "seats",
    "vip": "isVip",
}
TYPES: Final = {
    KEY: "integer",
    **dict.fromkeys(("email", "first_name", "last_name", "plan", "updated_at"), "string"),
    "seats": "integer",
    "vip": "boolean",
}
PLANS: Final = ("basic", "pro", "enterprise")
ENTRY: Final = {
    "object": "lead",
    "table": "crm.contacts",
    "key": {KEY: KEY_FIELD},
    "fields": FIELDS,
}

Contact = dict[str, Any]


def a_contact(number: int, **changes: object) -> Contact:
    """A row of crm.contacts as tap-postgres sends it; each number has its own values."""
    return {
        KEY: number,
        "email": f"Contact.{number}@example.com",
        "first_name": f"Ada{number % 977}",
        "last_name": f"Lovelace-{number}",
        "plan": PLANS[number % len(PLANS)],
        "seats": number % 500,
        "vip": number % 20 == 0,
        "updated_at": "2026-11-24T09:00:00+00:00",
        **changes,
    }


def contacts(count: int, **changes: object) -> Iterator[Contact]:
    """The first so many contacts."""
    return (a_contact(number, **changes) for number in range(1, count + 1))


def write_input(path: Path, rows: Iterable[Contact]) -> Path:
    """A whole Singer input: SCHEMA, a RECORD for each contact, a last STATE."""
    with path.open("w") as file:
        file.writelines(f"{json.dumps(message)}\n" for message in _messages(rows))
    return path


def _messages(rows: Iterable[Contact]) -> Iterator[dict[str, Any]]:
    columns = {name: {"type": ["null", kind]} for name, kind in TYPES.items()}
    schema = {"properties": columns}
    yield {"type": "SCHEMA", "stream": STREAM, "schema": schema, "key_properties": [KEY]}
    extracted = "2026-11-24T09:30:00+00:00"
    for row in rows:
        yield {"type": "RECORD", "stream": STREAM, "record": row, "time_extracted": extracted}
    yield {"type": "STATE", "value": {"bookmarks": {STREAM: {"replication_key": "updated_at"}}}}


@contextmanager
def empty_marketo(folder: Path) -> Iterator[Simulator]:
    """A Marketo without leads; `empty` it again between runs."""
    with simulators.running(folder / "simulator.log", "--profile", "empty") as simulator:
        empty(simulator)
        yield simulator


def empty(simulator: Simulator, **settings: Any) -> None:  # noqa: ANN401 - as the simulator has them
    """Forget all leads and calls; limits are out of the way."""
    simulator.post("/reset", profile="empty", now=NOW, clock="stopped")
    limits = {"calls_per_20s": PLENTY, "daily_calls": PLENTY}
    simulator.post("/settings", **{**limits, **settings})


def target(
    simulator: Simulator,
    folder: Path,
    source: Path,
    ledger_url: str,
    **settings: Any,  # noqa: ANN401 - as the target takes them
) -> Program:
    """The command that sends what is in `source`; limits are out of the way."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "endpoint": simulator.endpoint,
        "client_id": simulator.client_id,
        "client_secret": simulator.client_secret,
        "streams": {"contacts": ENTRY},
        "ledger_url": ledger_url,
        "max_calls_per_20s": PLENTY,
        "max_daily_calls": PLENTY,
        **settings,
    }
    (folder / "config.json").write_text(json.dumps(config))
    return Program([str(COMMAND), "--config", "config.json"], folder, stdin=source)


def least(simulator: Simulator, folder: Path, source: Path, *options: str) -> Program:
    """The floor: the script that sends what is in `source`."""
    pairs = [f"{column}={field}" for column, field in {KEY: KEY_FIELD, **FIELDS}.items()]
    program = floor("post_leads", simulator, folder, *options, KEY_FIELD, *pairs)
    return Program(program.command, folder, program.environment, source)
