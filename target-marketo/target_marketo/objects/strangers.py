"""Parents that only Marketo knows: the ledger has no row of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_marketo.planning.links import Parent, ParentName, shown_by
from target_marketo.planning.plan import folded_key
from target_marketo.planning.values import MisfitError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from target_marketo.objects.family import Family
    from target_marketo.planning.links import LinkPlan
    from target_marketo.planning.plan import Key, Plan


@dataclass(frozen=True, slots=True)
class Strangers:
    """Parents that only Marketo knows; `family_of` gives the calls and the plan of an entry."""

    family_of: Callable[[str], tuple[Family, Plan] | None]

    def of(
        self, links: Sequence[LinkPlan], names: Collection[ParentName]
    ) -> dict[ParentName, Parent]:
        """Those of the parents that Marketo holds under exactly one id, 300 a call."""
        found: dict[ParentName, Parent] = {}
        for entries in {name.entries for name in names}:
            keys = [name.key for name in names if name.entries == entries]
            for entry in entries:
                for key, parent in self._held(entry, keys, shown_by(links, entries)).items():
                    found.setdefault(ParentName(entries, key), parent)
        return found

    def _held(self, entry: str, keys: Sequence[str], shown: set[str]) -> dict[str, Parent]:
        known = self.family_of(entry)
        if known is None:
            return {}
        family, plan = known
        wanted = {text: key for text in keys if (key := _key(plan, text)) is not None}
        groups = family.with_keys(plan, list(wanted.values()), sorted(shown))
        return {
            text: Parent(str(records[0][plan.shape.id_field]), records[0])
            for text, key in wanted.items()
            if len(records := groups.get(folded_key(key), [])) == 1
        }


def _key(plan: Plan, text: str) -> Key | None:
    """The key that the text of a foreign key stands for; None where no record can have it."""
    try:
        return plan.key({plan.entry.key[0].column: text})
    except MisfitError:
        return None
