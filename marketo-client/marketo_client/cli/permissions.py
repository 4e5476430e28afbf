"""Which permissions of the Access API a role needs, for which streams, and how to find out.

A permission to write is tried with an update of a record that is not there, and that would change
nothing if it were. Marketo docs: Custom Services. A test compares the streams with the tap's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketo_client.cli.findings import Finding, Verdict, good, missing
from marketo_client.errors import (
    FeatureMissingError,
    MissingPermissionError,
    RecordNotFoundError,
    RequestError,
    UnreadableReplyError,
    error_rule,
)
from marketo_client.records.record_writes import SyncAction
from marketo_client.records.standard_objects import DedupeBy

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_client.cli.findings import Examination


NO_LEAD: Final = 2_147_483_647
NO_COMPANY: Final = "no-such-company-of-marketo-doctor"
NO_GUID: Final = "00000000-0000-0000-0000-000000000000"
WRITABLE: Final = "an update of a record that is not there was allowed"
NO_COMPANIES: Final = "companies cannot be sent"
NO_OBJECTS: Final = "custom objects cannot be sent"


@dataclass(frozen=True, slots=True)
class Need:
    """A permission, what is lost without it, and a call that tells what one gets with it."""

    permission: str
    without: Verdict
    lost: str
    ask: Callable[[Examination], str]
    streams: tuple[str, ...] = ()

    def look(self, exam: Examination) -> Finding:
        """Whether the role has it."""
        try:
            return good(self.ask(exam))
        except MissingPermissionError as error:
            found = f"the role lacks it ({error.code}): {self.lost}"
            todo = f"give {self.permission} to the API user's role: Admin, Users & Roles, Roles"
            return Finding(self.without, found, todo, self.streams)
        except FeatureMissingError as error:
            rule = error_rule(error.code or "")
            return missing(f"{rule.meaning} ({error.code})", rule.remedy or rule.family.remedy)
        except (RecordNotFoundError, RequestError, UnreadableReplyError) as error:
            return Finding(self.without, str(error), streams=self.streams)


def _lead_fields(exam: Examination) -> str:
    exam.facts.lead_fields = len(exam.marketo.leads.describe().fields)
    return f"{exam.facts.lead_fields} lead fields"


def _activity_types(exam: Examination) -> str:
    exam.facts.activity_types = len(exam.marketo.activities.types().types)
    return f"{exam.facts.activity_types} activity types"


def _company_fields(exam: Examination) -> str:
    return f"{len(exam.marketo.companies.describe().fields)} company fields"


def _oldest_folder(exam: Examination) -> str:
    oldest = exam.marketo.folders.oldest_created_at()
    return f"the instance is from {oldest:%Y-%m-%d}" if oldest else "no folder tells its age"


def _custom_objects(exam: Examination) -> str:
    names = exam.facts.custom_objects = [each.name for each in exam.marketo.custom_objects.list()]
    return f"approved custom objects: {', '.join(names) or 'none'}"


def _custom_object_types(exam: Examination) -> str:
    return f"the metadata API is there, with {len(exam.marketo.custom_object_types.list())} types"


def _lead_update(exam: Examination) -> str:
    exam.marketo.leads.sync([{"id": NO_LEAD}], action=SyncAction.UPDATE_ONLY, lookup_field="id")
    return WRITABLE


def _company_update(exam: Examination) -> str:
    nobody = [{"externalCompanyId": NO_COMPANY}]
    exam.marketo.companies.sync(nobody, action=SyncAction.UPDATE_ONLY)
    return WRITABLE


def _custom_object_update(exam: Examination) -> str:
    if not exam.facts.custom_objects:
        return "not asked: there is no approved custom object"
    records = exam.marketo.custom_objects.records(exam.facts.custom_objects[0])
    nothing = [{"marketoGUID": NO_GUID}]
    records.sync(nothing, action=SyncAction.UPDATE_ONLY, dedupe_by=DedupeBy.ID_FIELD)
    return WRITABLE


LEADS: Final = Need(
    "Read-Only Lead",
    Verdict.FAIL,
    "no lead can be read, nor looked up before a write",
    _lead_fields,
    ("leads", "lead_ids", "lead_fields"),
)
READING: Final = (
    LEADS,
    Need(
        "Read-Only Activity",
        Verdict.FAIL,
        "no activity can be read, and no change of a lead",
        _activity_types,
        (
            *("activities", "activity_<type>", "activity_types", "lead_changes", "new_leads"),
            *("merged_leads", "deleted_leads", "leads"),
        ),
    ),
    Need(
        "Read-Only Company",
        Verdict.WARN,
        "isCompanyField stays null",
        _company_fields,
        ("lead_fields",),
    ),
    Need(
        "Read-Only Assets",
        Verdict.WARN,
        "a first run without `start_date` begins in 2007, and takes hours",
        _oldest_folder,
        ("leads",),
    ),
)
WRITING: Final = (
    LEADS,
    Need("Read-Write Lead", Verdict.FAIL, "no lead can be written", _lead_update),
    Need("Read-Only Company", Verdict.WARN, NO_COMPANIES, _company_fields),
    Need("Read-Write Company", Verdict.WARN, NO_COMPANIES, _company_update),
    Need("Read-Only Custom Object", Verdict.WARN, NO_OBJECTS, _custom_objects),
    Need("Read-Write Custom Object", Verdict.WARN, NO_OBJECTS, _custom_object_update),
    Need(
        "Read-Only Custom Object Type",
        Verdict.WARN,
        "types of custom objects cannot be made",
        _custom_object_types,
    ),
)
