"""The checks of the doctor that are no permission's; each costs two calls at most.

Marketo docs: API limits, Bulk Extract, Opportunity Roles.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from marketo_client.bulk.export_budget import BYTES_PER_MB
from marketo_client.bulk.export_jobs import Window
from marketo_client.bulk.lead_exports import LeadFilter
from marketo_client.central import central_day
from marketo_client.cli.exports import exports_of
from marketo_client.cli.findings import Finding, good, missing, used_up
from marketo_client.errors import FeatureMissingError, MissingPermissionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from marketo_client.cli.findings import Examination
    from marketo_client.http.usage import DayOfCalls

MOST_SKEW: Final = timedelta(seconds=30)
PROBED: Final = timedelta(hours=1)
GO_ON: Final = "go on after midnight US Central time, or raise"
NO_LEADS: Final = "not known without Read-Only Lead"
NO_DATE: Final = "Marketo's answers have no Date"


def credentials(exam: Examination) -> Finding:
    """Whether the identity service knows the client; no call."""
    exam.marketo.authenticate()
    host = urlsplit(exam.settings.connection.base_url).netloc
    return good(f"{exam.marketo.api_user or 'an API user without a name'} at {host}")


def calls_today(exam: Examination) -> Finding:
    """What all applications have spent; this needs no permission."""
    today = exam.marketo.usage.today()
    week = exam.marketo.usage.last_7_days()
    me = exam.marketo.api_user
    exam.facts.others_busiest_day = max((_by_others([day], me) for day in week), default=0)
    used, most = sum(day.total for day in today), exam.settings.max_daily_calls
    return used_up(
        f"{used:,} of {most:,} used, {_by_others(today, me):,} of them by others;"
        f" {max(most - used, 0):,} left",
        f"{GO_ON} `max_daily_calls`; `marketo usage` shows who spends them",
        used=used,
        most=most,
    )


def clock(exam: Examination) -> Finding:
    """How far this machine's clock is from Marketo's; no call."""
    marketo = exam.marketo.now
    if marketo is None:
        return missing(NO_DATE, "check that no proxy cuts headers off")
    skew = datetime.now(UTC) - marketo
    side = "ahead of" if skew > timedelta(0) else "behind"
    found = f"this machine is {abs(skew).total_seconds():,.0f} s {side} Marketo"
    if abs(skew) <= MOST_SKEW:
        return good(found)
    return missing(found, "set it: the newest of two edits is told by clocks, and `start_date` too")


def native_crm_sync(exam: Examination) -> Finding:
    """Whether a CRM owns companies, opportunities and sales persons."""
    try:
        exam.marketo.opportunity_roles.describe()
    except FeatureMissingError as error:
        return missing(
            f"there is one ({error.code}): companies, opportunities, sales persons are read-only",
            "change companies in the CRM, and leave them out of target-marketo's mapping",
        )
    except MissingPermissionError as error:
        return missing(f"not known without {error.permission}", "give it to the role, to find out")
    return good("there is none")


def partitions(exam: Examination) -> Finding:
    """Which leads this API user can see at all."""
    if exam.facts.lead_fields is None:
        return missing(NO_LEADS)
    names = [each.name for each in exam.marketo.leads.partitions()]
    return good(f"leads of {', '.join(names)} are visible")


def updated_at_exports(exam: Examination) -> Finding:
    """Whether leads can be exported by updatedAt; the job that tells is cancelled at once."""
    now = exam.marketo.now
    if exam.facts.lead_fields is None or now is None:
        return missing(NO_LEADS if now else NO_DATE)
    lately = LeadFilter.updated(Window(now - PROBED, now))
    try:
        job = exam.marketo.lead_exports.create(fields=["id"], where=lately)
    except FeatureMissingError as error:
        exam.facts.updated_at_exports = False
        return missing(
            f"not in this subscription ({error.code}): after a pause, changes cost a call for each"
            " 300 rows",
            "run at least once a day, or ask Adobe for that filter",
        )
    exam.facts.updated_at_exports = True
    exam.marketo.lead_exports.cancel(job.id)
    return good("is there")


def export_bytes_today(exam: Examination) -> Finding:
    """What this API user's jobs have exported since midnight US Central time."""
    now = exam.marketo.now
    jobs = exports_of(exam.marketo, central_day(now)) if now else ()
    used = sum(each.job.size or 0 for each in jobs) / BYTES_PER_MB
    most = exam.settings.max_daily_export_mb
    return used_up(
        f"{used:,.1f} of {most:,} MB used by this API user, {max(most - used, 0):,.1f} left; nobody"
        " sees those of others",
        f"{GO_ON} `max_daily_export_mb`",
        used=used,
        most=most,
    )


def _by_others(days: Iterable[DayOfCalls], me: str | None) -> int:
    return sum(day.total - day.by_user.get(me or "", 0) for day in days)
