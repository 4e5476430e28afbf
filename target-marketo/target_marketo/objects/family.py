"""What is special to one kind of Marketo record. The flow of rows knows nothing else of it.

A family is one file here: its Describe, its calls, its actions. Methods that make calls run
beside the thread that decides, and keep nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from target_marketo.planning.plan import folded_key
from target_marketo.rows.identity import NOBODY, Identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from marketo_client import JsonObject, SyncAction, SyncReply
    from marketo_sync import Action

    from target_marketo.objects.importers import Importer
    from target_marketo.objects.type_definition import TypeDefinition
    from target_marketo.planning.actions import Address, Steps
    from target_marketo.planning.plan import Key, Plan
    from target_marketo.planning.shape import Shape
    from target_marketo.rows.difference import Cells
    from target_marketo.rows.row import RecordName, Row

Groups = dict[tuple[str, ...], list["JsonObject"]]  # records by a folded key
Decide = Callable[[], Sequence[Identity]]


class Family(ABC):
    """One kind of record; shared by all entries that are of this kind."""

    steps: ClassVar[Mapping[Action, Steps]]
    remarks: ClassVar[Mapping[str, str]] = {}
    """By Marketo's codes: what its own reason leaves unsaid."""

    @cached_property
    def shape(self) -> Shape:
        """What Describe said when it was last asked."""
        return self.describe()

    def describe_again(self) -> None:
        """Ask Describe anew: a field has come or gone."""
        self.shape = self.describe()

    @abstractmethod
    def describe(self) -> Shape:
        """Fields and keys of this moment."""

    @abstractmethod
    def sync(
        self,
        records: Sequence[Mapping[str, Any]],
        plan: Plan,
        *,
        action: SyncAction,
        address: Address,
    ) -> SyncReply:
        """Write up to 300 records by one call. Raises LostAnswerError where it may be done."""

    @abstractmethod
    def delete(self, ids: Sequence[str]) -> SyncReply:
        """Delete up to 300 records, by one call that may be repeated."""

    @abstractmethod
    def with_ids(self, ids: Sequence[str], fields: Sequence[str]) -> Iterable[JsonObject]:
        """The records with these Marketo ids, as far as they are visible."""

    @abstractmethod
    def with_keys(self, plan: Plan, keys: Sequence[Key], fields: Sequence[str]) -> Groups:
        """The records with these keys."""

    def ids_of(self, plan: Plan, rows: Iterable[Row]) -> dict[str, str]:
        """Marketo's ids by record key, of rows whose key one record alone has; makes a call."""
        keys = {row.record_key: plan.key(row.source) for row in rows}
        groups = self.with_keys(plan, list(keys.values()), fields=()) if keys else {}
        found = {name: groups.get(folded_key(key), []) for name, key in keys.items()}
        return {
            name: str(records[0][plan.shape.id_field])
            for name, records in found.items()
            if len(records) == 1
        }

    def record_id(self, marketo_id: str) -> int | str:
        """An id as a record that is sent holds it."""
        return marketo_id

    def look_up(self, plan: Plan, wanted: Sequence[tuple[Row, Cells]]) -> Decide:
        """Read what rows without a known id may be, by their values.

        What comes back decides, on the thread that decides all else.
        """
        del plan
        return lambda: [NOBODY] * len(wanted)

    def imagine(self, definition: TypeDefinition) -> None:  # noqa: B027 - others have no types
        """Take the records for such as that type would make them: a dry run makes none."""

    def importer(self) -> Importer | None:
        """The bulk import of such records, where there is one."""
        return None

    def refusal(self) -> str | None:
        """Why Marketo takes no such records in this subscription at all, if that is so."""
        return None

    def claim(self, marketo_id: str, name: RecordName) -> None:  # noqa: B027 - only leads do it
        """This record is on its way to that row."""

    def arrived(self, marketo_ids: Iterable[str]) -> None:  # noqa: B027 - only leads do it
        """The ledger was told whose these records are."""
