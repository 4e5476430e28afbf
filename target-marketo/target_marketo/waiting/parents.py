"""Who a row's parents are: records that others may be linked to.

The ledger knows most; the others are looked up in Marketo by their key. A merged lead stands for
its winner. A record that is deleted or gone is nobody's parent.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from marketo_sync import Status

from target_marketo.planning.links import Parent, ParentName
from target_marketo.planning.plan import folded_key
from target_marketo.planning.values import MisfitError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from marketo_sync import Ledger, LedgerRecord, NullLedger

    from target_marketo.objects import Family
    from target_marketo.planning.links import LinkPlan
    from target_marketo.planning.plan import Key, Plan
    from target_marketo.rows.row import Row
    from target_marketo.sending.dry_run import ReadOnlyLedger

STANDING: Final = frozenset({Status.LINKED, Status.MERGED})


@dataclass(frozen=True, slots=True)
class KnownParents:
    """Finds parents; `unwritten` are those that a dry run would make."""

    ledger: Ledger | NullLedger | ReadOnlyLedger
    unwritten: set[tuple[str, str]] = field(default_factory=set)

    def of(self, links: Sequence[LinkPlan], rows: Iterable[Row]) -> dict[ParentName, Parent]:
        """The parents of rows, as far as they are known; a query per entry that is linked to."""
        wanted: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for row in rows if links else ():
            for link in links:
                if name := link.parent(row.source):
                    wanted[name.entries].add(name.key)
        found: dict[ParentName, Parent] = {}
        for entries, keys in wanted.items():
            shown = _shown(links, entries)
            for entry in entries:
                records = self.ledger.find(entry, sorted(keys))
                for key in keys:
                    if parent := self._parent(entry, key, records.get(key), shown):
                        found.setdefault(ParentName(entries, key), parent)
        return found

    def _parent(
        self, entry: str, key: str, record: LedgerRecord | None, shown: set[str]
    ) -> Parent | None:
        if record and record.status in STANDING and record.marketo_id:
            base = record.base if shown else {}
            values = {name: base[name].marketo for name in shown if name in base}
            return Parent(record.marketo_id, values)
        return Parent(None) if (entry, key) in self.unwritten else None


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
                for key, parent in self._held(entry, keys, _shown(links, entries)).items():
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


def _shown(links: Iterable[LinkPlan], entries: tuple[str, ...]) -> set[str]:
    return {link.shows for link in links if link.entries == entries and link.shows}
