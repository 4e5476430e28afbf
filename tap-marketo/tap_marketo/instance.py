"""What a run knows of its Marketo instance; each thing is asked for once, when first needed.

Knows the client, nothing of Singer.
"""

from __future__ import annotations

import logging
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

from tap_marketo.first_row import first_row
from tap_marketo.plans.retention import A_DAY, NEW_LEAD, kept_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from marketo_client import ActivityTypes, LeadDescription, Marketo, RequestError

log = logging.getLogger("tap-marketo")

REFUSED_FIELDS: Final = frozenset({"1003", "1006"})  # Marketo docs: Error Codes
REFUSED_TYPES: Final = frozenset({"1001", "1003"})
WORTH_ASKING: Final = 4 * LONGEST_WINDOW  # a window costs four calls, to ask costs three
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
        if self._before_first_lead is None:
            log.warning(
                "no New Lead row tells when the first lead came: reading from the oldest folder on,"
                " %s; set `start_date` if there are older leads", format_instant(oldest),
            )  # fmt: skip
        return min(oldest, self._before_first_lead or oldest)

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

    def is_far_back(self, start: datetime) -> bool:
        """Whether an export from there on has so many windows that it is worth asking for less."""
        return self.now - start > WORTH_ASKING

    def export_start(self, wanted: datetime) -> datetime:
        """From when on to export leads: later than is wanted, where there were none before.

        Asked only where a `start_date` reaches so far back that calls are saved.
        """
        if self.start_date is None or not self.is_far_back(wanted):
            return wanted
        return max(wanted, self._before_all_leads)

    @cached_property
    def _before_all_leads(self) -> datetime:
        """Before the oldest folder and the first New Lead row, where both are known."""
        oldest, why_unknown = self._oldest_folder
        if why_unknown or self._before_first_lead is None:
            return OLDEST_MARKETO
        start = min(oldest, self._before_first_lead)
        told = format_instant(start)
        log.info("there are no leads from before %s: exporting from there on", told)
        return start

    @cached_property
    def _before_first_lead(self) -> datetime | None:
        """A day before the first New Lead row, which is kept for ever; None if no row tells.

        Where there is none at all, leads may be there, of a Marketo that does not show the type.
        """
        start = self.before_first_row([NEW_LEAD], since=OLDEST_MARKETO)
        return None if start is None or start >= self.now - A_DAY else start

    def before_first_row(self, types: Iterable[int], *, since: datetime) -> datetime | None:
        """A day before the first row of these activity types after `since`; None if unknown."""
        first = first_row(self.marketo.activities, types, since=since, now=self.now)
        return first and first - A_DAY

    def first_activity(self, types: Iterable[int]) -> datetime:
        """Where the first read of these activity types begins: what is older is gone.

        Rows may be older than the first lead, such as visits of somebody who was not known yet, and
        custom activities, which their writer dates: it bounds those of New Lead alone.
        """
        return min(self._first_of(type_id) for type_id in types)

    def _first_of(self, type_id: int) -> datetime:
        kept = kept_for(type_id)
        if kept is None:
            return self.first_lead
        return max(self.now - kept, self.start_date or OLDEST_MARKETO)
