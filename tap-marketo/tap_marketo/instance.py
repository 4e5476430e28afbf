"""What a run knows of its Marketo instance; each thing is asked for once, when first needed.

Knows the client, nothing of Singer.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from marketo_client import (
    LONGEST_WINDOW,
    OLDEST_MARKETO,
    UNTOLD,
    FeatureMissingError,
    MissingPermissionError,
    RecordNotFoundError,
    RefusedTokenError,
    UnknownAddressError,
    company_fields,
    format_instant,
)

from tap_marketo.retention import NEW_LEAD, kept_for
from tap_marketo.rows import happened_at

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from marketo_client import ActivityTypes, LeadDescription, Marketo, RequestError

log = logging.getLogger("tap-marketo")

REFUSED_FIELDS: Final = frozenset({"1003", "1006"})  # Marketo docs: Error Codes
REFUSED_TYPES: Final = frozenset({"1001", "1003"})
A_DAY: Final = timedelta(days=1)
WORTH_ASKING: Final = 4 * LONGEST_WINDOW  # a window costs four calls, to ask costs three
MOST_PAGES: Final = 3
NO_FOLDERS: Final = (FeatureMissingError, RecordNotFoundError, UnknownAddressError)


def refuses_a_field(error: RequestError) -> bool:
    """Whether a call was perhaps refused for a field that was hidden since the last Describe."""
    return error.code in REFUSED_FIELDS and not isinstance(error, RefusedTokenError)


def refuses_a_type(error: RequestError) -> bool:
    """Whether a call was perhaps refused for an activity type that has gone since the run began."""
    return error.code in REFUSED_TYPES and not isinstance(error, RefusedTokenError)


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
        """A moment before the first lead: the oldest folder's, or the birth of Marketo itself.

        Who sees one workspace alone sees its folders, and perhaps leads that are older: the first
        New Lead row tells, where it tells at all.
        """
        oldest, why_unknown = self._oldest_folder
        if why_unknown:
            log.warning(
                "%s, so the age of the instance is not known: reading from %s on; set `start_date`"
                " for a shorter first run", why_unknown, OLDEST_MARKETO.date(),
            )  # fmt: skip
            return oldest
        return min(oldest, self._before_first_row or oldest)

    @cached_property
    def _oldest_folder(self) -> tuple[datetime, str]:
        """When it was made, else the birth of Marketo itself; and why that is not known."""
        try:
            return self.marketo.folders.oldest_created_at() or OLDEST_MARKETO, ""
        except MissingPermissionError:
            return OLDEST_MARKETO, "the API user's role lacks Read-Only Assets"
        except NO_FOLDERS as error:
            return OLDEST_MARKETO, str(error)
        except (TypeError, AttributeError, ValueError):
            return OLDEST_MARKETO, "a folder has no date that can be read"

    @property
    def first_lead(self) -> datetime:
        """Where the history of leads begins."""
        return self.start_date or self.born

    def export_start(self, wanted: datetime) -> datetime:
        """From when on to export: later than is wanted, where there were no leads before.

        Asked only where a `start_date` reaches so far back that calls are saved.
        """
        if self.start_date is None or self.now - wanted <= WORTH_ASKING:
            return wanted
        return max(wanted, self._before_all_leads)

    @cached_property
    def _before_all_leads(self) -> datetime:
        """Before the oldest folder and the first New Lead row, where both are known."""
        oldest, why_unknown = self._oldest_folder
        if why_unknown or self._before_first_row is None:
            return OLDEST_MARKETO
        start = min(oldest, self._before_first_row)
        told = format_instant(start)
        log.info("there are no leads from before %s: exporting from there on", told)
        return start

    @cached_property
    def _before_first_row(self) -> datetime | None:
        """A day before the first New Lead row, which is kept for ever; None if no row tells.

        Marketo may show some pages without rows first: then it takes too many calls to know.
        """
        try:
            token = self.marketo.activities.paging_token(OLDEST_MARKETO).value
            for _ in range(MOST_PAGES):
                page = self.marketo.activities.page(token, type_ids=[NEW_LEAD])
                if page.rows:
                    return min(happened_at(row) for row in page.rows) - A_DAY
                if not page.more or page.next_token is None:
                    return self.now
                token = page.next_token
        except UNTOLD as error:
            log.info("when the first lead came is not known (%s)", error)
        return None

    def first_activity(self, types: Iterable[int]) -> datetime:
        """Where the first read of these activity types begins: what is older is gone."""
        kept = [kept_for(type_id) for type_id in types]
        longest = max((each for each in kept if each is not None), default=None)
        if None in kept or longest is None:
            return self.first_lead
        return max(self.now - longest, self.first_lead)
