"""Companies: known by `externalCompanyId`; their leads show their values.

Marketo docs: Companies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_client import DedupeBy, FeatureMissingError, SyncAction
from typing_extensions import override

from target_marketo.objects.keyed import KeyedFamily

if TYPE_CHECKING:
    from marketo_client import Marketo

NO_COMPANY: Final = 0  # ids begin at 1


class Companies(KeyedFamily):
    """A company belongs to whoever sends its key."""

    noun = "company"
    nouns = "companies"

    def __init__(self, marketo: Marketo) -> None:
        super().__init__(marketo.companies)

    @override
    def refusal(self) -> str | None:
        """Only a write tells: this one names a company that cannot be, and changes nothing."""
        try:
            self.service.sync(
                [{self.service.id_field: NO_COMPANY}],
                action=SyncAction.UPDATE_ONLY,
                dedupe_by=DedupeBy.ID_FIELD,
            )
        except FeatureMissingError as error:
            return str(error)
        return None

    @override
    def record_id(self, marketo_id: str) -> int:
        return int(marketo_id)
