"""The lists that a filter of a bulk extract names. Marketo docs: Bulk Extract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_simulator.errors import MarketoError
from marketo_simulator.lists.store import LeadList, ListKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_simulator.calls import JsonValue
    from marketo_simulator.lists.store import Lists

LIST_FILTERS: Final[dict[str, tuple[ListKind, Callable[[LeadList], object]]]] = {
    "staticListId": (ListKind.STATIC, lambda found: found.id),
    "staticListName": (ListKind.STATIC, lambda found: found.name),
    "smartListId": (ListKind.SMART, lambda found: found.id),
    "smartListName": (ListKind.SMART, lambda found: found.name),
}


def list_named(lists: Lists, name: str, value: JsonValue) -> LeadList:
    """The list that the filter of that name means. Raises 1013."""
    kind, key = LIST_FILTERS[name]
    found = next((made for made in lists.all(kind) if key(made) == value), None)
    if found is None:
        raise MarketoError("1013", "Object not found")
    return found
