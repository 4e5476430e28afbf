"""What a run knows of its Marketo instance; each thing is asked for once, when first needed.

Knows the client, nothing of Singer.
"""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Final

from marketo_client import (
    OLDEST_MARKETO,
    UNTOLD,
    FeatureMissingError,
    MissingPermissionError,
    RecordNotFoundError,
    RefusedTokenError,
    UnknownAddressError,
    company_fields,
)

from tap_marketo.retention import kept_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from marketo_client import ActivityTypes, LeadDescription, Marketo, RequestError

log = logging.getLogger("tap-marketo")

REFUSED_FIELDS: Final = frozenset({"1003", "1006"})  # Marketo docs: Error Codes
REFUSED_TYPES: Final = frozenset({"1001", "1003"})
NO_FOLDERS: Final = (FeatureMissingError, RecordNotFoundError, UnknownAddressError)


def refuses_a_field(error: RequestError) -> bool:
    """Whether a call was perhaps refused for a field that was hidden since the last Describe."""
    return error.code in REFUSED_FIELDS and not isinstance(error, RefusedTokenError)


def refuses_a_type(error: RequestError) -> bool:
    """Whether a call was perhaps refused for an activity type that has gone since the run began."""
    return error.code in REFUSED_TYPES and not isinstance(error, RefusedTokenError)


def _as_old_as_marketo(why: str) -> datetime:
    log.warning(
        "%s, so the age of the instance is not known: reading from %s on; set `start_date` for a"
        " shorter first run", why, OLDEST_MARKETO.date(),
    )  # fmt: skip
    return OLDEST_MARKETO


class Instance:
    """One Marketo instance during one run."""

    def __init__(self, marketo: Marketo, *, start_date: datetime | None) -> None:
        self.marketo = marketo
        self.start_date = start_date

    @cached_property
    def leads(self) -> LeadDescription:
        """Describe of leads, as this run began."""
        return self.marketo.leads.describe()

    @cached_property
    def activity_types(self) -> ActivityTypes:
        """All activity types, as this run began."""
        return self.marketo.activities.types()

    def list_activity_types_again(self) -> ActivityTypes:
        """All activity types as they are now, for the rest of the run."""
        self.activity_types = self.marketo.activities.types()
        return self.activity_types

    def describe_leads_again(self) -> LeadDescription:
        """Describe of leads as it is now, for the rest of the run."""
        _ = self.now
        self.leads = self.marketo.leads.describe()
        return self.leads

    @cached_property
    def now(self) -> datetime:
        """Marketo's time when this run began."""
        return self.leads.read_at

    @cached_property
    def company_fields(self) -> frozenset[str] | None:
        """Lead fields that belong to the company; None where companies cannot be described."""
        try:
            return company_fields(self.marketo.companies.describe())
        except UNTOLD as error:
            log.info("lead_fields: isCompanyField stays null (%s)", error)
            return None

    @cached_property
    def born(self) -> datetime:
        """A moment before the first lead: the oldest folder's, or the birth of Marketo itself."""
        try:
            oldest = self.marketo.folders.oldest_created_at()
        except MissingPermissionError:
            return _as_old_as_marketo("the API user's role lacks Read-Only Assets")
        except NO_FOLDERS as error:
            return _as_old_as_marketo(str(error))
        except (TypeError, AttributeError, ValueError):
            return _as_old_as_marketo("a folder has no date that can be read")
        return oldest or OLDEST_MARKETO

    @property
    def first_lead(self) -> datetime:
        """Where the history of leads begins."""
        return self.start_date or self.born

    def first_activity(self, types: Iterable[int]) -> datetime:
        """Where the first read of these activity types begins: what is older is gone."""
        kept = [kept_for(type_id) for type_id in types]
        longest = max((each for each in kept if each is not None), default=None)
        if None in kept or longest is None:
            return self.first_lead
        return max(self.now - longest, self.first_lead)
