"""The three routes that every kind of object has: query, sync, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_simulator.objects.handlers import ObjectCalls
from marketo_simulator.routing import Route

if TYPE_CHECKING:
    from marketo_simulator.objects.handlers import KindOf


def object_routes(base: str, kind_of: KindOf, permission: str) -> tuple[Route, ...]:
    """The routes under `base` for the kind that `kind_of` finds; permissions are that object's."""
    calls = ObjectCalls(kind_of)
    read, write = f"Read-Only {permission}", f"Read-Write {permission}"
    return (
        Route(f"{base}.json", calls.query, permission=read, query_in_json=True),
        Route(f"{base}.json", calls.sync, "POST", write),
        Route(f"{base}/delete.json", calls.delete, "POST", write),
    )
