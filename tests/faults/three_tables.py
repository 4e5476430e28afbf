"""Runs of the target over three tables: companies, the leads linked to them, and their orders.

Children come first, one parent is refused, and what goes from the tables is deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.faults.activations import STREAM, Activation, schema, with_states
from tests.faults.fast_targets import ORDERS

if TYPE_CHECKING:
    from tests.faults.fast_targets import FastTarget

    Row = dict[str, Any]

TEXT = {"type": ["null", "string"]}
WHOLE = {"type": ["null", "integer"]}
GONE = "2026-11-24T09:30:00Z"
DELETE = {"deleted_in_database": "delete"}
STREAMS = {
    "accounts": {
        "object": "company",
        "table": "crm.accounts",
        "key": {"account_id": "externalCompanyId"},
        "fields": {"name": "company"},
        **DELETE,
    },
    "contacts": {
        "object": "lead",
        "table": "crm.contacts",
        "key": {"contact_id": "contactKey"},
        "company": "account_id",
        "changed_at": "updated_at",
        "fields": {"email": "email", "first_name": "firstName", "industry": "industry"},
        **DELETE,
    },
    "orders": {
        "object": "custom_object",
        "api_name": ORDERS,
        "table": "crm.orders",
        "key": {"order_id": "orderId"},
        "link": {"contact_id": {"object": "contacts", "to": "leadID"}},
        "create_type": True,
        "fields": {"total": "total", "status": "status"},
        **DELETE,
    },
}
COLUMNS = {
    "crm-accounts": {"account_id": WHOLE, "name": TEXT},
    STREAM: {
        "contact_id": WHOLE,
        "account_id": WHOLE,
        "email": TEXT,
        "first_name": TEXT,
        "industry": TEXT,
        "updated_at": TEXT,
    },
    "crm-orders": {
        "order_id": WHOLE,
        "contact_id": WHOLE,
        "total": {"type": ["null", "number"]},
        "status": TEXT,
    },
}


def an_account(number: int, **changes: object) -> Row:
    """A row of crm.accounts."""
    return {"account_id": number, "name": f"Account {number}", **changes}


def a_contact(number: int, account: int | None, **changes: object) -> Row:
    """A row of crm.contacts."""
    return {
        "contact_id": number,
        "account_id": account,
        "email": f"person{number}@example.com",
        "first_name": f"Person {number}",
        "industry": None,
        "updated_at": "2026-11-24T08:00:00Z",
        **changes,
    }


def an_order(number: int, contact: int, **changes: object) -> Row:
    """A row of crm.orders."""
    return {
        "order_id": number,
        "contact_id": contact,
        "total": number + 0.5,
        "status": "open",
        **changes,
    }


def tables(orders: list[Row], contacts: list[Row], accounts: list[Row]) -> list[Row]:
    """A whole input, children first."""
    streams = {"crm-orders": orders, STREAM: contacts, "crm-accounts": accounts}
    messages = []
    for stream, rows in streams.items():
        columns = COLUMNS[stream]
        messages.append(schema(stream, columns, next(iter(columns))))
        messages += [{"type": "RECORD", "stream": stream, "record": row} for row in rows]
    return list(with_states(messages))


FIRST = tables(
    [an_order(1, 7), an_order(2, 8), an_order(3, 9), an_order(4, 7)],
    [
        a_contact(7, 1, industry="Looms"),
        a_contact(8, 1),
        a_contact(9, 2, email="nobody"),
        a_contact(10, None, industry="Mills"),
    ],
    [an_account(1), an_account(2), an_account(3)],
)
NEXT = tables(
    [an_order(1, 8, status="paid"), {"order_id": 2, "_sdc_deleted_at": GONE}, an_order(5, 11)],
    [
        a_contact(7, 1, industry="Engines", updated_at="2026-11-24T09:00:00Z"),
        a_contact(9, 2),
        {"contact_id": 10, "_sdc_deleted_at": GONE},
        a_contact(11, 2, first_name=None),
    ],
    [an_account(1, name="Renamed"), an_account(2), {"account_id": 3, "_sdc_deleted_at": GONE}],
)


def first_load(target: FastTarget) -> None:
    """Marketo has the metadata API, and knows one contact by e-mail and one company by its key."""
    target.reset()
    target.simulator.post("/leads", input=[{"email": "PERSON7@example.com"}])
    target.simulator.post("/companies", input=[{"externalCompanyId": "2", "company": "Old"}])


def next_run(target: FastTarget) -> None:
    """After a first load."""
    first_load(target)
    target.strike()
    run = target(FIRST, STREAMS)
    assert run.status == 0, run.last_line


ACTIVATIONS = (
    Activation("three tables, first load", first_load, FIRST, STREAMS),
    Activation("three tables, next run", next_run, NEXT, STREAMS),
)
