"""What an entry asks for besides its fields: whether both sides can do it, and go together.

Each check yields what is wrong with the entry, in words; what is wrong with a column is noted where
it is looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import literal_column, select
from sqlalchemy.exc import DBAPIError

from marketo_sync.ledger.database import AS_IT_IS
from marketo_sync.mapping import (
    Action,
    Conflict,
    Direction,
    MergedInMarketo,
    Nulls,
    ObjectKind,
    OnDelete,
    OnNew,
)
from marketo_sync.reconcile.sides import tables
from marketo_sync.reconcile.sides.fields import LEAD_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from marketo_sync.mapping import Entry
    from marketo_sync.reconcile.preflight.columns import Columns

    Problems = Iterator[str]

INSTANT_TYPES: Final = {  # type: whether it has a zone
    "timestamp with time zone": True,
    "timestamp without time zone": False,
}


def check(columns: Columns, connection: Connection) -> None:
    """Note all that is wrong; `connection` tries the user's SQL."""
    for of_entry in CHECKS:
        for words in of_entry(columns.entry, columns):
            columns.note(words)
    for words in _inserts(columns.entry, columns, connection):
        columns.note(words)


def _sends(entry: Entry, _: Columns) -> Problems:
    """Who sends more than what has changed overwrites what Marketo has changed meanwhile."""
    if all(each.direction is not Direction.BOTH for each in entry.fields or ()):
        return
    words = "also sends fields that have not changed here, over what has changed in Marketo"
    if entry.action is Action.CREATE_OR_UPDATE:
        yield f"`action: {Action.CREATE_OR_UPDATE}` {words}; take it out, or map `to_marketo`"
    if entry.nulls is Nulls.ALWAYS:
        yield f"`nulls: {Nulls.ALWAYS}` {words}; take it out, or map `to_marketo`"


def _times(entry: Entry, columns: Columns) -> Problems:
    """`newest` needs to know when a row was changed."""
    newest = [each.column for each in entry.fields or () if each.conflict is Conflict.NEWEST]
    column = entry.changed_at
    if column is None:
        if newest:
            names = ", ".join(newest)
            yield (
                f"`conflict: newest` (the default) of {names} needs `changed_at`, the column"
                " that says when a row was changed; else choose another policy"
            )
        return
    found = columns.readable(column, f"changed_at {column}")
    has_zone = INSTANT_TYPES.get(found.bare_type) if found else True
    if has_zone is None:
        yield f"changed_at {column}: is no timestamp"
    elif not has_zone and entry.time_zone is None:
        yield f"changed_at {column}: has no time zone, so add `time_zone: Europe/Berlin`"


def _roles(entry: Entry, columns: Columns) -> Problems:
    """Columns with a meaning of their own."""
    for name, role in ((entry.where, "where"), (entry.deleted_at, "deleted_at")):
        found = columns.readable(name, f"{role} {name}") if name else None
        if found and role == "where" and found.category != "B":
            yield f"where {name}: is {found.type}, not boolean"
    if entry.marketo_id:
        columns.updatable(entry.marketo_id, f"marketo_id {entry.marketo_id}")


def _merges(entry: Entry, _: Columns) -> Problems:
    """Where merged leads are flagged, there is a column to do it in."""
    if entry.merged_in_marketo is MergedInMarketo.FLAG and not entry.deleted_in_marketo.flag:
        yield (
            "`merged_in_marketo: flag` sets the column of `deleted_in_marketo: {flag: …}`:"
            " name it there"
        )


def _deletes(entry: Entry, columns: Columns) -> Problems:
    """What becomes of rows whose lead is gone."""
    deleted = entry.deleted_in_marketo
    if deleted.action is OnDelete.FLAG and deleted.flag:
        found = columns.updatable(deleted.flag, f"deleted_in_marketo {deleted.flag}")
        if found and found.category != "B":
            yield f"deleted_in_marketo {deleted.flag}: is {found.type}, not boolean"
    merges_delete = (
        entry.object is ObjectKind.LEAD
        and entry.merged_in_marketo is MergedInMarketo.HONOUR
        and entry.deleted_at is None
    )
    relation = columns.relation
    if (deleted.action is OnDelete.DELETE or merges_delete) and not relation.may_delete:
        yield f"rows may not be deleted: GRANT DELETE ON {relation.shown}"


def _match(entry: Entry, columns: Columns) -> Problems:
    """Fields that find the lead of a row."""
    landed = columns.landed
    for name in entry.match_fields:
        if landed.shown_in(name) is None:
            yield f"match {name}: {landed.schema}.{tables.LEADS} has no such column"


CHECKS: Final[tuple[Callable[[Entry, Columns], Problems], ...]] = (
    _sends,
    _deletes,
    _times,
    _roles,
    _merges,
    _match,
)


def _inserts(entry: Entry, columns: Columns, connection: Connection) -> Problems:
    """What becomes of leads that have no row."""
    if entry.new_in_marketo.action is not OnNew.INSERT:
        return
    if entry.object is ObjectKind.COMPANY:
        yield "`new_in_marketo: insert`: companies are created by the database alone"
        return
    yield from _condition(entry, columns, connection)
    written = [each.column for each in entry.fields or () if each.is_pulled]
    if entry.marketo_id:
        written.append(entry.marketo_id)
    known = columns.relation.columns
    denied = [name for name in written if name in known and not known[name].may_insert]
    if denied:
        grant = f"GRANT INSERT ({', '.join(denied)}) ON {columns.relation.shown}"
        yield f"rows may not be inserted: {grant}"


def _condition(entry: Entry, columns: Columns, connection: Connection) -> Problems:
    """The user's SQL over landed leads: whether Postgres understands it."""
    where, landed = entry.new_in_marketo.where, columns.landed
    if where is None:
        return
    rows = tables.landed_table(landed.schema, tables.LEADS, landed.lead_columns)
    query = select(rows.c[LEAD_ID]).where(literal_column(f"({where})")).limit(0)
    try:
        with connection.begin_nested():
            connection.execute(query, execution_options={AS_IT_IS: True})
    except DBAPIError as error:
        reason = str(error.orig).partition("\n")[0]
        yield f"new_in_marketo: its SQL does not work on the landed leads: {reason}"
