"""The tables of a run: the user's, what tap-marketo has landed, and lists that end with it.

The ledger's own tables are in `marketo_sync.ledger.tables`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    MetaData,
    Table,
    TableClause,
    Text,
    cast,
    column,
    false,
    func,
    literal,
    select,
    table,
    true,
)
from sqlalchemy.types import UserDefinedType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Insert, Select

    from marketo_sync.mapping import Entry
    from marketo_sync.reconcile.sides import catalog

    Expression = ColumnElement[Any]

BLANKS: Final = " \t\n\r\f\v"
LEADS: Final = "leads"
LEAD_CHANGES: Final = "lead_changes"
MERGED_LEADS: Final = "merged_leads"
DELETED_LEADS: Final = "deleted_leads"
LEAD_IDS: Final = "lead_ids"
LEAD_FIELDS: Final = "lead_fields"
EXTRACTED_AT: Final = "_sdc_extracted_at"
RECEIVED_AT: Final = "_sdc_received_at"
DELETED_AT: Final = "_sdc_deleted_at"
NEEDED: Final = {  # table of the tap: columns that a run reads, beside those of mapped fields
    LEADS: ("id", EXTRACTED_AT, DELETED_AT),
    LEAD_CHANGES: (
        *("marketoGUID", "leadId", "activityDate", "fieldName", "oldValue", "newValue"),
        *("source", "campaignId", RECEIVED_AT),
    ),
    MERGED_LEADS: ("winningLeadId", "losingLeadId", "activityDate"),
    DELETED_LEADS: ("leadId", "activityDate"),
    LEAD_FIELDS: ("name", "dataType", "updateable", "isCompanyField", DELETED_AT),
}

lists = MetaData()
work = Table(  # lists of records; batches take them in this order
    "marketo_sync_work",
    lists,
    Column("list", Text, primary_key=True),
    Column("ordinal", BigInteger, primary_key=True),
    Column("record_key", Text, nullable=False),
    Column("marketo_id", Text),
    prefixes=["TEMPORARY"],
)


def put_on(name: str, found: Select[Any]) -> Insert:
    """Put the records that a query finds on a list, in the order of their keys."""
    each = found.subquery("found")
    ordinal = func.row_number().over(order_by=each.c.record_key)
    rows = select(literal(name), ordinal, each.c.record_key, each.c.marketo_id)
    return work.insert().from_select(["list", "ordinal", "record_key", "marketo_id"], rows)


def stretch(name: str, *, after: int, upto: int) -> Expression:
    """A part of a list: behind the first number, up to the second."""
    return (work.c.list == name) & (work.c.ordinal > after) & (work.c.ordinal <= upto)


class Declared(UserDefinedType[Any]):
    """A type as Postgres writes it, length, scale and schema included."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        """The type's own words."""
        return self.name


def users_table(relation: catalog.Relation) -> TableClause:
    """The user's table with the columns that it has."""
    columns = [column(each.name, Declared(each.type)) for each in relation.columns.values()]
    return table(relation.name, *columns, schema=relation.schema)


def landed_table(schema: str, name: str, columns: Iterable[str]) -> TableClause:
    """A table of the tap."""
    return table(name, *(column(each) for each in columns), schema=schema)


def key_of(key: catalog.Column, source: Expression) -> Expression:
    """The record key as text, the same that `key_text` makes of the value.

    `format` keeps the blanks behind a char(n), which a cast would drop.
    """
    return cast(func.trim_scale(source), Text) if key.bare_type == "numeric" else text_of(source)


def text_of(source: Expression) -> Expression:
    """A value as its type writes it."""
    return func.format(literal("%s"), source)


def digest_of(seed: str, columns: Sequence[Expression]) -> Expression:
    """A short text that moves when one of the columns does, or the seed."""
    return func.md5(func.concat(literal(seed), cast(func.row(*columns), Text)))


def folded(source: Expression) -> Expression:
    """A value as keys and matches are compared: without case and the blanks around it."""
    return func.lower(func.btrim(text_of(source), literal(BLANKS)))


def takes_part(entry: Entry, rows: TableClause) -> Expression:
    """Rows that `where` lets in and that are not deleted softly."""
    allowed = func.coalesce(rows.c[entry.where], false()) if entry.where else true()
    return allowed & rows.c[entry.deleted_at].is_(None) if entry.deleted_at else allowed
