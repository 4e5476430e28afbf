"""Which activity types are there, in a run during which some may go.

Marketo refuses a call for a type that it has not any more; the others go on without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_marketo.instance import refuses_a_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from marketo_client import RequestError

    from tap_marketo.stream import MarketoStream


class TypesThere:
    """What `hub` may ask for; what has gone is told in the summary."""

    def __init__(self, hub: MarketoStream) -> None:
        self._hub = hub
        self._gone: set[int] = set()

    def among(self, types: Iterable[int]) -> list[int]:
        """Those that have not gone since the run began."""
        return [type_id for type_id in types if self.has(type_id)]

    def has(self, type_id: int) -> bool:
        """Whether this one has not."""
        return type_id not in self._gone

    def note(self, types: Iterable[int], error: RequestError) -> None:
        """A call for these types was refused: raises the error again, unless one has gone."""
        if not refuses_a_type(error):
            raise error
        instance = self._hub.instance
        names = {each.id: each.name for each in instance.activity_types.types}
        there = {each.id for each in instance.list_activity_types_again().types}
        gone = set(types) - there
        if not gone:
            raise error
        self._gone |= gone
        told = [names.get(each, str(each)) for each in gone]
        self._hub.tap.summary.note_drift(self._hub.name, gone=told, new=())
