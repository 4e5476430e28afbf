"""The families of one run: which kinds of records this target writes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from marketo_sync import ObjectKind

from target_marketo.objects.companies import Companies
from target_marketo.objects.custom_objects import CustomObjects
from target_marketo.objects.leads import Leads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketo_client import Marketo
    from marketo_sync import Entry

    from target_marketo.ledgers import AnyLedger
    from target_marketo.objects.family import Family


class Families:
    """Makes the family of an entry when it is first asked for; nothing is asked of Marketo."""

    def __init__(
        self,
        marketo: Marketo,
        ledger: AnyLedger,
        entries: Sequence[Entry],
    ) -> None:
        self._marketo = marketo
        self._ledger = ledger
        self._entries = entries
        self._of = cache(self._make)

    def of(self, entry: Entry) -> Family | None:
        """The family of an entry's records; None where this target does not write them."""
        return self._of(entry.object, entry.api_name)

    def of_kind(self, kind: ObjectKind, api_name: str | None = None) -> Family:
        """The family of a kind that this target writes."""
        family = self._of(kind, api_name)
        if family is None:
            raise KeyError(kind)
        return family

    def _make(self, kind: ObjectKind, api_name: str | None) -> Family | None:
        match kind:
            case ObjectKind.LEAD:
                leads = [entry.name for entry in self._entries if entry.object is ObjectKind.LEAD]
                return Leads(self._marketo, self._ledger, leads)
            case ObjectKind.COMPANY:
                return Companies(self._marketo)
            case ObjectKind.CUSTOM_OBJECT if api_name is not None:
                return CustomObjects(self._marketo, api_name)
        return None
