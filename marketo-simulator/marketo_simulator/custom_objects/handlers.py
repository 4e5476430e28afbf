"""Which custom objects there are, and what fields they have. Marketo docs: Custom Objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_simulator.custom_object_types import described
from marketo_simulator.custom_objects.kind import check_enabled, custom_object_kind
from marketo_simulator.replies import Reply, success

if TYPE_CHECKING:
    from marketo_simulator.calls import Call
    from marketo_simulator.instance import Instance


def list_objects(instance: Instance, call: Call) -> Reply:
    """List Custom Objects: the approved types, without their fields."""
    check_enabled(instance)
    names = {name.casefold() for name in call.texts("names")}
    return success(
        [
            described.of_object(kind, kind.approved)
            for kind in instance.custom_object_types.all()
            if kind.approved and (not names or kind.api_name.casefold() in names)
        ]
    )


def describe(instance: Instance, call: Call) -> Reply:
    """Describe Custom Object. Raises 1013 for one that is not approved."""
    kind = custom_object_kind(instance, call)
    head = described.of_object(kind.type, kind.definition)
    return success([{**head, "fields": described.fields(kind.definition)}])
