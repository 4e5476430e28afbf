"""Rows that the ledger does not know: whose lead they are, and leads that are nobody's.

Identity is the target's: a filled `marketo_id` column, the key, the match; one lead, one row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert

from marketo_sync.ledger.records import Status
from marketo_sync.ledger.tables import pairs, records
from marketo_sync.reconcile.queries.sources import COMPANY
from marketo_sync.reconcile.queries.writes import DIGEST, KEY
from marketo_sync.reconcile.sides import tables
from marketo_sync.reconcile.sides.fields import LEAD_ID

if TYPE_CHECKING:
    from sqlalchemy import CTE, ColumnElement, Select, Subquery
    from sqlalchemy.sql.dml import ReturningInsert

    from marketo_sync.reconcile.queries.sources import Sources

    Expression = ColumnElement[Any]

BY_ID: Final = 1
BY_KEY: Final = 2
BY_MATCH: Final = 3


def unknown_rows(of: Sources) -> Select[Any]:
    """Keys of rows that take part and that no record is about."""
    is_known = exists().where(of.of(records), records.c.record_key == of.key)
    return (
        select(of.key.label("record_key"))
        .select_from(of.rows)
        .where(of.takes_part, of.key != literal(""), ~is_known)
    )


def link(of: Sources) -> ReturningInsert[Any]:
    """Records of rows whose lead is found, without a base; gives keys and ids."""
    found = _one_row_each(_one_lead_each(_hits(of)))
    same = {"instance": of.instance, "object": of.plan.entry.name, "status": str(Status.LINKED)}
    given = [literal(value) for value in same.values()]
    base = cast(literal("{}"), records.c.base.type)
    columns = [*given, found.c.record_key, cast(found.c.id, Text), base]
    return (
        insert(records)
        .from_select([*same, "record_key", "marketo_id", "base"], select(*columns))
        .on_conflict_do_nothing()
        .returning(records.c.record_key, records.c.marketo_id)
    )


def link_companies(of: Sources) -> ReturningInsert[Any]:
    """Records of rows whose key a landed lead shows as its company, without a base; gives keys.

    Marketo's own id of a company is on no lead; the target learns it with its first write.
    """
    rows = unknown_rows(of).subquery("unlinked")
    shown = of.shown
    found = select(rows.c.record_key).where(exists().where(shown.c[COMPANY] == rows.c.record_key))
    same = {"instance": of.instance, "object": of.plan.entry.name, "status": str(Status.LINKED)}
    each = found.subquery("found")
    given = [literal(value) for value in same.values()]
    base = cast(literal("{}"), records.c.base.type)
    return (
        insert(records)
        .from_select([*same, "record_key", "base"], select(*given, each.c.record_key, base))
        .on_conflict_do_nothing()
        .returning(records.c.record_key, records.c.marketo_id)
    )


def _hits(of: Sources) -> CTE:
    """Rows and leads that belong together, by the way that says so.

    `usable`: the lead is free. A lead that has the key and is not free rules out a match.
    """
    rows = _rows_to_link(of)
    leads = _leads_to_link(of)
    has_no_other_key = or_(leads.c.lead_key == "", leads.c.lead_key == rows.c.folded_key)
    ways: list[tuple[int, Expression, Expression]] = [
        (BY_KEY, leads.c.lead_key == rows.c.folded_key, true())
    ]
    if of.plan.entry.marketo_id:
        ways.append((BY_ID, leads.c.lead_id == rows.c.row_id, has_no_other_key))
    if matches := match_columns(of):
        names = range(len(matches))
        same = [rows.c[f"ours_{n}"] == leads.c[f"theirs_{n}"] for n in names]
        filled = [rows.c[f"ours_{n}"] != "" for n in names]
        ways.append((BY_MATCH, and_(*same, *filled), has_no_other_key))
    return union_all(*(
        select(
            rows.c.record_key,
            leads.c.lead_id.label("id"),
            literal(way).label("way"),
            leads.c.is_free.label("usable"),
        ).join(leads, and_(on, condition))
        for way, on, condition in ways
    )).cte("hits")  # fmt: skip


def _rows_to_link(of: Sources) -> CTE:
    entry, rows = of.plan.entry, of.rows
    row_id = tables.text_of(rows.c[entry.marketo_id]) if entry.marketo_id else literal("")
    ours = [
        func.coalesce(tables.folded(rows.c[column]), "").label(f"ours_{n}")
        for n, (column, _) in enumerate(match_columns(of))
    ]
    return (
        unknown_rows(of)
        .add_columns(tables.folded(of.key).label("folded_key"), row_id.label("row_id"), *ours)
        .cte("unlinked")
    )


def _leads_to_link(of: Sources) -> CTE:
    leads = of.leads
    lead_id = cast(leads.c[LEAD_ID], Text)
    owned = exists().where(
        records.c.instance == of.instance,
        records.c.object.in_(of.objects),
        records.c.status == Status.LINKED,
        records.c.marketo_id == lead_id,
    )
    theirs = [
        func.coalesce(tables.folded(leads.c[landed]), "").label(f"theirs_{n}")
        for n, (_, landed) in enumerate(match_columns(of))
    ]
    key = func.coalesce(tables.folded(leads.c[of.plan.key.landed]), "")
    return (
        select(lead_id.label("lead_id"), key.label("lead_key"), (~owned).label("is_free"), *theirs)
        .where(of.is_alive)
        .cte("candidates")
    )


def match_columns(of: Sources) -> list[tuple[str, str]]:
    """The row's and the lead's columns of `match`; none where a value is translated on its way."""
    by_name = of.plan.by_name
    wanted = [by_name.get(name) for name in of.plan.entry.match_fields]
    plain = [each for each in wanted if each and not (each.mapping and each.mapping.values)]
    if len(plain) < len(wanted):
        return []
    return [(each.column.name, each.landed) for each in plain]


def _one_lead_each(hits: CTE) -> Subquery:
    """Of each row the lead that the best way names, where it names one alone."""
    decides = case((or_(hits.c.usable, hits.c.way == BY_KEY), hits.c.way))
    ranked = select(hits, func.min(decides).over(partition_by=hits.c.record_key).label("best"))
    best = ranked.subquery("ranked")
    return (
        select(best.c.record_key, best.c.way, func.min(best.c.id).label("id"))
        .where(best.c.way == best.c.best, best.c.usable)
        .group_by(best.c.record_key, best.c.way)
        .having(func.count(best.c.id.distinct()) == 1)
        .subquery("picked")
    )


def _one_row_each(picked: Subquery) -> Subquery:
    """Of each lead one row: the best way, then the first key."""
    return (
        select(picked.c.record_key, picked.c.id)
        .distinct(picked.c.id)
        .order_by(picked.c.id, picked.c.way, picked.c.record_key)
        .subquery("linked")
    )


def renamed(of: Sources) -> Select[Any]:
    """Linked records whose key has left the table while a row with a new key names their lead."""
    entry = of.plan.entry
    rows = of.rows
    new_key = of.key
    still_there = exists().where(key_of_other(of) == records.c.record_key)
    taken = select(records.c.record_key).where(of.of(records)).scalar_subquery()
    return (
        select(records.c.record_key.label("old"), new_key.label("new"), records.c.marketo_id)
        .distinct(records.c.record_key)
        .join(rows, tables.text_of(rows.c[entry.marketo_id or ""]) == records.c.marketo_id)
        .where(of.is_linked, ~still_there, new_key.not_in(taken))
        .order_by(records.c.record_key, new_key)
    )


def key_of_other(of: Sources) -> Expression:
    """The key of any row, in a query that already speaks of one row."""
    other = of.rows.alias("other_rows")
    column = of.plan.key.column
    return tables.key_of(column, other.c[column.name])


def new_rows(of: Sources) -> Select[Any]:
    """Rows without a record that have moved since they were seen last."""
    key = of.key
    is_seen = of.of(pairs) & (pairs.c.record_key == key)
    is_known = exists().where(of.of(records), records.c.record_key == key)
    columns = [of.rows.c[name] for name in of.plan.columns]
    return (
        select(key.label(KEY), of.row_digest.label(DIGEST), *columns)
        .select_from(of.rows)
        .outerjoin(pairs, is_seen)
        .where(
            of.takes_part,
            key != literal(""),
            ~is_known,
            pairs.c.row_digest.is_distinct_from(of.row_digest),
        )
    )


def new_leads(of: Sources, *, after: int = 0) -> Select[Any]:
    """Leads that are nobody's and match no row, by id; `where` of the policy is the user's SQL."""
    leads, plan = of.leads, of.plan
    lead_id = leads.c[LEAD_ID]
    known = exists().where(
        records.c.instance == of.instance,
        records.c.object.in_(of.objects),
        records.c.marketo_id == cast(lead_id, Text),
    )
    where = plan.entry.new_in_marketo.where
    shown = [leads.c[each.landed].label(each.name) for each in plan.fields]
    return (
        select(lead_id.label(KEY), *shown)
        .where(
            of.is_alive,
            lead_id > after,
            ~known,
            *(~exists().where(same) for same in _may_be(of)),
            literal_column(f"({where})") if where else true(),
            _is_without_row(of),
        )
        .order_by(lead_id)
    )


def _is_without_row(of: Sources) -> Expression:
    """A lead with a key has a row, or had one, unless the table takes its keys from Marketo."""
    if not of.plan.key.column.has_default:
        return true()
    return func.coalesce(tables.folded(of.leads.c[of.plan.key.landed]), "") == ""


def _may_be(of: Sources) -> list[Expression]:
    """Ways in which the lead may belong to a row without a record."""
    unlinked = _rows_to_link(of)
    key = tables.folded(of.leads.c[of.plan.key.landed])
    ways = [
        unlinked.c.folded_key == key,
        unlinked.c.row_id == cast(of.leads.c[LEAD_ID], Text),
    ]
    if matches := match_columns(of):
        same = (
            tables.folded(of.leads.c[landed]) == unlinked.c[f"ours_{n}"]
            for n, (_, landed) in enumerate(matches)
        )
        ways.append(and_(unlinked.c.ours_0 != "", *same))
    return ways
