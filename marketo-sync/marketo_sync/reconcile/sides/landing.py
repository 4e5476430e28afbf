"""What tap-marketo and its loader have left: tables, and Marketo's fields. Knows no mapping."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketo_client.naming import fitted
from sqlalchemy import select

from marketo_sync.reconcile.errors import NotTwoWayError
from marketo_sync.reconcile.sides import catalog, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

    from marketo_sync.reconcile.sides.catalog import Column, Relation

TEXT: Final = "string"


@dataclass(frozen=True, slots=True)
class MarketoField:
    """A field as `lead_fields` describes it."""

    name: str
    data_type: str
    updateable: bool
    of_company: bool


@dataclass(frozen=True, slots=True)
class Landed:
    """What tap-marketo has left: its tables, and Marketo's fields by name."""

    schema: str
    relations: Mapping[str, Relation]
    fields: Mapping[str, MarketoField]

    @property
    def lead_columns(self) -> Mapping[str, Column]:
        """The columns of the landed leads."""
        return self.relations[tables.LEADS].columns

    def shown_in(self, name: str) -> str | None:
        """The column of landed leads that shows a field; None where there is none."""
        column = fitted(name)
        return column if column in self.lead_columns else None

    def nearest(self, name: str) -> str:
        """A hint at the field that may be meant."""
        near = difflib.get_close_matches(name, self.fields, n=1)
        return f"; is {near[0]} meant?" if near else ""


def landed(connection: Connection, schema: str) -> Landed:
    """What has landed. Raises NotTwoWayError where a table or column that is needed is missing."""
    found = {name: catalog.relation(connection, schema, name) for name in tables.NEEDED}
    optional = catalog.relation(connection, schema, tables.LEAD_IDS)
    problems = list(_not_landed(schema, found))
    if problems:
        raise NotTwoWayError(problems)
    relations = {name: each for name, each in {**found, tables.LEAD_IDS: optional}.items() if each}
    return Landed(schema, relations, _marketo_fields(connection, schema))


def _not_landed(schema: str, found: Mapping[str, Relation | None]) -> Iterator[str]:
    for name, relation in found.items():
        if relation is None or not all(each.may_read for each in relation.columns.values()):
            yield (
                f"there is no table {schema}.{name} that may be read: let tap-marketo and its"
                " loader run first, or name the schema by --marketo-schema"
            )
            continue
        for column in tables.NEEDED[name]:
            if column not in relation.columns:
                yield f"{relation.shown} has no column {column}: load it with target-postgres"


def _marketo_fields(connection: Connection, schema: str) -> dict[str, MarketoField]:
    rows = tables.landed_table(schema, tables.LEAD_FIELDS, tables.NEEDED[tables.LEAD_FIELDS])
    present = select(rows).where(rows.c[tables.DELETED_AT].is_(None))
    return {
        row.name: MarketoField(
            row.name, row.dataType or TEXT, row.updateable is not False, bool(row.isCompanyField)
        )
        for row in connection.execute(present)
    }
