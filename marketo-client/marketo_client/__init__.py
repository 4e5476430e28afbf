"""Marketo Engage's REST and bulk APIs. Knows Marketo and nothing of Singer."""

from __future__ import annotations

from marketo_client.activities import (
    TYPES_PER_CALL,
    Activities,
    ActivityType,
    ActivityTypes,
    Attribute,
)
from marketo_client.activity_exports import ACTIVITY_COLUMNS, DELETE_LEAD, ActivityExports
from marketo_client.call_budget import CallBudget
from marketo_client.call_statistics import CallStatistics
from marketo_client.calls import JsonObject
from marketo_client.client import Marketo
from marketo_client.clock import SYSTEM_CLOCK, Clock
from marketo_client.codecs import CODECS, Codec, codec, normalise
from marketo_client.companies import Companies, company_fields
from marketo_client.custom_object_types import (
    CustomObjectTypes,
    LinkableField,
    LinkableObject,
    LinkTarget,
    NewField,
    NewType,
    TypeState,
)
from marketo_client.custom_objects import CustomObject, CustomObjects
from marketo_client.errors import (
    ERRORS,
    UNTOLD,
    AlreadyQueuedError,
    BudgetError,
    ConcurrencyError,
    CorruptExportError,
    CredentialsError,
    DailyQuotaError,
    ErrorRule,
    ExportCountError,
    ExportQuotaError,
    FeatureMissingError,
    GivenUpError,
    IdentityError,
    Level,
    LostAnswerError,
    MarketoError,
    MissingPermissionError,
    NoDataError,
    PagingLoopError,
    QueueFullError,
    RateLimitError,
    RecordNotFoundError,
    RefusedTokenError,
    RenewTokenError,
    RequestError,
    SettingError,
    SkipRecordError,
    StopForTodayError,
    TransientError,
    TransportError,
    UnknownAddressError,
    UnreachableError,
    UnreadableReplyError,
    WaitError,
    error_rule,
)
from marketo_client.export_budget import ExportBudget
from marketo_client.export_jobs import LONGEST_WINDOW, ExportFile, ExportJob, ExportStatus, Window
from marketo_client.filters import VALUES_PER_CALL
from marketo_client.folders import Folders
from marketo_client.import_batches import ImportBatch, ImportProblem, ImportStatus
from marketo_client.import_files import ImportFile, import_cell
from marketo_client.imports import LARGEST_FILE_BYTES, CustomObjectImports, LeadImports
from marketo_client.lead_exports import LeadExports, LeadFilter
from marketo_client.leads import LeadDescription, LeadField, LeadPartition, Leads
from marketo_client.object_descriptions import ObjectDescription, ObjectField, Relationship
from marketo_client.opportunities import Opportunities, OpportunityRoles
from marketo_client.paging import Page, PagingToken
from marketo_client.quota_days import OnQuota
from marketo_client.record_writes import (
    LARGEST_BODY_BYTES,
    RECORDS_PER_CALL,
    RowResult,
    SyncAction,
    SyncReply,
)
from marketo_client.settings import (
    DEFAULT_CALLS_PER_WINDOW,
    DEFAULT_CONCURRENT_CALLS,
    DEFAULT_POLL_SECONDS,
    DEFAULT_TIMEOUT_SECONDS,
    Connection,
)
from marketo_client.standard_objects import DedupeBy, StandardObject
from marketo_client.timestamps import OLDEST_MARKETO, format_instant, parse_instant
from marketo_client.usage import DayOfCalls, DayOfErrors, Usage

__all__ = [
    "ACTIVITY_COLUMNS",
    "CODECS",
    "DEFAULT_CALLS_PER_WINDOW",
    "DEFAULT_CONCURRENT_CALLS",
    "DEFAULT_POLL_SECONDS",
    "DEFAULT_TIMEOUT_SECONDS",
    "DELETE_LEAD",
    "ERRORS",
    "LARGEST_BODY_BYTES",
    "LARGEST_FILE_BYTES",
    "LONGEST_WINDOW",
    "OLDEST_MARKETO",
    "RECORDS_PER_CALL",
    "SYSTEM_CLOCK",
    "TYPES_PER_CALL",
    "UNTOLD",
    "VALUES_PER_CALL",
    "Activities",
    "ActivityExports",
    "ActivityType",
    "ActivityTypes",
    "AlreadyQueuedError",
    "Attribute",
    "BudgetError",
    "CallBudget",
    "CallStatistics",
    "Clock",
    "Codec",
    "Companies",
    "ConcurrencyError",
    "Connection",
    "CorruptExportError",
    "CredentialsError",
    "CustomObject",
    "CustomObjectImports",
    "CustomObjectTypes",
    "CustomObjects",
    "DailyQuotaError",
    "DayOfCalls",
    "DayOfErrors",
    "DedupeBy",
    "ErrorRule",
    "ExportBudget",
    "ExportCountError",
    "ExportFile",
    "ExportJob",
    "ExportQuotaError",
    "ExportStatus",
    "FeatureMissingError",
    "Folders",
    "GivenUpError",
    "IdentityError",
    "ImportBatch",
    "ImportFile",
    "ImportProblem",
    "ImportStatus",
    "JsonObject",
    "LeadDescription",
    "LeadExports",
    "LeadField",
    "LeadFilter",
    "LeadImports",
    "LeadPartition",
    "Leads",
    "Level",
    "LinkTarget",
    "LinkableField",
    "LinkableObject",
    "LostAnswerError",
    "Marketo",
    "MarketoError",
    "MissingPermissionError",
    "NewField",
    "NewType",
    "NoDataError",
    "ObjectDescription",
    "ObjectField",
    "OnQuota",
    "Opportunities",
    "OpportunityRoles",
    "Page",
    "PagingLoopError",
    "PagingToken",
    "QueueFullError",
    "RateLimitError",
    "RecordNotFoundError",
    "RefusedTokenError",
    "Relationship",
    "RenewTokenError",
    "RequestError",
    "RowResult",
    "SettingError",
    "SkipRecordError",
    "StandardObject",
    "StopForTodayError",
    "SyncAction",
    "SyncReply",
    "TransientError",
    "TransportError",
    "TypeState",
    "UnknownAddressError",
    "UnreachableError",
    "UnreadableReplyError",
    "Usage",
    "WaitError",
    "Window",
    "codec",
    "company_fields",
    "error_rule",
    "format_instant",
    "import_cell",
    "normalise",
    "parse_instant",
]
