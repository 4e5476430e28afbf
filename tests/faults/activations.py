"""The runs of the target that faults strike: first loads, and runs after things have happened.

Whatever strikes, the run or the next one ends with the same records, and the ledger says the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tests.faults.fast_targets import FastTarget, TargetRun

    Row = dict[str, Any]

STREAM = "crm-contacts"
FIELDS = {
    "email": "email",
    "first_name": "firstName",
    "plan": "planCode",
    "seats": "seats",
    "vip": "isVip",
}
SHOWN = ("contactKey", *FIELDS.values(), "externalCompanyId", "company", "industry")
COMPANY = ("externalCompanyId", "company", "industry")
ORDER = ("orderId", "total", "status")
LINK = "leadID"  # of an order to its lead
KEYS = {"contacts": "contactKey", "accounts": "externalCompanyId", "orders": "orderId"}
BLANKS = {"isVip": False}  # what an unset field reads as; booleans are never null
TYPES = {
    "contact_id": "integer",
    "email": "string",
    "first_name": "string",
    "plan": "string",
    "seats": "integer",
    "vip": "boolean",
}
ENTRY = {
    "object": "lead",
    "table": "crm.contacts",
    "key": {"contact_id": "contactKey"},
    "fields": FIELDS,
}
STREAMS = {"contacts": ENTRY}
RECREATED = {**ENTRY, "missing_in_marketo": "recreate"}


def a_contact(number: int, **changes: object) -> Row:
    """A row of crm.contacts."""
    return {
        "contact_id": number,
        "email": f"person{number}@example.com",
        "first_name": f"Person {number}",
        "plan": "basic",
        "seats": number,
        "vip": number % 2 == 0,
        **changes,
    }


FIRST = [*map(a_contact, range(1, 8)), a_contact(8, email="nobody"), a_contact(9)]
NEXT = [
    a_contact(1, plan="pro"),
    a_contact(2, seats=None, first_name="Renamed"),
    a_contact(3, plan="pro"),
    a_contact(4, plan="pro"),
    *map(a_contact, (5, 6, 7, 8)),
    a_contact(9, plan="pro"),
    a_contact(10),
    a_contact(11),
]


def singer(rows: list[Row]) -> list[Row]:
    """A whole input, with a STATE behind every second row."""
    columns = {name: {"type": ["null", kind]} for name, kind in TYPES.items()}
    return [
        schema(STREAM, columns, "contact_id"),
        *with_states([{"type": "RECORD", "stream": STREAM, "record": row} for row in rows]),
    ]


def schema(stream: str, columns: Row, *key: str) -> Row:
    """The message that begins a stream."""
    properties = {"properties": columns}
    return {"type": "SCHEMA", "stream": stream, "schema": properties, "key_properties": list(key)}


def with_states(messages: Iterable[Row]) -> Iterator[Row]:
    """The messages, with a STATE behind every second row and at the end."""
    count = 0
    for message in messages:
        yield message
        count += message["type"] == "RECORD"
        if message["type"] == "RECORD" and count % 2 == 0:
            yield state(count)
    yield state(count)


def state(upto: int) -> Row:
    """A STATE that covers so many rows."""
    return {"type": "STATE", "value": {"bookmarks": {STREAM: {"upto": upto}}}}


def first_load(target: FastTarget) -> None:
    """Marketo knows two contacts by e-mail alone, one by its key, and has one twice."""
    target.reset()
    known = [{"email": f"PERSON{number}@example.com"} for number in (1, 2)]
    with_key = {"email": "old@example.com", "contactKey": "3", "planCode": "old"}
    twice = [{"email": f"twin{number}@example.com", "contactKey": "9"} for number in (1, 2)]
    target.simulator.post("/leads", input=[*known, with_key, *twice])


def next_run(target: FastTarget) -> None:
    """After a first load one lead was deleted in Marketo, one merged, and a twin is gone."""
    first_load(target)
    target.strike()
    run = target(singer(FIRST), STREAMS)
    assert run.status == 0, run.last_line
    ids = {lead["contactKey"]: lead["id"] for lead in target.leads()}
    target.simulator.delete(f"/leads/{ids['3']}")
    target.simulator.post("/leads/merge", winner=ids["5"], losers=[ids["4"]])
    target.simulator.delete(f"/leads/{ids['9']}")


@dataclass(frozen=True)
class Activation:
    """A run of the target: what it begins with, its input and its mapping."""

    name: str
    prepare: Callable[[FastTarget], None]
    messages: list[Row]
    streams: Row = field(default_factory=lambda: STREAMS)

    @property
    def upto(self) -> int:
        """What the STATE says that covers all rows."""
        upto: int = self.messages[-1]["value"]["bookmarks"][STREAM]["upto"]
        return upto

    def run(self, target: FastTarget) -> TargetRun:
        """This run, once `prepare` has been called."""
        return target(self.messages, self.streams)


ACTIVATIONS = (
    Activation("first load", first_load, singer(FIRST)),
    Activation("next run", next_run, singer(NEXT)),
    Activation("next run, recreate", next_run, singer(NEXT), {"contacts": RECREATED}),
)


@dataclass(frozen=True)
class Quiet:
    """An activation without faults: what it ends with, and how many calls it made."""

    activation: Activation
    end: Mapping[str, Any]
    calls: int


def quiet_run(target: FastTarget, activation: Activation) -> Quiet:
    """The run without faults."""
    activation.prepare(target)
    target.strike()
    run = activation.run(target)
    assert run.status == 0, run.last_line
    assert run.states[-1]["bookmarks"][STREAM]["upto"] == activation.upto
    assert trouble(target) is None
    return Quiet(activation, end(target), len(target.simulator.get("/calls")["calls"]))


def end(target: FastTarget) -> dict[str, Any]:
    """What Marketo and the ledger hold, without ids and times."""
    leads = {lead["id"]: lead for lead in target.leads()}
    keys = {number: lead.get("contactKey") for number, lead in leads.items()}
    rejects = target.ledger.rows("rejects")
    return {
        "leads": sorted(
            ([shown(lead, name) for name in SHOWN] for lead in leads.values()), key=repr
        ),
        "companies": sorted(
            ([each.get(name) for name in COMPANY] for each in target.companies()), key=repr
        ),
        "orders": sorted(
            (
                [keys.get(each.get(LINK)), *(each.get(name) for name in ORDER)]
                for each in target.orders()
            ),
            key=repr,
        ),
        "records": {name_of(row): row["status"] for row in target.ledger.rows("records")},
        "rejects": {name_of(row): row["code"] for row in rejects if not row["resolved_at"]},
    }


def name_of(row: Row) -> str:
    """Which record a row of the ledger is about."""
    return f"{row['object']} {row['record_key']}"


def shown(record: Row, name: str) -> object:
    """The value that REST shows."""
    return record.get(name, BLANKS.get(name))


def trouble(target: FastTarget) -> str | None:
    """What the ledger says of linked records that Marketo does not say; None if they agree."""
    held = {
        "contacts": {str(lead["id"]): lead for lead in target.leads()},
        "accounts": {str(each["id"]): each for each in target.companies()},
        "orders": {each["marketoGUID"]: each for each in target.orders()},
    }
    for row in target.ledger.rows("records"):
        if row["status"] != "linked":
            continue
        record = held[row["object"]].get(row["marketo_id"])
        if record is None or str(record[KEYS[row["object"]]]) != row["record_key"]:
            return f"{name_of(row)} is linked to another record, or to none"
        for name, base in row["base"].items():
            if base["marketo"] != shown(record, name):
                return f"{name_of(row)}: its base of {name} is not what Marketo holds"
    return None


def difference(target: FastTarget, quiet: Quiet) -> str | None:
    """What is otherwise than after the quiet run; None if nothing is."""
    found = end(target)
    others = [what for what, expected in quiet.end.items() if found[what] != expected]
    return f"{json.dumps(found)[:2000]}: other {', '.join(others)}" if others else trouble(target)
