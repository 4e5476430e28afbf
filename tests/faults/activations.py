"""The runs of the target that faults strike: a first load, and one after things have happened.

Whatever strikes, the run or the next one ends with the same leads, and the ledger says the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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
SHOWN = ("contactKey", *FIELDS.values())
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


def singer(rows: list[Row]) -> Iterator[Row]:
    """A whole input, with a STATE behind every second row."""
    columns = {name: {"type": ["null", kind]} for name, kind in TYPES.items()}
    schema = {"properties": columns}
    yield {"type": "SCHEMA", "stream": STREAM, "schema": schema, "key_properties": ["contact_id"]}
    for number, row in enumerate(rows, start=1):
        yield {"type": "RECORD", "stream": STREAM, "record": row}
        if number % 2 == 0 or number == len(rows):
            yield {"type": "STATE", "value": {"bookmarks": {STREAM: {"upto": number}}}}


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
    run = target(singer(FIRST), ENTRY)
    assert run.status == 0, run.last_line
    ids = {lead["contactKey"]: lead["id"] for lead in target.leads()}
    target.simulator.delete(f"/leads/{ids['3']}")
    target.simulator.post("/leads/merge", winner=ids["5"], losers=[ids["4"]])
    target.simulator.delete(f"/leads/{ids['9']}")


@dataclass(frozen=True)
class Activation:
    """A run of the target: what it begins with, its rows and its mapping."""

    name: str
    prepare: Callable[[FastTarget], None]
    rows: list[Row]
    entry: Row = field(default_factory=lambda: ENTRY)

    def run(self, target: FastTarget) -> TargetRun:
        """This run, once `prepare` has been called."""
        return target(singer(self.rows), self.entry)


ACTIVATIONS = (
    Activation("first load", first_load, FIRST),
    Activation("next run", next_run, NEXT),
    Activation("next run, recreate", next_run, NEXT, RECREATED),
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
    assert run.states[-1]["bookmarks"][STREAM]["upto"] == len(activation.rows)
    assert trouble(target) is None
    return Quiet(activation, end(target), len(target.simulator.get("/calls")["calls"]))


def end(target: FastTarget) -> dict[str, Any]:
    """What Marketo and the ledger hold, without ids and times."""
    leads = [[shown(lead, name) for name in SHOWN] for lead in target.leads()]
    rejects = target.ledger.rows("rejects")
    return {
        "leads": sorted(leads, key=repr),
        "records": {row["record_key"]: row["status"] for row in target.ledger.rows("records")},
        "rejects": {row["record_key"]: row["code"] for row in rejects if not row["resolved_at"]},
    }


def shown(lead: Row, name: str) -> object:
    """The value that REST shows."""
    return lead.get(name, BLANKS.get(name))


def trouble(target: FastTarget) -> str | None:
    """What the ledger says of linked records that Marketo does not say; None if they agree."""
    leads = {str(lead["id"]): lead for lead in target.leads()}
    for row in target.ledger.rows("records"):
        if row["status"] != "linked":
            continue
        lead = leads.get(row["marketo_id"])
        if lead is None or lead["contactKey"] != row["record_key"]:
            return f"record {row['record_key']} is linked to another lead, or to none"
        for name, base in row["base"].items():
            if base["marketo"] != shown(lead, name):
                return f"record {row['record_key']}: its base of {name} is not what Marketo holds"
    return None


def difference(target: FastTarget, quiet: Quiet) -> str | None:
    """What is otherwise than after the quiet run; None if nothing is."""
    found = end(target)
    others = [what for what, expected in quiet.end.items() if found[what] != expected]
    return f"{json.dumps(found)[:2000]}: other {', '.join(others)}" if others else trouble(target)
