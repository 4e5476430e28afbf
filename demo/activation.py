"""The way back in the demo: three linked tables of Postgres become companies, leads and orders.

Plays the user, who edits tables and runs `meltano run activate`. Looks at Marketo through the
simulator's control API, and at what was refused through `marketo-sync`.
"""

from __future__ import annotations

import json
import subprocess
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from demo import pipeline, report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from demo.postgres import Address
    from demo.simulator import Simulator

SCHEMA: Final = "crm"  # filter_schemas in meltano.yml
TABLES: Final = Path(__file__).with_name("crm.sql")
ACTIVATE: Final = (*pipeline.MELTANO, "activate")
MENDED: Final = "update crm.contacts set email = 'mary@example.com' where contact_id = 103"
CHANGES: Final = (
    "update crm.contacts set title = 'Rear Admiral' where contact_id = 201",
    "update crm.accounts set industry = 'Mechanical computing' where account_id = 1",
    "update crm.orders set status = 'paid' where order_id = 9001",
    MENDED,
)
CURE: Final = "update crm.contacts set email = 'anita@example.com' where contact_id = 203"
KEY: Final = "contactKey"  # the key of contacts in marketo-mapping.yml
KEY_LENGTH: Final = 3  # digits; no lead of the simulator's own has such a key
ORDERS: Final = "order_c"  # api_name in marketo-mapping.yml
LEAD_FIELDS: Final = ("firstName", "lastName", "email", "title", "planCode", "company", "industry")
ORDER_FIELDS: Final = ("total", "status", "placedAt")
REJECT_FIELDS: Final = ("object", "record_key", "code", "reason")
COUNTS: Final = ("in", "created", "updated", "unchanged", "refused", "held")


def play(
    marketo: Simulator,
    database: Address,
    environment: Mapping[str, str],
    run: Callable[[Sequence[str]], None],
) -> None:
    """Send all three tables, change rows of each, and send again; `run` runs one command."""
    database.execute(f"create schema if not exists {SCHEMA}", TABLES.read_text())
    print(
        f"Now the way back: accounts, contacts and orders of schema `{SCHEMA}` become companies,\n"
        "leads and records of a custom object, linked by their foreign keys. Ada is a lead already."
    )
    _activate(environment, run)
    _show(marketo)
    print("\nWhat was refused or waits, and why (`marketo-sync rejects list`):")
    _show_rejects(environment)
    print("\nOrder 9003 waits for Mary. Then, in Postgres, she is mended, and other rows change:")
    print(*(f"  {statement};" for statement in CHANGES), "", sep="\n")
    database.execute(*CHANGES)
    _activate(environment, run)
    _show(marketo)
    print("\nStill refused:")
    _show_rejects(environment)


def leads(marketo: Simulator) -> dict[str, dict[str, Any]]:
    """The leads of the contacts, by their key."""
    found = marketo.get("/leads")["leads"]
    return {lead[KEY]: lead for lead in found if len(lead.get(KEY) or "") == KEY_LENGTH}


def orders(marketo: Simulator) -> dict[str, dict[str, Any]]:
    """The records of the orders, by their key."""
    found = marketo.get(f"/custom_objects/{ORDERS}")["records"]
    return {order["orderId"]: order for order in found}


def _activate(environment: Mapping[str, str], run: Callable[[Sequence[str]], None]) -> None:
    """One run, and what became of the rows."""
    run(ACTIVATE)
    (cycle,) = _ask(environment, "status")["last_cycles"]
    streams = cycle["counts"]["streams"].items()
    rows = [(stream, *(counts[name] for name in COUNTS)) for stream, counts in streams]
    print(report.table(("stream", *COUNTS), rows) + "\n")


def _show(marketo: Simulator) -> None:
    """The leads with what they show of their companies, and the orders with their leads."""
    found = leads(marketo)
    people = [(key, *(lead.get(name) for name in LEAD_FIELDS)) for key, lead in found.items()]
    print("Leads in Marketo, with the values of their companies:")
    print(report.table((KEY, *LEAD_FIELDS), sorted(people, key=itemgetter(0))))
    names = {lead["id"]: lead.get("lastName") for lead in found.values()}
    sales = [
        (key, names.get(order.get("leadId")), *(order.get(name) for name in ORDER_FIELDS))
        for key, order in orders(marketo).items()
    ]
    print("\nTheir orders:")
    print(report.table(("orderId", "lead", *ORDER_FIELDS), sorted(sales, key=itemgetter(0))))


def _show_rejects(environment: Mapping[str, str]) -> None:
    rejects = _ask(environment, "rejects", "list")
    print(report.table(REJECT_FIELDS, [[each[name] for name in REJECT_FIELDS] for each in rejects]))


def _ask(environment: Mapping[str, str], *words: str) -> Any:  # noqa: ANN401 - whatever JSON it prints
    """What `marketo-sync` knows."""
    command = ("marketo-sync", *words, "--format", "json")
    told = subprocess.run(command, check=True, env=environment, capture_output=True)
    return json.loads(told.stdout)
