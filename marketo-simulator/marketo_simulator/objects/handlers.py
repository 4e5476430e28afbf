"""Query, sync and delete records of one kind of object. Marketo docs: Lead Database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from marketo_simulator.calls import records_of
from marketo_simulator.causes import Cause
from marketo_simulator.errors import invalid
from marketo_simulator.objects import queries
from marketo_simulator.objects.sync import (
    ACTIONS,
    BY_DEDUPE_FIELDS,
    BY_ID_FIELD,
    CREATE_OR_UPDATE,
    UPDATE_ONLY,
    Order,
    key_names,
)
from marketo_simulator.replies import Reply, success

if TYPE_CHECKING:
    from marketo_simulator.calls import Call
    from marketo_simulator.instance import Instance
    from marketo_simulator.objects.kinds import ObjectKind

KindOf = Callable[["Instance", "Call"], "ObjectKind"]


@dataclass(frozen=True, slots=True)
class ObjectCalls:
    """The calls about records of the kind that a call means."""

    kind_of: KindOf

    def query(self, instance: Instance, call: Call) -> Reply:
        """Get records by filter; missing ones are simply absent."""
        kind = self.kind_of(instance, call)
        return queries.answer(instance, kind, queries.read_query(kind, call))

    def sync(self, instance: Instance, call: Call) -> Reply:
        """Create or update records: a result for each, in their order."""
        kind = self.kind_of(instance, call)
        kind.check_writes()
        body = call.json()
        action = body.get("action") or CREATE_OR_UPDATE
        if action not in ACTIONS:
            raise invalid("action", str(action))
        by = body.get("dedupeBy") or BY_DEDUPE_FIELDS
        names = key_names(kind, "dedupeBy", by)
        if by == BY_ID_FIELD and action != UPDATE_ONLY:
            raise invalid("dedupeBy", by)
        order = Order(kind, names, action, _cause(kind, call))
        return success([order.sync(seq, record) for seq, record in enumerate(records_of(body))])

    def delete(self, instance: Instance, call: Call) -> Reply:
        """Delete records: a result for each, in their order."""
        kind = self.kind_of(instance, call)
        kind.check_writes()
        body = call.json()
        names = key_names(kind, "deleteBy", body.get("deleteBy") or BY_DEDUPE_FIELDS)
        order = Order(kind, names, UPDATE_ONLY, _cause(kind, call))
        return success([order.delete(seq, record) for seq, record in enumerate(records_of(body))])


def _cause(kind: ObjectKind, call: Call) -> Cause:
    return Cause(user=call.user, request_id=call.request_id, method=kind.method)
