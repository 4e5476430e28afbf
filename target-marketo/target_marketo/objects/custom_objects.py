"""Custom objects: known by one or more dedupe fields. Marketo docs: Custom Objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from target_marketo.objects.keyed import KeyedFamily

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketo_client import Marketo

    from target_marketo.objects.keyed import NamedKey


class CustomObjects(KeyedFamily):
    """The records of one custom object."""

    def __init__(self, marketo: Marketo, api_name: str) -> None:
        super().__init__(marketo.custom_objects.records(api_name))
        self.noun = f"{api_name} record"
        self.nouns = f"{api_name} records"

    @override
    def askable(self, keys: Sequence[NamedKey]) -> Sequence[NamedKey]:
        return keys
