"""Custom objects: known by one or more dedupe fields. Marketo docs: Custom Objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_client import RecordNotFoundError
from typing_extensions import override

from target_marketo.objects.importers import CustomObjectImporter
from target_marketo.objects.keyed import NOT_FOUND, KeyedFamily
from target_marketo.objects.type_definition import label
from target_marketo.planning.shape import Field, Related, Shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketo_client import Marketo

    from target_marketo.objects.family import Groups
    from target_marketo.objects.keyed import NamedKey
    from target_marketo.objects.type_definition import TypeDefinition
    from target_marketo.planning.plan import Key, Plan


class CustomObjects(KeyedFamily):
    """The records of one custom object."""

    def __init__(self, marketo: Marketo, api_name: str) -> None:
        super().__init__(marketo.custom_objects.records(api_name))
        self._imports = marketo.custom_object_imports(api_name)
        self.noun = f"{api_name} record"
        self.nouns = f"{api_name} records"

    @override
    def with_keys(self, plan: Plan, keys: Sequence[Key], fields: Sequence[str]) -> Groups:
        """None while the type itself is not there."""
        try:
            return super().with_keys(plan, keys, fields)
        except RecordNotFoundError:
            return {}

    @override
    def importer(self) -> CustomObjectImporter:
        return CustomObjectImporter(self._imports)

    @override
    def askable(self, keys: Sequence[NamedKey]) -> Sequence[NamedKey]:
        return keys

    @override
    def imagine(self, definition: TypeDefinition) -> None:
        id_type = "string"
        fields = {
            wanted.name: Field(
                wanted.name,
                label(wanted.name),
                wanted.data_type or id_type,
                length=None,
                writable=True,
            )
            for wanted in definition.fields
        }
        self.shape = Shape(
            noun=self.noun,
            nouns=self.nouns,
            called=frozenset({definition.api_name}),
            id_field=self.service.id_field,
            gone_code=NOT_FOUND,
            fields=fields,
            searchable=frozenset(fields),
            keys=tuple(wanted.name for wanted in definition.fields if wanted.dedupe),
            links={
                wanted.name: Related(wanted.link.name, wanted.link.field)
                for wanted in definition.fields
                if wanted.link
            },
        )
