"""Settings: what there is, where they come from, and what is checked before the first call.

Knows nothing of streams. No message repeats a value that a user set.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from marketo_client import (
    DEFAULT_CALLS_PER_WINDOW,
    DEFAULT_CONCURRENT_CALLS,
    DEFAULT_POLL_SECONDS,
    DEFAULT_TIMEOUT_SECONDS,
    Connection,
    OnQuota,
    SettingError,
)
from marketo_client.setting_rules import SettingRules, checkable
from singer_sdk import typing as th
from singer_sdk.plugin_base import JSONSchemaValidator

from tap_marketo.plans.activity_plan import ActivitiesMethod
from tap_marketo.plans.lead_plan import Method
from tap_marketo.plans.leads_filter import LEADS_FILTER, LEADS_FILTER_SCHEMA, check_leads_filter
from tap_marketo.records.joined_fields import LeadJoin

if TYPE_CHECKING:
    from collections.abc import Mapping

GOOD_CITIZEN: Final = {  # Marketo docs: Marketo Integration Best Practices
    "max_calls_per_20s": DEFAULT_CALLS_PER_WINDOW,
    "max_concurrent_calls": DEFAULT_CONCURRENT_CALLS,
}

PROGRAM: Final = "tap-marketo"
OTHERS: Final = ("loglevel", "_")  # variables of the SDK; of Meltano, `TAP_MARKETO__LOAD_SCHEMA`

SETTINGS: Final[dict[str, Any]] = th.PropertiesList(
    th.Property(
        "endpoint",
        th.StringType,
        required=True,
        title="Endpoint",
        description="REST endpoint of the instance, as Admin > Web Services shows it; `/rest` and"
        " a slash at the end may be there or not. https only, except for loopback addresses.",
    ),
    th.Property(
        "client_id",
        th.StringType,
        required=True,
        secret=True,
        title="Client id",
        description="Client id of the LaunchPoint custom service.",
    ),
    th.Property(
        "client_secret",
        th.StringType,
        required=True,
        secret=True,
        title="Client secret",
        description="Client secret of the LaunchPoint custom service.",
    ),
    th.Property(
        "identity_url",
        th.StringType,
        title="Identity URL",
        description="Address of the identity service, only where it is not the endpoint's"
        " `/identity`.",
    ),
    th.Property(
        "start_date",
        th.DateTimeType,
        title="Start date",
        description="Earliest date that the first run reads. For leads it bounds `createdAt` of"
        " the history. Without it: all leads, and activities as far back as Marketo keeps them.",
    ),
    th.Property(
        "activity_types",
        th.ArrayType(th.CustomType({"type": ["string", "integer"]})),
        title="Activity types",
        description="Names or ids of the activity types to read; all without it. Narrows"
        " `activities` and `activity_<type>`, never the other streams.",
    ),
    th.Property(
        "activity_lead_fields",
        th.ArrayType(th.StringType),
        default=[],
        title="Lead fields of activities",
        description="REST names of lead fields to look up for each activity, 300 leads a call, and"
        " to add to `activities` and `activity_<type>` as `lead_<field>`.",
    ),
    th.Property(
        "activity_lead_join",
        th.StringType(allowed_values=[each.value for each in LeadJoin]),
        default=LeadJoin.INNER.value,
        title="Activities without a lead",
        description="What becomes of an activity whose lead cannot be read, as it was deleted or"
        " merged into another, where lead fields are looked up. `inner`: it is left out, and"
        " counted in the summary. `left`: it comes with nulls.",
    ),
    th.Property(
        "activities_method",
        th.StringType(allowed_values=[each.value for each in ActivitiesMethod]),
        default=ActivitiesMethod.AUTO.value,
        title="How activities are read",
        description="`rest`: page by page. `bulk`: bulk extract, one job per window of 31 days for"
        " all types together (beyond 180 days, types that Marketo keeps for 90 come first, in jobs"
        " of their own). `auto`: bulk for what is more than 24 hours back, then rest.",
    ),
    th.Property(
        "leads_method",
        th.StringType(allowed_values=[each.value for each in Method]),
        default=Method.AUTO.value,
        title="How changed leads are read",
        description="`bulk`: bulk extract by updatedAt, an error where the subscription lacks that"
        " filter. `changes`: the change feed, then the leads by id. `auto`: the change feed while"
        " the bookmark is at most 24 hours old, else bulk where the subscription has it. The first"
        " read of all leads is by bulk extract in any case.",
    ),
    th.Property(
        "leads_filter",
        th.CustomType(LEADS_FILTER_SCHEMA),
        title="Only these leads",
        description='`{"static_list": ID or name}`, `{"smart_list": ID or name}` or `{"program": '
        "ID}`: `leads` holds only its members, read whole at every run. Who leaves it stays in"
        " the database, and `tombstones` marks nobody.",
    ),
    th.Property(
        "backfill_new_fields",
        th.BooleanType,
        default=True,
        title="Read all leads for new fields",
        description="A lead field that is selected later, or that was hidden in Marketo and is"
        " shown again, starts a new read of all leads. A field that is new in Marketo does not.",
    ),
    th.Property(
        "tombstones",
        th.BooleanType,
        default=False,
        title="Mark leads that are gone",
        description="Also mark deleted and merged leads in `leads`, through `_sdc_deleted_at`; the"
        " marks come last in a run and leave the other columns as they are.",
    ),
    th.Property(
        "recheck_every_hours",
        th.IntegerType(minimum=0),
        default=24,
        title="Recheck every",
        description="How often the last hours are read again, for rows that Marketo writes late"
        " and, where leads can be exported by `updatedAt`, for fields that change without a change"
        " activity; in hours, 0 turns it off.",
    ),
    th.Property(
        "recheck_window_hours",
        th.IntegerType(minimum=1),
        default=48,
        title="Recheck window",
        description="How much is read again then, in hours: what is written up to this less"
        " `recheck_every_hours` late comes for certain.",
    ),
    th.Property(
        "lookback_seconds",
        th.IntegerType(minimum=0),
        default=300,
        title="Lookback",
        description="How far before the bookmark each incremental read starts, in seconds:"
        " Marketo writes some rows late.",
    ),
    th.Property(
        "max_calls_per_20s",
        th.IntegerType(minimum=1),
        default=GOOD_CITIZEN["max_calls_per_20s"],
        title="Calls in 20 seconds",
        description="Most calls within 20 seconds. Marketo's own limit is 100 for all"
        " applications of the instance together; more than 50 is allowed, with a warning.",
    ),
    th.Property(
        "max_concurrent_calls",
        th.IntegerType(minimum=1),
        default=GOOD_CITIZEN["max_concurrent_calls"],
        title="Concurrent calls",
        description="Most calls at one time. Marketo's own limit is 10 for all applications of"
        " the instance together; more than 5 is allowed, with a warning.",
    ),
    th.Property(
        "max_daily_calls",
        th.IntegerType(minimum=1),
        default=40_000,
        title="Calls a day",
        description="Stop before the instance has spent that many calls since midnight US Central"
        " time, those of other applications included. Marketo's own limit is 50,000 in most"
        " subscriptions.",
    ),
    th.Property(
        "max_daily_export_mb",
        th.IntegerType(minimum=1),
        default=450,
        title="Export megabytes a day",
        description="Stop before this API user has exported that many megabytes since midnight US"
        " Central time. Marketo's own limit is 500 for all applications together. A file counts"
        " once Marketo has made it, read or not, and nobody knows its size before: the day's"
        " largest stands for the next one. A day's first file is always made, and may be larger.",
    ),
    th.Property(
        "on_quota",
        th.StringType(allowed_values=[each.value for each in OnQuota]),
        default=OnQuota.STOP.value,
        title="When the day is used up",
        description="`stop`: end with exit status 1 and say when to go on. `wait`: sleep until"
        " midnight US Central time, then try, every 15 minutes while Marketo refuses.",
    ),
    th.Property(
        "poll_interval_seconds",
        th.NumberType(minimum=1),
        default=DEFAULT_POLL_SECONDS,
        title="Poll interval",
        description="How long to wait before a bulk job is looked at again, in seconds; Marketo"
        " moves a job's state once a minute.",
    ),
    th.Property(
        "request_timeout_seconds",
        th.NumberType(minimum=1),
        default=DEFAULT_TIMEOUT_SECONDS,
        title="Request timeout",
        description="How long to wait for an answer, in seconds.",
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="How the tap names itself to Marketo; its name and version without it.",
    ),
).to_dict()


def environment(schema: Mapping[str, Any], *, prefix: str) -> dict[str, Any]:
    """Settings from variables and from `.env` of the working folder. Raises SettingError."""
    return SettingRules(PROGRAM, schema).from_variables(prefix=prefix, passed_over=OTHERS)


def check(config: dict[str, Any], schema: Mapping[str, Any]) -> None:
    """Refuse what cannot work, before a call is spent; fills in defaults. Raises SettingError."""
    check_leads_filter(config.get(LEADS_FILTER))
    validator = JSONSchemaValidator(checkable(schema))
    SettingRules(PROGRAM, schema).check(config, violations=validator.iter_errors)
    start = start_date(config)
    if start and start > datetime.now(UTC):
        raise SettingError("start_date", "is in the future; set a date that has passed")
    connection(config)


def connection(config: Mapping[str, Any]) -> Connection:
    """The client's settings. Raises SettingError, also for an endpoint without https."""
    given = {name: config[name] for name in Connection.__slots__ if config.get(name) is not None}
    if "on_quota" in given:
        given["on_quota"] = OnQuota(given["on_quota"])
    given.setdefault("user_agent", f"{PROGRAM}/{version(PROGRAM)}")
    return Connection(**given)


def start_date(config: Mapping[str, Any]) -> datetime | None:
    """The setting in UTC and whole seconds; a date alone means its first second."""
    text = config.get("start_date")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingError(
            "start_date", "is not a date; write it like 2026-01-31 or 2026-01-31T08:00:00Z"
        ) from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=0)


def hurried(config: Mapping[str, Any]) -> list[str]:
    """Settings beyond what Marketo advises to one application."""
    return [name for name, advised in GOOD_CITIZEN.items() if config[name] > advised]
