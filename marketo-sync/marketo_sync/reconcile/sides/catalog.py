"""What Postgres says of a table: its columns, their types, and what we may do with them.

Knows nothing of Marketo.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

DEFAULT_SCHEMA: Final = "public"

RELATION: Final = text("""
select c.oid, c.relkind::text as kind,
       has_table_privilege(c.oid, 'DELETE') as may_delete,
       has_schema_privilege(n.oid, 'USAGE') as may_enter
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname = :schema and c.relname = :name and c.relkind in ('r', 'p', 'v', 'f', 'm')
""")
COLUMNS: Final = text("""
select a.attname as name,
       format_type(a.atttypid, a.atttypmod) as type,
       case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod)
            else format_type(a.atttypid, a.atttypmod) end as stored_type,
       t.typcategory::text as category,
       a.attnotnull as not_null,
       a.atthasdef or a.attidentity <> '' as has_default,
       a.attgenerated <> '' or a.attidentity = 'a' as is_generated,
       has_column_privilege(a.attrelid, a.attnum, 'SELECT') as may_read,
       has_column_privilege(a.attrelid, a.attnum, 'UPDATE') as may_update,
       has_column_privilege(a.attrelid, a.attnum, 'INSERT') as may_insert,
       coalesce(i.is_updatable = 'YES', true) as is_updatable,
       exists (select 1 from pg_catalog.pg_index x
                where x.indrelid = a.attrelid and x.indisunique and x.indpred is null
                  and x.indnkeyatts = 1 and x.indkey[0] = a.attnum) as is_unique
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_type t on t.oid = a.atttypid
  left join information_schema.columns i
    on i.table_schema = :schema and i.table_name = :name and i.column_name = a.attname
 where a.attrelid = :oid and a.attnum > 0 and not a.attisdropped
 order by a.attnum
""")


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `type` is what it is declared as, `stored_type` what a domain stands for.

    `category` is the letter of pg_type.typcategory. Postgres docs: pg_type.
    """

    name: str
    type: str
    stored_type: str
    category: str
    not_null: bool
    has_default: bool
    is_generated: bool
    may_read: bool
    may_update: bool
    may_insert: bool
    is_updatable: bool
    is_unique: bool

    @property
    def bare_type(self) -> str:
        """The type without its length or scale: `numeric` of `numeric(6,2)`."""
        head, _, tail = self.stored_type.partition("(")
        return (head + tail.partition(")")[2]).strip()


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view that is there."""

    schema: str
    name: str
    kind: str
    may_delete: bool
    columns: Mapping[str, Column] = field(repr=False)

    @property
    def shown(self) -> str:
        """Its name as the mapping writes it."""
        return f"{self.schema}.{self.name}"


def relation(connection: Connection, schema: str, name: str) -> Relation | None:
    """The table or view of that name; None where there is none that we may look at."""
    place: dict[str, Any] = {"schema": schema, "name": name}
    found = connection.execute(RELATION, place).first()
    if found is None or not found.may_enter:
        return None
    rows = connection.execute(COLUMNS, {**place, "oid": found.oid}).mappings()
    columns = {row["name"]: Column(**row) for row in rows}
    return Relation(schema, name, found.kind, found.may_delete, columns)


def split(table: str) -> tuple[str, str]:
    """Schema and name of a table as the mapping writes it."""
    schema, _, name = table.rpartition(".")
    return schema or DEFAULT_SCHEMA, name
