"""Mapping, tables, what has landed and rights, compared before anything is written.

All that cannot work is told at once. A field or column that worked before and is gone is drift: it
is left out, with a warning.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from marketo_sync.mapping import ObjectKind
from marketo_sync.mapping.choices import TWO_WAY_KINDS
from marketo_sync.reconcile.errors import NotTwoWayError
from marketo_sync.reconcile.preflight.checks import check
from marketo_sync.reconcile.preflight.columns import Columns
from marketo_sync.reconcile.preflight.resolving import Resolving
from marketo_sync.reconcile.sides import catalog

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from marketo_sync.mapping import Entry
    from marketo_sync.mapping import Mapping as MappingFile
    from marketo_sync.reconcile.sides.fields import EntryPlan
    from marketo_sync.reconcile.sides.landing import Landed


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
    problems: list[str] = []
    if not shared:
        problems.append("no entry for leads or companies names its fields")
    made = [
        _plan(connection, entry, has_landed, worked_before.get(entry.name, ()), problems)
        for entry in shared
    ]
    if problems:
        raise NotTwoWayError(problems)
    return [replace(plan, others=of_companies) for plan in made if plan is not None]


def _is_shared(entry: Entry) -> bool:
    """Whether the entry is the reconciler's: a lead's or company's with named fields.

    One without a table is its own only where Marketo's values go to the database.
    """
    if entry.object not in TWO_WAY_KINDS or entry.fields is None:
        return False
    return entry.table is not None or any(each.is_pulled for each in entry.fields)


def _plan(
    connection: Connection,
    entry: Entry,
    has_landed: Landed,
    worked_before: Collection[str],
    problems: list[str],
) -> EntryPlan | None:
    place = f"entry `{entry.name}`"
    if entry.table is None:
        problems.append(f"{place}: name its `table`, since Marketo's values go there")
        return None
    relation = catalog.relation(connection, *catalog.split(entry.table))
    if relation is None:
        problems.append(f"{place}: there is no table {entry.table} that may be read")
        return None
    before = len(problems)
    columns = Columns(entry, relation, has_landed, problems)
    made = Resolving(columns, worked_before).plan()
    check(columns, connection)
    return made if len(problems) == before else None


def warnings_of(made: Sequence[EntryPlan]) -> list[str]:
    """What is left out, a line each."""
    return [line for plan in made for line in plan.left_out]
