"""Three tables with foreign keys, as Singer messages, and the mapping that sends them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_runs import Message, Row

TEXT: Final = {"type": ["null", "string"]}
NUMBER: Final = {"type": ["null", "number"]}
WHOLE: Final = {"type": ["null", "integer"]}
TIME: Final = {"type": ["null", "string"], "format": "date-time"}
ACCOUNTS: Final = {
    "object": "company",
    "table": "crm.accounts",
    "key": {"account_id": "externalCompanyId"},
    "fields": {"name": "company", "employees": "numberOfEmployees"},
}
CONTACTS: Final = {
    "object": "lead",
    "table": "crm.contacts",
    "key": {"contact_id": "contactKey"},
    "company": "account_id",
    "changed_at": "updated_at",
    "fields": {"email": "email", "first_name": "firstName", "industry": "industry"},
}


@dataclass(frozen=True, slots=True)
class Table:
    """A stream and its columns."""

    stream: str
    key: tuple[str, ...]
    columns: dict[str, Any]

    def schema(self, columns: dict[str, Any] | None = None) -> Message:
        return {
            "type": "SCHEMA",
            "stream": self.stream,
            "schema": {"properties": columns or self.columns},
            "key_properties": list(self.key),
        }

    def rows(self, rows: Iterable[Row]) -> list[Message]:
        """The table's rows behind its schema."""
        records = [{"type": "RECORD", "stream": self.stream, "record": row} for row in rows]
        return [self.schema(), *records]


accounts: Final = Table(
    "crm-accounts", ("account_id",), {"account_id": WHOLE, "name": TEXT, "employees": WHOLE}
)
contacts: Final = Table(
    "crm-contacts",
    ("contact_id",),
    {
        "contact_id": WHOLE,
        "account_id": WHOLE,
        "email": TEXT,
        "first_name": TEXT,
        "industry": TEXT,
        "updated_at": TIME,
    },
)


def an_account(number: int, **changes: Any) -> Row:
    """A row of crm.accounts."""
    return {"account_id": number, "name": f"Account {number}", "employees": number, **changes}


def a_contact(number: int, account: int | None = None, **changes: Any) -> Row:
    """A row of crm.contacts."""
    return {
        "contact_id": number,
        "account_id": account,
        "email": f"person{number}@example.com",
        "first_name": f"Person {number}",
        "industry": None,
        "updated_at": "2026-11-24T09:00:00Z",
        **changes,
    }


def state(number: int) -> Message:
    """A STATE that covers so many rows."""
    return {"type": "STATE", "value": {"bookmarks": {"crm-contacts": {"upto": number}}}}


ORDERS: Final = {
    "object": "custom_object",
    "api_name": "order_c",
    "table": "crm.orders",
    "key": {"order_id": "orderId"},
    "link": {"contact_id": {"object": "contacts", "to": "leadID"}},
    "create_type": True,
    "fields": {"total": "total", "status": "status", "placed_at": "placedAt"},
}
orders: Final = Table(
    "crm-orders",
    ("order_id",),
    {
        "order_id": WHOLE,
        "contact_id": WHOLE,
        "total": NUMBER,
        "status": TEXT,
        "placed_at": TIME,
    },
)


def an_order(number: int, contact: int | None = None, **changes: Any) -> Row:
    """A row of crm.orders."""
    return {
        "order_id": number,
        "contact_id": contact,
        "total": number + 0.5,
        "status": "open",
        "placed_at": "2026-11-24T09:00:00Z",
        **changes,
    }
