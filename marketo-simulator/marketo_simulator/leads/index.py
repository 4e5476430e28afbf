"""Which leads have a value in a field, without looking at all of them.

An index of a field is made when it is first asked for, and kept up from then on.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from marketo_simulator.calls import JsonValue


class LeadIndex:
    """Ids of leads by field and value, values compared without case."""

    def __init__(self) -> None:
        self._fields: dict[str, defaultdict[str, set[int]]] = {}

    def find(
        self, name: str, values: Iterable[str], leads: Iterable[tuple[int, Mapping[str, Any]]]
    ) -> list[int]:
        """Ids in order; `leads` are all leads, for the first time that this field is asked for."""
        if name not in self._fields:
            self._fields[name] = defaultdict(set)
            for lead_id, held in leads:
                self._add(name, lead_id, held)
        index = self._fields[name]
        wanted = {value.casefold() for value in values}
        return sorted({lead_id for value in wanted for lead_id in index.get(value, ())})

    def move(self, lead_id: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """A lead's values are others now; empty mappings stand for no lead."""
        for name, index in self._fields.items():
            if before.get(name) != after.get(name):
                index[_folded(before.get(name))].discard(lead_id)
                self._add(name, lead_id, after)

    def _add(self, name: str, lead_id: int, values: Mapping[str, Any]) -> None:
        if values.get(name) is not None:
            self._fields[name][_folded(values[name])].add(lead_id)


def _folded(value: JsonValue) -> str:
    return str(value).casefold()
