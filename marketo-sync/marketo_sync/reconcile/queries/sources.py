"""The two sides of an entry as SQL sees them: the user's rows, and what Marketo shows of each.

Every other file of this folder builds on `Sources`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Select, and_, cast, select

from marketo_sync.ledger.records import Status
from marketo_sync.ledger.tables import pairs, records
from marketo_sync.mapping import COMPANY_ID
from marketo_sync.reconcile.sides import tables
from marketo_sync.reconcile.sides.fields import LEAD_ID

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Subquery, Table, TableClause

    from marketo_sync.reconcile.sides.fields import EntryPlan
    from marketo_sync.reconcile.sides.landing import Landed

    Expression = ColumnElement[Any]

COMPANY: Final = "company_key"  # a landed lead's company, by the name that the queries use


@dataclass(frozen=True)
class Sources:
    """The tables of one entry in one instance; `objects` are all entries for leads."""

    instance: str
    plan: EntryPlan
    landed: Landed
    objects: tuple[str, ...]

    @cached_property
    def rows(self) -> TableClause:
        """The user's table."""
        return tables.users_table(self.plan.relation)

    @cached_property
    def leads(self) -> TableClause:
        """The landed leads."""
        return tables.landed_table(self.landed.schema, tables.LEADS, self.landed.lead_columns)

    @cached_property
    def shown(self) -> TableClause | Subquery:
        """What Marketo shows: a landed lead, or of a company the lead of it that was read last."""
        return self._latest_of_companies.subquery("shown") if self.plan.is_company else self.leads

    @property
    def key(self) -> Expression:
        """The record key of a row of the user's."""
        column = self.plan.key.column
        return tables.key_of(column, self.rows.c[column.name])

    @property
    def takes_part(self) -> Expression:
        """Rows that are synchronised at all."""
        return tables.takes_part(self.plan.entry, self.rows)

    @property
    def row_digest(self) -> Expression:
        """Moves when a column of the row that the mapping names moves."""
        changed_at = self.plan.entry.changed_at
        names = [name for name in self.plan.columns if name != changed_at]
        return tables.digest_of(self.seed, [self.rows.c[name] for name in names])

    @property
    def shown_digest(self) -> Expression:
        """Moves when what Marketo shows of the mapped fields moves."""
        columns = [self.shown.c[each.landed] for each in self.plan.fields]
        return tables.digest_of(self.seed, [*columns, self.company_of_lead])

    @property
    def seed(self) -> str:
        """Moves when the entry or the types of its fields move: then every pair is looked at."""
        types = ",".join(f"{each.name}:{each.rules.data_type}" for each in self.plan.fields)
        return f"{self.plan.entry.digest} {types} {sorted(self.plan.others)}"

    @property
    def company_of_lead(self) -> Expression:
        """The company that a lead is linked to, null where that has not landed."""
        name = self.landed.shown_in(COMPANY_ID)
        return self.shown.c[name] if name else cast(None, tables.Declared("text"))

    @property
    def is_shown(self) -> Expression:
        """A record and what Marketo shows of it."""
        if self.plan.is_company:
            return self.shown.c[COMPANY] == records.c.record_key
        return self.shown.c[LEAD_ID] == cast(records.c.marketo_id, BigInteger)

    @property
    def is_linked(self) -> Expression:
        """The entry's records that have their counterpart in Marketo."""
        return and_(self.of(records), records.c.status == Status.LINKED)

    @property
    def is_pair(self) -> Expression:
        """A record and what was remembered of it."""
        return self.of(pairs) & (pairs.c.record_key == records.c.record_key)

    @property
    def is_alive(self) -> Expression:
        """Landed leads that are not marked as gone."""
        return self.leads.c[tables.DELETED_AT].is_(None)

    def of(self, table: Table) -> Expression:
        """The entry's rows of a ledger table."""
        return (table.c.instance == self.instance) & (table.c.object == self.plan.entry.name)

    def landed_as(self, name: str) -> TableClause:
        """Another landed table."""
        return tables.landed_table(self.landed.schema, name, self.landed.relations[name].columns)

    @property
    def _latest_of_companies(self) -> Select[Any]:
        leads = self.leads
        company = leads.c[self.landed.shown_in(COMPANY_ID) or LEAD_ID]
        return (
            select(tables.text_of(company).label(COMPANY), *leads.c)
            .distinct(company)
            .where(company.is_not(None), self.is_alive)
            .order_by(company, leads.c[tables.EXTRACTED_AT].desc(), leads.c[LEAD_ID])
        )
