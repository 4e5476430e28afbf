"""Who a row's parents are: records that others may be linked to.

The ledger knows most; the others are looked up in Marketo by their key. A merged lead stands for
its winner. A record that is deleted or gone is nobody's parent.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from marketo_sync import Status

from target_marketo.planning.links import Parent, ParentName, shown_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from marketo_sync import LedgerRecord

    from target_marketo.ledgers import AnyLedger
    from target_marketo.planning.links import LinkPlan
    from target_marketo.rows.row import Row

STANDING: Final = frozenset({Status.LINKED, Status.MERGED})


@dataclass(frozen=True, slots=True)
class KnownParents:
    """Finds parents; `unwritten` are those that a dry run would make."""

    ledger: AnyLedger
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
            shown = shown_by(links, entries)
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
