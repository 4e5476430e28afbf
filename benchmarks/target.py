"""Contacts as Singer lines, and target-marketo as a program that sends them to an empty Marketo."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.child import Program
from benchmarks.marketo import NOW, PLENTY, floor
from demo import simulator as simulators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

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
MORE_FIELDS: Final = {  # what else a usual table of contacts has
    "salutation": "salutation",
    "middle_name": "middleName",
    "title": "title",
    "department": "department",
    "phone": "phone",
    "mobile_phone": "mobilePhone",
    "address": "address",
    "city": "city",
    "state": "state",
    "country": "country",
    "postal_code": "postalCode",
    "date_of_birth": "dateOfBirth",
    "do_not_call": "doNotCall",
    "lead_source": "leadSource",
    "lifetime_value": "lifetimeValue",
    "behavior_score": "behaviorScore",
    "renewal_date": "renewalDate",
    "last_seen_at": "lastSeenAt",
}
MORE_TYPES: Final = {
    **dict.fromkeys(MORE_FIELDS, "string"),
    "do_not_call": "boolean",
    "lifetime_value": "number",
    "behavior_score": "integer",
}
PLANS: Final = ("basic", "pro", "enterprise")
CITIES: Final = ("Berlin", "Toulouse", "Oslo", "Saint Paul")

Contact = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of contacts: its columns as fields of Marketo, and as JSON types; a row by number."""

    fields: Mapping[str, str]
    types: Mapping[str, str]
    row: Callable[[int], Contact]

    @property
    def entry(self) -> dict[str, Any]:
        """Its entry in the mapping."""
        key = {KEY: KEY_FIELD}
        return {"object": "lead", "table": "crm.contacts", "key": key, "fields": self.fields}

    def rows(self, count: int) -> Iterator[Contact]:
        """The first so many contacts."""
        return map(self.row, range(1, count + 1))


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


def a_wide_contact(number: int) -> Contact:
    """The same contact with all that a usual table holds; some of it is null."""
    day = f"{number % 28 + 1:02}"
    return a_contact(
        number,
        salutation=("Ms.", "Mr.", None)[number % 3],
        middle_name=None,
        title=f"Engineer {number % 31}",
        department=f"Department {number % 17}",
        phone=f"+49 30 {number:07}",
        mobile_phone=None if number % 2 else f"+49 170 {number:07}",
        address=f"{number % 400} Analytical Street",
        city=CITIES[number % len(CITIES)],
        state=None,
        country="Germany",
        postal_code=f"{number % 99999:05}",
        date_of_birth=f"19{number % 50 + 50}-12-{day}",
        do_not_call=number % 7 == 0,
        lead_source="Web",
        lifetime_value=number * 1.25,
        behavior_score=number % 100,
        renewal_date=f"2027-01-{day}",
        last_seen_at=f"2026-11-{day}T08:15:00+00:00",
    )


THIN: Final = Table(FIELDS, TYPES, a_contact)
WIDE: Final = Table({**FIELDS, **MORE_FIELDS}, {**TYPES, **MORE_TYPES}, a_wide_contact)


def contacts(count: int, **changes: object) -> Iterator[Contact]:
    """The first so many contacts."""
    return (a_contact(number, **changes) for number in range(1, count + 1))


def write_input(path: Path, rows: Iterable[Contact], table: Table = THIN) -> Path:
    """A whole Singer input: SCHEMA, a RECORD for each contact, a last STATE."""
    with path.open("w") as file:
        file.writelines(f"{json.dumps(message)}\n" for message in _messages(rows, table))
    return path


def _messages(rows: Iterable[Contact], table: Table) -> Iterator[dict[str, Any]]:
    columns = {name: {"type": ["null", kind]} for name, kind in table.types.items()}
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


def empty(
    simulator: Simulator,
    *,
    clock: str = "stopped",
    **settings: Any,  # noqa: ANN401 - as the simulator has them
) -> None:
    """Forget all leads and calls; limits are out of the way."""
    simulator.post("/reset", profile="empty", now=NOW, clock=clock)
    limits = {"calls_per_20s": PLENTY, "daily_calls": PLENTY}
    simulator.post("/settings", **{**limits, **settings})


def target(
    simulator: Simulator,
    folder: Path,
    source: Path,
    ledger_url: str,
    table: Table = THIN,
    **settings: Any,  # noqa: ANN401 - as the target takes them
) -> Program:
    """The command that sends what is in `source`; limits are out of the way."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "endpoint": simulator.endpoint,
        "client_id": simulator.client_id,
        "client_secret": simulator.client_secret,
        "streams": {"contacts": table.entry},
        "ledger_url": ledger_url,
        "max_calls_per_20s": PLENTY,
        "max_daily_calls": PLENTY,
        **settings,
    }
    (folder / "config.json").write_text(json.dumps(config))
    return Program([str(COMMAND), "--config", "config.json"], folder, stdin=source)


def least(
    simulator: Simulator,
    folder: Path,
    source: Path,
    script: str = "post_leads",
    table: Table = THIN,
) -> Program:
    """A floor: the script that sends what is in `source`."""
    pairs = [f"{column}={field}" for column, field in {KEY: KEY_FIELD, **table.fields}.items()]
    program = floor(script, simulator, folder, KEY_FIELD, *pairs)
    return Program(program.command, folder, program.environment, source)
