"""The type of custom object that a table needs, without a Marketo: data types, key and links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from marketo_sync import parse_streams
from target_marketo.objects.type_definition import define

if TYPE_CHECKING:
    from target_marketo.objects.type_definition import WantedField

TEXT = {"type": ["string", "null"]}
CONTACTS = {"object": "lead", "table": "crm.contacts", "key": {"contact_id": "contactKey"}}
OF_COLUMN: list[tuple[dict[str, Any], str]] = [
    ({"type": ["integer", "null"], "maximum": 2147483647}, "integer"),
    ({"type": ["integer", "null"], "maximum": 9223372036854775807}, "integer"),
    ({"type": ["number", "null"]}, "float"),
    ({"type": ["boolean", "null"]}, "boolean"),
    ({"type": ["string", "null"], "format": "date-time"}, "datetime"),
    ({"type": ["string", "null"], "format": "date"}, "date"),
    ({"type": ["string", "null"], "format": "time"}, "string"),
    ({"type": ["string", "null"], "format": "uuid"}, "string"),
    ({"type": ["string", "null"], "maxLength": 255}, "string"),
    ({"type": ["string", "null"], "maxLength": 256}, "text"),
    ({"type": ["array", "null"], "items": {"type": "string"}}, "text"),
    ({"type": ["object", "null"]}, "text"),
    ({"type": ["string", "number", "integer", "array", "object", "boolean", "null"]}, "text"),
    ({}, "string"),
]


def fields(columns: dict[str, Any], **entry: Any) -> dict[str, WantedField]:
    """What an entry for the table `crm.orders` asks of its type, by name."""
    spec = {"object": "custom_object", "api_name": "order_c", "table": "crm.orders", **entry}
    entries = {e.name: e for e in parse_streams({"contacts": CONTACTS, "orders": spec}).entries}
    return {field.name: field for field in define(entries["orders"], columns, entries).fields}


@pytest.mark.parametrize(("column", "data_type"), OF_COLUMN, ids=str)
def test_a_column_becomes_a_field_of_the_type_that_holds_its_values(
    column: dict[str, Any], data_type: str
):
    found = fields({"id": TEXT, "value": column}, key={"id": "orderId"})
    assert found["value"].data_type == data_type


@pytest.mark.parametrize(
    ("column", "data_type"),
    [
        ({"type": ["integer"], "maximum": 2147483647}, "integer"),
        ({"type": ["integer"], "maximum": 9223372036854775807}, "string"),
        ({"type": ["integer"]}, "string"),
        (TEXT, "string"),
    ],
    ids=str,
)
def test_a_key_that_an_integer_of_marketo_cannot_hold_is_text(
    column: dict[str, Any], data_type: str
):
    found = fields({"id": column}, key={"id": "orderId"})
    assert (found["orderId"].data_type, found["orderId"].dedupe) == (data_type, True)


def test_all_columns_become_fields_unless_the_mapping_says_which():
    columns = dict.fromkeys(("id", "contact_id", "placed_at", "createdAt", "_sdc_batched_at"), TEXT)
    keys = {"key": {"id": "orderId"}, "link": {"contact_id": "contacts"}}
    assert list(fields(columns, **keys)) == ["orderId", "leadId", "placedAt", "sourceCreatedAt"]
    named = fields(columns, **keys, fields={"placed_at": "boughtOn"})
    assert list(named) == ["orderId", "leadId", "boughtOn"]


def test_the_field_that_flags_deleted_rows_is_a_boolean_of_the_type():
    found = fields({"id": TEXT}, key={"id": "orderId"}, deleted_in_database={"flag": "isGone"})
    assert found["isGone"].data_type == "boolean"


def test_a_link_in_the_key_is_one_field():
    keys = {"key": {"contact_id": "leadId", "id": "orderId"}, "link": {"contact_id": "contacts"}}
    found = fields({"id": TEXT, "contact_id": TEXT}, **keys)
    link = found["leadId"].link
    assert link
    assert [found["leadId"].dedupe, link.name, link.field] == [True, "lead", "id"]
    assert list(found) == ["leadId", "orderId"]
