"""How many records there are, and how many of them may change: counted before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from marketo_sync.ledger.tables import records
from marketo_sync.mapping import OnNew
from marketo_sync.reconcile.queries import gone, links

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from marketo_sync.reconcile.queries.sources import Sources


def linked(of: Sources) -> Select[Any]:
    """Records that have both sides."""
    return select(func.count()).select_from(records).where(of.is_linked)


def others(of: Sources) -> Select[Any]:
    """Records that may change though no side of theirs has moved."""
    found = [gone.left(of), links.new_rows(of)]
    if not of.plan.is_company:
        found += [gone.merged(of), gone.deleted(of)]
        if of.plan.entry.new_in_marketo.action is OnNew.INSERT:
            found.append(links.new_leads(of))
    counts = [_count(each) for each in found]
    return select(sum(counts[1:], counts[0]))


def _count(found: Select[Any]) -> ColumnElement[int]:
    return select(func.count()).select_from(found.subquery()).scalar_subquery()
