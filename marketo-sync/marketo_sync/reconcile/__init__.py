"""Both sides brought together, field by field. Knows SQL; no HTTP and no Singer.

`merge`, `policies`, `echoes` and `pair` decide and are pure; `cycle` says in which order what is
done; `queries` holds all SQL.
"""

from __future__ import annotations

from marketo_sync.reconcile.errors import LargeChangeError, NotTwoWayError, ReconcileError
from marketo_sync.reconcile.opening import Place, StoppedError, plan, reconcile
from marketo_sync.reconcile.tally import Count, Line, Tally

__all__ = [
    "Count",
    "LargeChangeError",
    "Line",
    "NotTwoWayError",
    "Place",
    "ReconcileError",
    "StoppedError",
    "Tally",
    "plan",
    "reconcile",
]
