"""Settings: what there is, where they come from, and what is checked before the first call.

Knows nothing of streams. No message repeats a value that a user set.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from marketo_client import Connection, OnQuota, SettingError
from marketo_client.setting_rules import SettingRules, checkable
from singer_sdk import typing as th
from singer_sdk.plugin_base import JSONSchemaValidator

from target_marketo.imports import Use

if TYPE_CHECKING:
    from collections.abc import Mapping

GOOD_CITIZEN: Final = {  # Marketo docs: Marketo Integration Best Practices
    "max_calls_per_20s": 50,
    "max_concurrent_calls": 5,
}

PROGRAM: Final = "target-marketo"
OTHERS: Final = ("loglevel", "_")  # variables of the SDK; of Meltano, `TARGET_MARKETO__…`

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
        "streams",
        th.ObjectType(additional_properties=True),
        title="Streams",
        description="What the streams become: what stands under `objects:` of a mapping file."
        " A stream named `leads` needs none.",
    ),
    th.Property(
        "mapping_file",
        th.StringType,
        title="Mapping file",
        description="Path of the mapping file, in place of `streams`.",
    ),
    th.Property(
        "ledger_url",
        th.StringType,
        default="sqlite:///marketo-ledger.db",
        secret=True,
        title="Ledger URL",
        description="SQLAlchemy URL of the ledger, which knows what was sent; `none` keeps no"
        " ledger and sends every row.",
    ),
    th.Property(
        "dry_run",
        th.BooleanType,
        default=False,
        title="Dry run",
        description="Only read, and print what would be sent beside what Marketo holds now. No"
        " STATE is written.",
    ),
    th.Property(
        "dry_run_path",
        th.StringType,
        title="Dry run path",
        description="File that takes the differences of a dry run as JSON lines.",
    ),
    th.Property(
        "rejects_path",
        th.StringType,
        title="Rejects path",
        description="File that takes a copy of the rejects as JSON lines; only its owner may read"
        " it.",
    ),
    th.Property(
        "max_delete_percent",
        th.NumberType(minimum=0, maximum=100),
        default=10,
        title="Most deletes",
        description="Stop the run, with nothing deleted, when its deletes of an object, whatever"
        " their source, are more than that share of the records that it knows.",
    ),
    th.Property(
        "max_rejects_percent",
        th.NumberType(minimum=0, maximum=100),
        default=50,
        title="Most rejects",
        description="Stop the run when more than that share of the rows sent, and over 100 rows,"
        " is refused.",
    ),
    th.Property(
        "bulk_import",
        th.StringType(allowed_values=[each.value for each in Use]),
        default=Use.NEVER.value,
        title="Bulk import",
        description="`auto`: leads and records of custom objects go in files where a run has many"
        " to write. Never those that clear a value.",
    ),
    th.Property(
        "bulk_import_threshold",
        th.IntegerType(minimum=1),
        default=10_000,
        title="Rows for a bulk import",
        description="So many rows of one entry have to need a write in one run; with fewer they go"
        " by calls.",
    ),
    th.Property(
        "poll_interval_seconds",
        th.NumberType(minimum=1),
        default=60,
        title="Poll interval",
        description="How often to look whether a bulk import is over, in seconds; above 30 means"
        " 30.",
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
        "on_quota",
        th.StringType(allowed_values=[each.value for each in OnQuota]),
        default=OnQuota.STOP.value,
        title="When the day is used up",
        description="`stop`: end with exit status 1 and say when to go on. `wait`: sleep until"
        " midnight US Central time, then try, every 15 minutes while Marketo refuses.",
    ),
    th.Property(
        "request_timeout_seconds",
        th.NumberType(minimum=1),
        default=120,
        title="Request timeout",
        description="How long to wait for an answer, in seconds, and how long after its start a"
        " write whose answer was lost may still be running.",
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="How the target names itself to Marketo; its name and version without it.",
    ),
).to_dict()


def environment(schema: Mapping[str, Any], *, prefix: str) -> dict[str, Any]:
    """Settings from variables and from `.env` of the working folder. Raises SettingError."""
    return SettingRules(PROGRAM, schema).from_variables(prefix=prefix, passed_over=OTHERS)


def check(config: dict[str, Any], schema: Mapping[str, Any]) -> None:
    """Refuse what cannot work, before a call is spent; fills in defaults. Raises SettingError."""
    validator = JSONSchemaValidator(checkable(schema))
    SettingRules(PROGRAM, schema).check(config, violations=validator.iter_errors)
    if config.get("streams") and config.get("mapping_file"):
        raise SettingError("streams", "and `mapping_file` are both set; keep one of them")
    connection(config)


def connection(config: Mapping[str, Any]) -> Connection:
    """The client's settings. Raises SettingError, also for an endpoint without https."""
    given = {name: config[name] for name in Connection.__slots__ if config.get(name) is not None}
    if "on_quota" in given:
        given["on_quota"] = OnQuota(given["on_quota"])
    given.setdefault("user_agent", f"{PROGRAM}/{version(PROGRAM)}")
    return Connection(**given)


def hurried(config: Mapping[str, Any]) -> list[str]:
    """Settings beyond what Marketo advises to one application."""
    return [name for name, advised in GOOD_CITIZEN.items() if config[name] > advised]
