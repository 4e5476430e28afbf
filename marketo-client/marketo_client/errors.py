"""What Marketo's errors mean and what happens next: the family of an error is the reaction.

`ERRORS` is the one place that knows error codes. Knows nothing of HTTP sessions or endpoints.
Marketo docs: Error Codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final

from marketo_client.withheld import without_values

if TYPE_CHECKING:
    from collections.abc import Mapping


class MarketoError(Exception):
    """Root of all errors of this package; alone it means: stop, nothing can be repeated."""

    remedy: ClassVar[str] = "look the request id up with Marketo support"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        request_id: str | None = None,
        endpoint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.request_id = request_id
        self.endpoint = endpoint


class RenewTokenError(MarketoError):
    """The token is dead: get another one and send the same call again."""

    remedy = "check that no other application revokes the tokens of this custom service"


class WaitError(MarketoError):
    """Marketo is busy: sleep about `wait`, then repeat the same call, `tries` times in all."""

    remedy = "try again later"
    wait: ClassVar[timedelta] = timedelta(seconds=5)
    longest_wait: ClassVar[timedelta] = timedelta(minutes=1)
    tries: ClassVar[int] = 7
    work_may_be_done: ClassVar[bool] = False


class RateLimitError(WaitError):
    """606: over 100 calls in 20 seconds, counted over the whole instance."""

    remedy = "lower `max_calls_per_20s`: other applications use the instance too"
    wait = timedelta(seconds=20)
    longest_wait = timedelta(seconds=20)
    tries = 15


class ConcurrencyError(WaitError):
    """615: ten calls are running, counted over the whole instance."""

    remedy = "lower `max_concurrent_calls`: other applications use the instance too"
    wait = timedelta(seconds=2)
    longest_wait = timedelta(seconds=5)
    tries = 60


class QueueFullError(WaitError):
    """1029, 1016, 1019: the bulk queue, shared by all applications, has no place now."""

    remedy = "cancel bulk jobs that nobody needs, or let them finish"
    wait = timedelta(minutes=1)  # Marketo docs: Bulk Extract; a job's state moves once a minute
    tries = 720


class TransientError(WaitError):
    """Marketo failed, perhaps after it had done the work."""

    work_may_be_done = True


class TransportError(WaitError):
    """No answer that can be read: reset, timeout, cut or HTML body, gateway error."""

    remedy = "check `endpoint`, the network between here and Marketo, and Marketo's status page"
    wait = timedelta(seconds=1)
    work_may_be_done = True


class UnreachableError(MarketoError):
    """No connection could be made, and there never was one: the address is likely wrong."""

    remedy = "check `endpoint` and `identity_url`, the network, and Marketo's status page"


class IdentityError(TransportError):
    """The token service gave no answer that can be read; the call itself was not sent."""

    remedy = "check `endpoint` and `identity_url`, the network, and Marketo's status page"
    work_may_be_done = False


class LostAnswerError(TransportError):
    """A call that may create got no answer, and may still be running: look before repeating it.

    `code` is the cause's: 604, an HTTP status, or None.
    """

    @classmethod
    def after(cls, error: WaitError) -> LostAnswerError:
        """The same failure of a call that must not simply be repeated."""
        return cls(
            str(error), code=error.code, request_id=error.request_id, endpoint=error.endpoint
        )


class StopForTodayError(MarketoError):
    """A daily allowance is used up: stop, and go on after midnight US Central time."""

    remedy = "run again after midnight US Central time"


class DailyQuotaError(StopForTodayError):
    """607: the day's calls of the instance are used up."""


class ExportQuotaError(DailyQuotaError):
    """1029: the day's export bytes of the instance are used up."""


class BudgetError(StopForTodayError):
    """The part of a day's allowance that a setting gives to this client is used up."""

    def __init__(self, setting: str, message: str, *, go_on_at: str) -> None:
        super().__init__(f"`{setting}`: {message}; run again after {go_on_at}, or raise it")
        self.setting = setting


class MissingPermissionError(MarketoError):
    """600, 603: the API user's role lacks a permission, or its IP address is not allowed: stop.

    `permission` is the one that the call needs, if it needs any.
    """

    remedy = "give the API user's role that permission, and check the instance's IP allow list"
    permission: str = ""


class FeatureMissingError(MarketoError):
    """The subscription does not have what was asked for: do without it."""

    remedy = "this subscription lacks the feature: deselect what needs it"


class NoDataError(MarketoError):
    """702: nothing matched; the same as an empty result."""


class AlreadyQueuedError(MarketoError):
    """1029: the job is in the queue already; go on by polling it."""


class SkipRecordError(MarketoError):
    """The record named in the call is refused; others are not concerned."""

    remedy = "put the record aside and go on"


class RecordNotFoundError(SkipRecordError):
    """1004, 1013: there is no such lead, object or job for this API user."""

    remedy = "it may be deleted, or this API user may not see it"


class RequestError(MarketoError):
    """The call itself is wrong and has to be changed before it is sent again: stop."""

    remedy = "check the names and values that settings and catalog ask for"


class UnknownAddressError(RequestError):
    """610, HTTP 404: nothing is at this address, or the subscription has no such call."""

    remedy = "check `endpoint`"


class RefusedTokenError(RequestError):
    """Marketo does not accept a paging token any more; get another from its datetime."""


class CredentialsError(MarketoError):
    """The identity service does not know this `client_id` with this `client_secret`."""


class CorruptExportError(MarketoError):
    """A bulk job failed or its file is not what Marketo announced: make the job once more."""


class ExportCountError(CorruptExportError):
    """A bulk file holds another number of rows than its job says."""


class GivenUpError(MarketoError):
    """Nobody wants to wait any more for a job that Marketo still works on; it goes on there."""

    remedy = "look again later"


class TemporaryFileError(MarketoError):
    """The folder for temporary files on this machine takes no more, or is not there."""

    remedy = "make room there, or set TMPDIR to another folder"

    def __init__(self, folder: str | None, error: OSError) -> None:
        place = f" in {folder}" if folder else ""
        super().__init__(
            f"a temporary file cannot be written{place} ({error.strerror}); {self.remedy}"
        )


class PagingLoopError(MarketoError):
    """Marketo handed out the same page token twice: paging would never end."""


class UnreadableReplyError(MarketoError):
    """Marketo said success, but what every such answer holds is missing or of another form."""

    remedy = "run again, and report it to Marketo support if it stays"


class SettingError(MarketoError, ValueError):
    """A setting cannot be used; says which one and why, never its value."""

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(f"`{setting}` {message}")
        self.setting = setting


UNTOLD: Final = (
    FeatureMissingError,
    MissingPermissionError,
    RecordNotFoundError,
    RequestError,
    UnreadableReplyError,
)
"""How Marketo says that it will not tell something, which a run may do without."""


class Level(StrEnum):
    """Where a code appears: for the whole call, for one record of it, or both."""

    RESPONSE = "response"
    RECORD = "record"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """One code: its meaning, its family when a whole call fails so, and what it costs.

    `remedy` is there where more can be said than the family's. `variants` tells apart the
    meanings of one code by a piece of Marketo's text in lower case.
    """

    meaning: str
    family: type[MarketoError]
    level: Level = Level.RESPONSE
    counted: bool = True
    remedy: str = ""
    variants: Mapping[str, ErrorRule] | None = None


def _free(meaning: str, family: type[MarketoError]) -> ErrorRule:
    """A code that costs neither quota nor rate."""
    return ErrorRule(meaning, family, counted=False)


def _record(
    meaning: str, family: type[MarketoError] = SkipRecordError, remedy: str = ""
) -> ErrorRule:
    return ErrorRule(meaning, family, Level.RECORD, remedy=remedy)


def _either(meaning: str, family: type[MarketoError] = RequestError, remedy: str = "") -> ErrorRule:
    return ErrorRule(meaning, family, Level.EITHER, remedy=remedy)


_INVALID_DATA: Final = ErrorRule(
    "invalid data",
    RequestError,
    Level.EITHER,
    variants=MappingProxyType(
        {"unsupported filter": ErrorRule("filter not in this subscription", FeatureMissingError)}
    ),
)
_QUEUED_ALREADY: Final = ErrorRule("job is queued already", AlreadyQueuedError)
_EXPORTS_SPENT: Final = ErrorRule("daily export quota used up", ExportQuotaError)
_EXPORT_REFUSED: Final = ErrorRule(
    "too many jobs in the queue",
    QueueFullError,
    variants=MappingProxyType(
        {
            **dict.fromkeys(("already queued", "already in", "already been"), _QUEUED_ALREADY),
            **dict.fromkeys(("quota", "daily", "500mb", "500 mb"), _EXPORTS_SPENT),
        }
    ),
)


ERRORS: Final[Mapping[str, ErrorRule]] = MappingProxyType(
    {
        "0": ErrorRule("no reason given", TransientError),
        "500": ErrorRule("internal error", TransientError),
        "502": ErrorRule("bad gateway", TransientError),
        "600": ErrorRule("token missing", MissingPermissionError),
        "601": _free("token invalid", RenewTokenError),
        "602": _free("token expired", RenewTokenError),
        "603": ErrorRule("access denied", MissingPermissionError),
        "604": _free("call ran too long", TransientError),
        "605": _free("HTTP method not supported", RequestError),
        "606": ErrorRule("rate limit of 100 calls in 20 seconds", RateLimitError),
        "607": ErrorRule("daily quota of calls used up", DailyQuotaError),
        "608": _free("API temporarily unavailable", WaitError),
        "609": ErrorRule("invalid JSON", RequestError),
        "610": ErrorRule("unknown address", UnknownAddressError),
        "611": _free("system error", TransientError),
        "612": ErrorRule("wrong content type", RequestError),
        "613": ErrorRule("bad multipart body", RequestError),
        "614": ErrorRule("subscription unreachable", WaitError),
        "615": ErrorRule("limit of 10 running calls", ConcurrencyError),
        "616": ErrorRule(
            "subscription lacks the metadata API",
            FeatureMissingError,
            remedy="make and approve the type by hand under Admin, Marketo Custom Objects",
        ),
        "701": ErrorRule("value must not be blank", RequestError),
        "702": ErrorRule("no data found", NoDataError),
        "703": ErrorRule("feature not enabled", FeatureMissingError),
        "704": ErrorRule("bad date", RequestError),
        "709": ErrorRule("asset rule violated", RequestError),
        "710": ErrorRule("parent folder missing", RequestError),
        "711": ErrorRule("wrong folder type", RequestError),
        "712": ErrorRule("merge touches Salesforce person accounts", SkipRecordError),
        "713": ErrorRule("transient error", TransientError),
        "714": ErrorRule("merge lacks a default record type", SkipRecordError),
        "718": ErrorRule("unknown externalSalesPersonId", RequestError),
        "719": ErrorRule("lock timeout", TransientError),
        "1001": _either("wrong type"),
        "1002": _either("required value missing"),
        "1003": _INVALID_DATA,
        "1004": _record("lead not found", RecordNotFoundError),
        "1005": _record("lead exists already"),
        "1006": _either("unknown field"),
        "1007": _record("several leads match the key"),
        "1008": _record("partition not accessible"),
        "1009": _record("partition must be named"),
        "1010": _record("record is in another partition"),
        "1011": _either("field not supported as filter or lookup"),
        "1012": _record("bad cookie value"),
        "1013": _either("object not found", RecordNotFoundError),
        "1014": _either("object could not be created", TransientError),
        "1015": _record("lead not in list"),
        "1016": ErrorRule("too many imports queued", QueueFullError),
        "1017": _record("record exists already"),
        "1018": _either(
            "read-only under a native CRM sync",
            FeatureMissingError,
            "change these records in the CRM, and leave their object out here",
        ),
        "1019": ErrorRule("import into that list is running", QueueFullError),
        "1020": ErrorRule("over 20 cloned programs a day", StopForTodayError),
        "1021": _record(
            "company fields are not allowed here", remedy="send them to the lead's company"
        ),
        "1022": _either("object in use", SkipRecordError, "delete what uses it first"),
        "1025": _either("unknown program status"),
        "1026": _either("custom objects not enabled", FeatureMissingError),
        "1027": ErrorRule("too many custom activity types", RequestError),
        "1028": ErrorRule("too many custom activity attributes", RequestError),
        "1029": _EXPORT_REFUSED,
        "1035": ErrorRule("export filter not in this subscription", FeatureMissingError),
        "1036": _record("same key twice in one call", remedy="send one record for each key"),
        "1037": _record("already in or past that program status"),
        "1042": ErrorRule("date over two years ahead", RequestError),
        "1048": ErrorRule("draft could not be discarded", MarketoError),
        "1049": _record("activity attributes over 65,536 bytes"),
        "1076": ErrorRule("merge refused by a duplicate rule", SkipRecordError),
        "1077": ErrorRule("merge refused by a field length", SkipRecordError),
        "1078": ErrorRule("merge refused by a deleted entity", SkipRecordError),
        "1079": ErrorRule("merge refused by a personalised URL", SkipRecordError),
        "1080": ErrorRule("over 25 losing leads", RequestError),
    }
)

_UNKNOWN: Final = ErrorRule("unlisted error", MarketoError)


def error_rule(code: str, text: str = "") -> ErrorRule:
    """The rule for a code; `text` is Marketo's message and tells apart what shares a code."""
    rule = ERRORS.get(code, _UNKNOWN)
    for piece, variant in (rule.variants or {}).items():
        if piece in text.lower():
            return variant
    return rule


def refusal(
    code: str, text: str, *, endpoint: str, request_id: str | None, permission: str
) -> MarketoError:
    """The error for a call that Marketo answered with `success: false`."""
    rule = error_rule(code, text)
    remedy = rule.remedy or rule.family.remedy
    if permission and issubclass(rule.family, MissingPermissionError):
        remedy = f"it needs {permission}: {remedy}"
    message = (
        f"{endpoint}: {code}, {rule.meaning} ({without_values(text)}); {remedy}"
        f" (request {request_id or 'unknown'})"
    )
    error = rule.family(message, code=code, request_id=request_id, endpoint=endpoint)
    if isinstance(error, MissingPermissionError):
        error.permission = permission
    return error
