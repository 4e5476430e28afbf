"""Leads: found by any searchable field, matched by other fields, written by id once known.

Marketo docs: Leads.
"""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from marketo_sync import COMPANY_ID, Ledger
from typing_extensions import override

from target_marketo.objects.family import Family
from target_marketo.objects.importers import LeadImporter
from target_marketo.objects.lead_identity import LINKED_ELSEWHERE, Finder, ask, identify
from target_marketo.planning.actions import SEARCHED_STEPS, Address
from target_marketo.planning.shape import Field, Related, Shape
from target_marketo.rows.identity import Found

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from marketo_client import JsonObject, LeadField, Marketo, SyncAction, SyncReply

    from target_marketo.ledgers import AnyLedger
    from target_marketo.objects.family import Decide, Groups
    from target_marketo.objects.lead_identity import Asked, Seen
    from target_marketo.planning.plan import Key, Plan
    from target_marketo.rows.difference import Cells
    from target_marketo.rows.identity import Identity
    from target_marketo.rows.row import RecordName, Row

LEAD_ID: Final = "id"  # the field that only updateOnly takes. Marketo docs: Leads


class Leads(Family):
    """A lead belongs to one row of one entry; `entries` are the names of all that make leads."""

    steps = SEARCHED_STEPS
    remarks = MappingProxyType(
        {"1021": "the lead is linked to a company, whose fields these are: map `company`"}
    )

    def __init__(
        self,
        marketo: Marketo,
        ledger: AnyLedger,
        entries: Sequence[str],
    ) -> None:
        self._marketo = marketo
        self._ledger = ledger
        self._entries = entries
        self._claims: dict[str, RecordName] = {}
        self._keys: dict[tuple[str, tuple[str, ...]], RecordName] = {}

    @override
    def describe(self) -> Shape:
        description = self._marketo.leads.describe()
        return Shape(
            noun="lead",
            nouns="leads",
            called=frozenset({"lead"}),
            id_field=LEAD_ID,
            gone_code="1004",
            fields={known.name: _field(known) for known in description.fields},
            searchable=frozenset(
                names[0] for names in description.searchable_fields if len(names) == 1
            ),
            links={COMPANY_ID: Related("company", COMPANY_ID)},
        )

    @override
    def sync(
        self,
        records: Sequence[Mapping[str, Any]],
        plan: Plan,
        *,
        action: SyncAction,
        address: Address,
    ) -> SyncReply:
        by_id = address is Address.BY_ID
        return self._marketo.leads.sync(
            records,
            action=action,
            lookup_field=LEAD_ID if by_id else plan.key_names[0],
            partition=None if by_id else plan.entry.partition,
        )

    @override
    def delete(self, ids: Sequence[str]) -> SyncReply:
        return self._marketo.leads.delete([int(each) for each in ids])

    @override
    def with_ids(self, ids: Sequence[str], fields: Sequence[str]) -> Iterable[JsonObject]:
        pages = self._marketo.leads.pages_by_ids([int(each) for each in ids], fields=fields)
        return (lead for page in pages for lead in page.rows)

    @override
    def with_keys(self, plan: Plan, keys: Sequence[Key], fields: Sequence[str]) -> Groups:
        return Finder(self._marketo, plan).by_key(keys, fields)

    @override
    def importer(self) -> LeadImporter:
        return LeadImporter(self._marketo.lead_imports)

    @override
    def record_id(self, marketo_id: str) -> int:
        return int(marketo_id)

    @override
    def look_up(self, plan: Plan, wanted: Sequence[tuple[Row, Cells]]) -> Decide:
        asked = [ask(plan, row, values) for row, values in wanted]
        seen = Finder(self._marketo, plan).look_up(asked)
        return lambda: self._identify(plan, asked, seen)

    @override
    def claim(self, marketo_id: str, name: RecordName) -> None:
        self._claims[marketo_id] = name

    @override
    def arrived(self, marketo_ids: Iterable[str]) -> None:
        if isinstance(self._ledger, Ledger):  # the others keep nothing, so that claims have to
            for each in marketo_ids:
                self._claims.pop(each, None)

    def _identify(self, plan: Plan, wanted: Sequence[Asked], seen: Seen) -> list[Identity]:
        """One row after the other: a lead that one has found, or may make, is no other's."""
        named = {str(each.number) for each in wanted if each.number}
        owners = self._owners(seen.ids | named)
        found: list[Identity] = []
        for each in wanted:
            me = (plan.entry.name, each.row.record_key)
            if not self._has_key(plan, each, me):
                found.append(LINKED_ELSEWHERE)
                continue
            identity = identify(plan, each, seen, is_free=partial(_is_free, owners, me))
            if isinstance(identity, Found):
                owners[identity.marketo_id] = me
            found.append(identity)
        return found

    def _has_key(self, plan: Plan, asked: Asked, me: RecordName) -> bool:
        """Whether the row is the first with its key; a row of another entry may be on its way."""
        if len(self._entries) == 1:  # whose keys go out once at a time
            return True
        return self._keys.setdefault((plan.key_names[0], asked.name), me) == me

    def _owners(self, ids: Iterable[str]) -> dict[str, RecordName]:
        """The records that have these leads, in the ledger or on their way."""
        wanted = list(ids)
        known = self._ledger.owners(self._entries, wanted) if wanted else {}
        claimed = {each: self._claims[each] for each in wanted if each in self._claims}
        return {**known, **claimed}


def _field(known: LeadField) -> Field:
    writable = not known.read_only and known.updateable is not False and known.name != LEAD_ID
    return Field(known.name, known.display_name, known.data_type, known.length, writable)


def _is_free(owners: Mapping[str, RecordName], me: RecordName, marketo_id: str) -> bool:
    return owners.get(marketo_id, me) == me
