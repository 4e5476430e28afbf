"""The rows that the ledger keeps of conflicts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marketo_sync.reconcile.merge.three_way import Action
from marketo_sync.reconcile.pairs.pair import AGREED

if TYPE_CHECKING:
    from datetime import datetime

    from marketo_sync.reconcile.pairs.pair import Judged, Pair

    JsonRow = dict[str, Any]


def opened(pair: Pair, judged: Judged, *, now: datetime) -> JsonRow:
    """A conflict that was not there; decided at once where a policy has a winner."""
    winner = judged.decision.winner
    decided_at = now if winner else None
    return {
        "record_key": pair.record_key,
        "marketo_id": pair.marketo_id,
        "field": judged.name,
        "base_value": judged.base.database if judged.base else None,
        "marketo_value": judged.seen.marketo,
        "database_value": judged.seen.database,
        "marketo_at": judged.times.marketo,
        "database_at": judged.times.database,
        "policy": judged.decision.policy,
        "winner": winner,
        "decided_at": decided_at,
        "applied_at": decided_at,
    }


def renewed(judged: Judged, *, now: datetime) -> list[JsonRow]:
    """What becomes of a conflict that was there; nothing where nothing has moved."""
    hold = judged.hold
    if hold is None:
        return []
    row: JsonRow = {
        "id": hold.id,
        "marketo_value": judged.seen.marketo,
        "database_value": judged.seen.database,
        "winner_before": hold.winner,
        "winner": None,
        "decided_at": None,
        "applied_at": None,
    }
    if judged.decision.action is Action.HOLD:
        moved = (hold.database, hold.marketo) != (judged.seen.database, judged.seen.marketo)
        return [row] if moved or hold.winner else []
    winner = hold.winner or AGREED
    kept = {"marketo_value": hold.marketo, "database_value": hold.database}
    return [{**row, **kept, "winner": winner, "decided_at": now, "applied_at": now}]
