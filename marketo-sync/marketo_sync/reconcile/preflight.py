"""Mapping, tables, what has landed and rights, compared before anything is written.

All that cannot work is told at once. A field or column that worked before and is gone is drift: it
is left out, with a warning.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from marketo_client.naming import fitted
from sqlalchemy import literal_column, select
from sqlalchemy.exc import DBAPIError

from marketo_sync.ledger.database import AS_IT_IS
from marketo_sync.mapping import (
    COMPANY_ID,
    Action,
    Conflict,
    Direction,
    MergedInMarketo,
    Nulls,
    ObjectKind,
    OnDelete,
    OnNew,
)
from marketo_sync.mapping.choices import TWO_WAY_KINDS
from marketo_sync.reconcile import catalog, shapes, tables
from marketo_sync.reconcile.errors import NotTwoWayError
from marketo_sync.reconcile.fields import LEAD_ID, EntryPlan, SyncField
from marketo_sync.reconcile.landing import TEXT
from marketo_sync.reconcile.merge import Rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from marketo_sync.mapping import Entry, FieldMapping
    from marketo_sync.mapping import Mapping as MappingFile
    from marketo_sync.reconcile.catalog import Column, Relation
    from marketo_sync.reconcile.landing import Landed, MarketoField

    Problems = Iterator[str]

INSTANT_TYPES: Final = {  # type: whether it has a zone
    "timestamp with time zone": True,
    "timestamp without time zone": False,
}


@dataclass(slots=True)
class Findings:
    """What is wrong with an entry, and what is left out of it."""

    problems: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def plans(
    connection: Connection,
    mapping: MappingFile,
    has_landed: Landed,
    worked_before: Mapping[str, Collection[str]],
) -> list[EntryPlan]:
    """The plan of every entry that both sides share. Raises NotTwoWayError with all problems.

    Companies come first: fields of theirs are not those of the leads that are linked to them.
    """
    shared = [entry for entry in mapping.entries if _is_shared(entry)]
    shared.sort(key=lambda entry: entry.object is not ObjectKind.COMPANY)
    of_companies = frozenset(
        each.to
        for entry in shared
        if entry.object is ObjectKind.COMPANY
        for each in entry.fields or ()
    )
    findings = Findings()
    if not shared:
        findings.problems.append("no entry for leads or companies names its fields")
    made = [
        _plan(connection, entry, has_landed, worked_before.get(entry.name, ()), findings)
        for entry in shared
    ]
    if findings.problems:
        raise NotTwoWayError(findings.problems)
    return [replace(plan, others=of_companies) for plan in made if plan is not None]


def _is_shared(entry: Entry) -> bool:
    """Whether the entry is the reconciler's: a lead's or company's with named fields.

    One without a table is its own only where Marketo's values go to the database.
    """
    if entry.object not in TWO_WAY_KINDS or entry.fields is None:
        return False
    return entry.table is not None or any(_is_pulled(each) for each in entry.fields)


def _is_pulled(mapped: FieldMapping) -> bool:
    return mapped.direction is not Direction.TO_MARKETO


def _plan(
    connection: Connection,
    entry: Entry,
    has_landed: Landed,
    worked_before: Collection[str],
    findings: Findings,
) -> EntryPlan | None:
    place = f"entry `{entry.name}`"
    if entry.table is None:
        findings.problems.append(f"{place}: name its `table`, since Marketo's values go there")
        return None
    relation = catalog.relation(connection, *catalog.split(entry.table))
    if relation is None:
        findings.problems.append(f"{place}: there is no table {entry.table} that may be read")
        return None
    resolving = _Resolving(connection, entry, relation, has_landed, worked_before, findings)
    return resolving.plan()


@dataclass(slots=True)
class _Resolving:
    """One entry on its way to a plan."""

    connection: Connection
    entry: Entry
    relation: Relation
    landed: Landed
    worked_before: Collection[str]
    findings: Findings
    left_out: list[str] = field(default_factory=list)

    def plan(self) -> EntryPlan | None:
        before = len(self.findings.problems)
        key = self._key()
        fields = [each for each in map(self._field, self.entry.fields or ()) if each is not None]
        link = self._link() if self.entry.company else None
        checks = (self._sends(), self._policies(), self._times(), self._roles(), self._match())
        for problems in checks:
            self.findings.problems.extend(f"{self._place}: {words}" for words in problems)
        if key is None or len(self.findings.problems) > before:
            return None
        # A company is its key, which Marketo never changes; a lead's may have to be sent again.
        own = () if self.entry.object is ObjectKind.COMPANY else (key,)
        linked = (link,) if link else ()
        return EntryPlan(
            self.entry, self.relation, key, (*own, *linked, *fields), tuple(self.left_out)
        )

    @property
    def _place(self) -> str:
        return f"entry `{self.entry.name}`"

    def _wrong(self, place: str, words: str) -> None:
        self.findings.problems.append(f"{self._place}, {place}: {words}")

    def _key(self) -> SyncField | None:
        part = self.entry.key[0]
        place = f"key {part.column}"
        column = self._column(part.column, place)
        shown = self._shown(part.field, place)
        if column is None or shown is None:
            return None
        if not shapes.is_key(column):
            self._wrong(place, f"is {column.type}; a key is a number, a text or a uuid")
        if self.relation.kind in "rp" and not column.is_unique:
            self._wrong(place, "is not unique: make it the primary key, or give it a unique index")
        rules = Rules(self._type_of(part.field), Direction.TO_MARKETO, conflict=None)
        return SyncField(part.field, column, shown, rules)

    def _link(self) -> SyncField | None:
        place = f"company {self.entry.company}"
        column = self._column(self.entry.company or "", place)
        shown = self._shown(COMPANY_ID, place)
        if column is None or shown is None:
            return None
        rules = Rules(TEXT, Direction.TO_MARKETO, conflict=None)
        return SyncField(COMPANY_ID, column, shown, rules, is_link=True)

    def _field(self, mapped: FieldMapping) -> SyncField | None:
        place = f"column {mapped.column}"
        known = self.landed.fields.get(mapped.to)
        there = mapped.column in self.relation.columns
        if mapped.to in self.worked_before and not (known and there):
            missing = f"field {mapped.to}" if known is None else f"column {mapped.column}"
            self.left_out.append(f"{self._place}, {place}: the {missing} is gone")
            return None
        column = self._column(mapped.column, place)
        shown = self._shown(mapped.to, place)
        if column is None or shown is None or known is None:
            return None
        made = self._synced(mapped, column, shown, known)
        self._check_column(made, place)
        if mapped.direction is Direction.BOTH and not known.updateable:
            self._wrong(place, f"{mapped.to} is read-only in Marketo: `direction: to_database`")
        return made

    def _synced(
        self, mapped: FieldMapping, column: Column, shown: str, known: MarketoField
    ) -> SyncField:
        rules = Rules(known.data_type, mapped.direction, mapped.conflict, self.entry.first_link)
        of_company = self.entry.object is ObjectKind.LEAD and known.of_company
        return SyncField(mapped.to, column, shown, rules, mapped, of_company)

    def _check_column(self, made: SyncField, place: str) -> None:
        column = made.column
        if not made.is_pulled:
            if not shapes.is_readable(column):
                self._wrong(place, f"{column.type} cannot be sent to Marketo")
            return
        if not shapes.is_writable(column):
            self._wrong(place, f"{column.type} cannot take Marketo's values: `to_marketo`")
        elif column.is_generated or not column.is_updatable:
            self._wrong(place, "cannot be written to: `direction: to_marketo`")
        else:
            self._check_update(column, place)

    def _column(self, name: str, place: str) -> Column | None:
        """A column that is there and may be read."""
        column = self.relation.columns.get(name)
        if column is None:
            near = difflib.get_close_matches(name, self.relation.columns, n=1)
            hint = f"; is {near[0]} meant?" if near else ""
            self._wrong(place, f"{self.relation.shown} has no such column{hint}")
        elif not column.may_read:
            self._wrong(place, f"may not be read: GRANT SELECT ON {self.relation.shown}")
        else:
            return column
        return None

    def _check_update(self, column: Column, place: str) -> None:
        if not column.may_update:
            grant = f"GRANT UPDATE ({column.name}) ON {self.relation.shown}"
            self._wrong(place, f"may not be written to: {grant}")

    def _shown(self, name: str, place: str) -> str | None:
        """The landed column of a field that Marketo has."""
        if name != COMPANY_ID and name not in self.landed.fields:
            self._wrong(place, f"Marketo has no field {name}{self.landed.nearest(name)}")
            return None
        shown = self.landed.shown_in(name)
        if shown is None:
            table = f"{self.landed.schema}.{tables.LEADS}"
            self._wrong(place, f"{table} has no column {fitted(name)}: select it in tap-marketo")
        return shown

    def _type_of(self, name: str) -> str:
        known = self.landed.fields.get(name)
        return known.data_type if known else TEXT

    def _match(self) -> Problems:
        for name in self.entry.match_fields:
            if self.landed.shown_in(name) is None:
                yield f"match {name}: {self.landed.schema}.{tables.LEADS} has no such column"

    def _sends(self) -> Problems:
        """Who sends more than what has changed overwrites what Marketo has changed meanwhile."""
        if all(each.direction is not Direction.BOTH for each in self.entry.fields or ()):
            return
        words = "also sends fields that have not changed here, over what has changed in Marketo"
        if self.entry.action is Action.CREATE_OR_UPDATE:
            yield f"`action: {Action.CREATE_OR_UPDATE}` {words}; take it out, or map `to_marketo`"
        if self.entry.nulls is Nulls.ALWAYS:
            yield f"`nulls: {Nulls.ALWAYS}` {words}; take it out, or map `to_marketo`"

    def _times(self) -> Problems:
        """`newest` needs to know when a row was changed."""
        newest = [f.column for f in self.entry.fields or () if f.conflict is Conflict.NEWEST]
        column = self.entry.changed_at
        if column is None:
            if newest:
                names = ", ".join(newest)
                yield (
                    f"`conflict: newest` (the default) of {names} needs `changed_at`, the column"
                    " that says when a row was changed; else choose another policy"
                )
            return
        found = self._column(column, f"changed_at {column}")
        has_zone = INSTANT_TYPES.get(found.bare_type) if found else True
        if has_zone is None:
            yield f"changed_at {column}: is no timestamp"
        elif not has_zone and self.entry.time_zone is None:
            yield f"changed_at {column}: has no time zone, so add `time_zone: Europe/Berlin`"

    def _roles(self) -> Problems:
        """Columns with a meaning of their own."""
        entry = self.entry
        for name, role in ((entry.where, "where"), (entry.deleted_at, "deleted_at")):
            found = self._column(name, f"{role} {name}") if name else None
            if found and role == "where" and found.category != "B":
                yield f"where {name}: is {found.type}, not boolean"
        if entry.marketo_id:
            found = self._column(entry.marketo_id, f"marketo_id {entry.marketo_id}")
            if found:
                self._check_update(found, f"marketo_id {entry.marketo_id}")
        if entry.merged_in_marketo is MergedInMarketo.FLAG and not entry.deleted_in_marketo.flag:
            yield (
                "`merged_in_marketo: flag` sets the column of `deleted_in_marketo: {flag: …}`:"
                " name it there"
            )

    def _policies(self) -> Problems:
        """What the policies write."""
        entry, relation = self.entry, self.relation
        deleted = entry.deleted_in_marketo
        if deleted.action is OnDelete.FLAG and deleted.flag:
            found = self._column(deleted.flag, f"deleted_in_marketo {deleted.flag}")
            if found:
                self._check_update(found, f"deleted_in_marketo {deleted.flag}")
                if found.category != "B":
                    yield f"deleted_in_marketo {deleted.flag}: is {found.type}, not boolean"
        merges_delete = (
            entry.object is ObjectKind.LEAD
            and entry.merged_in_marketo is MergedInMarketo.HONOUR
            and entry.deleted_at is None
        )
        if (deleted.action is OnDelete.DELETE or merges_delete) and not relation.may_delete:
            yield f"rows may not be deleted: GRANT DELETE ON {relation.shown}"
        if entry.new_in_marketo.action is OnNew.INSERT:
            yield from self._inserts()

    def _inserts(self) -> Problems:
        if self.entry.object is ObjectKind.COMPANY:
            yield "`new_in_marketo: insert`: companies are created by the database alone"
            return
        yield from self._condition()
        pulled = [each.column for each in self.entry.fields or () if _is_pulled(each)]
        columns = [*pulled, *([self.entry.marketo_id] if self.entry.marketo_id else [])]
        known = self.relation.columns
        denied = [name for name in columns if name in known and not known[name].may_insert]
        if denied:
            grant = f"GRANT INSERT ({', '.join(denied)}) ON {self.relation.shown}"
            yield f"rows may not be inserted: {grant}"

    def _condition(self) -> Problems:
        """The user's SQL over landed leads: whether Postgres understands it."""
        where = self.entry.new_in_marketo.where
        if where is None:
            return
        rows = tables.landed_table(self.landed.schema, tables.LEADS, self.landed.lead_columns)
        query = select(rows.c[LEAD_ID]).where(literal_column(f"({where})")).limit(0)
        try:
            with self.connection.begin_nested():
                self.connection.execute(query, execution_options={AS_IT_IS: True})
        except DBAPIError as error:
            reason = str(error.orig).partition("\n")[0]
            yield f"new_in_marketo: its SQL does not work on the landed leads: {reason}"


def warnings_of(made: Sequence[EntryPlan]) -> list[str]:
    """What is left out, a line each."""
    return [line for plan in made for line in plan.left_out]
