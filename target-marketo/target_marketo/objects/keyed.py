"""Records that Marketo itself keeps apart by their key: companies, custom objects and their like.

No look-up goes before a write, since a key never means two records. The key is set when a record
is made and never sent again. Marketo docs: Lead Database.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from marketo_client import DedupeBy
from typing_extensions import override

from target_marketo.objects.family import Family
from target_marketo.planning.actions import KEYED_STEPS, Address
from target_marketo.planning.plan import folded_key
from target_marketo.planning.shape import Field, Related, Shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from marketo_client import (
        JsonObject,
        ObjectDescription,
        StandardObject,
        SyncAction,
        SyncReply,
    )

    from target_marketo.objects.family import Groups
    from target_marketo.planning.plan import Key, Plan

    NamedKey = Mapping[str, Any]

NOT_FOUND: Final = "1013"  # Marketo docs: Error Codes


class KeyedFamily(Family):
    """Records behind the standard interface; a subclass names them."""

    steps = KEYED_STEPS
    noun: str
    nouns: str

    def __init__(self, service: StandardObject) -> None:
        self.service = service

    @override
    def describe(self) -> Shape:
        return self.shape_of(self.service.describe())

    def shape_of(self, description: ObjectDescription) -> Shape:
        """The shape that a Describe tells of."""
        keys = description.dedupe_fields
        return Shape(
            noun=self.noun,
            nouns=self.nouns,
            called=frozenset({description.name, description.display_name}),
            id_field=self.service.id_field,
            gone_code=NOT_FOUND,
            fields={
                known.name: Field(
                    known.name,
                    known.display_name,
                    known.data_type,
                    known.length,
                    writable=known.updateable or known.name in keys,
                )
                for known in description.fields
            },
            searchable=frozenset(
                names[0] for names in description.searchable_fields if len(names) == 1
            ),
            keys=keys,
            links={
                link.field: Related(link.related_to, link.related_field)
                for link in description.relationships
            },
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
        return self.service.sync(
            records,
            action=action,
            dedupe_by=DedupeBy.ID_FIELD if by_id else DedupeBy.DEDUPE_FIELDS,
        )

    @override
    def delete(self, ids: Sequence[str]) -> SyncReply:
        keys = [{self.service.id_field: self.record_id(each)} for each in ids]
        return self.service.delete(keys, delete_by=DedupeBy.ID_FIELD)

    @override
    def with_ids(self, ids: Sequence[str], fields: Sequence[str]) -> Iterable[JsonObject]:
        wanted = [self.record_id(each) for each in ids]
        pages = self.service.by_filter(self.service.id_field, wanted, fields=fields)
        return (record for page in pages for record in page.rows)

    @override
    def with_keys(self, plan: Plan, keys: Sequence[Key], fields: Sequence[str]) -> Groups:
        names = plan.key_names
        wanted = [dict(zip(names, key, strict=True)) for key in keys]
        asked = list(dict.fromkeys([self.service.id_field, *names, *fields]))
        groups: Groups = defaultdict(list)
        for page in self.service.by_keys(self.askable(wanted), fields=asked):
            for record in page.rows:
                groups[folded_key(record[name] for name in names)].append(record)
        return groups

    def askable(self, keys: Sequence[NamedKey]) -> Sequence[NamedKey]:
        """The keys that a look-up can name; one with a comma finds nothing."""
        return [key for key in keys if not any("," in str(value) for value in key.values())]
