"""What Marketo answered: the envelope opened, its refusals raised, its time read.

Knows nothing of sessions or of endpoints. Marketo docs: Error Codes; requestId: API reference.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from marketo_client.errors import (
    MarketoError,
    NoDataError,
    RenewTokenError,
    RequestError,
    TransportError,
    UnknownAddressError,
    UnreadableReplyError,
    refusal,
)
from marketo_client.timestamps import OLDEST_MARKETO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from marketo_client.http.calls import Call, JsonObject

_TOO_MANY_REQUESTS: Final = 429
_REQUEST_TIMEOUT: Final = 408
_SERVER_ERRORS: Final = 500
_CLIENT_ERRORS: Final = 400
_TRUTHS: Final = {"true": True, "false": False}
_HTTP_REFUSALS: Final[Mapping[int, tuple[type[MarketoError], str]]] = {  # Marketo docs: Error Codes
    401: (RenewTokenError, "the access token is not accepted"),
    404: (UnknownAddressError, "there is nothing at this address; check `endpoint`"),
    413: (RequestError, "the body is over Marketo's limit; send fewer records"),
    414: (RequestError, "the address is over 8 KB; send fewer values"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and whole body of one HTTP exchange."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_file(self) -> bool:
        """Whether the body is a file of Marketo, and neither its JSON nor a gateway's page."""
        return self.body.lstrip()[:1] not in {b"", b"{", b"<"}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that says success; `more` is None where Marketo does not say.

    `texts` are the rows of the few answers that hold texts instead of objects.
    """

    rows: list[JsonObject]
    next_token: str | None
    more: bool | None
    request_id: str
    read_at: datetime
    endpoint: str
    texts: list[str] = field(default_factory=list)

    def certain_rows(self, what: str) -> list[JsonObject]:
        """The rows where Marketo always has some. Raises UnreadableReplyError without any."""
        if not self.rows:
            raise self.unreadable(f"the answer holds no {what}, and every instance has some")
        return self.rows

    def unreadable(self, why: str) -> UnreadableReplyError:
        """The error that says so."""
        return _unreadable(self.endpoint, why, self.request_id)

    def reading(self) -> AbstractContextManager[None]:
        """A block that takes rows apart: what it cannot read is an UnreadableReplyError."""
        return reading(self.endpoint, request_id=self.request_id)


@contextmanager
def reading(endpoint: str, *, request_id: str = "unknown") -> Iterator[None]:
    """A block that takes rows apart: what it cannot read is an UnreadableReplyError."""
    try:
        yield
    except KeyError as error:
        raise _unreadable(endpoint, f"the answer lacks {error}", request_id) from error
    except (AttributeError, TypeError, ValueError) as error:
        raise _unreadable(endpoint, "the answer is of another form", request_id) from error


def _unreadable(endpoint: str, why: str, request_id: str) -> UnreadableReplyError:
    return UnreadableReplyError(
        f"{endpoint}: {why}; {UnreadableReplyError.remedy} (request {request_id})",
        request_id=request_id,
        endpoint=endpoint,
    )


def read_reply(answer: Answer, call: Call, *, now: datetime | None = None) -> Reply:
    """The reply in the envelope; raises the error that Marketo names, or TransportError.

    `now` is the time at Marketo by its earlier answers, for one that does not say.
    """
    envelope = read_json(answer, call.endpoint)
    request_id = str(envelope.get("requestId") or "") or None
    if not _truth(envelope.get("success")):
        try:
            raise_refusal(envelope, call, request_id)
        except NoDataError:
            envelope = {**envelope, "result": []}
    rows = _rows(envelope, call, request_id)
    return Reply(
        rows=[] if call.row_type is str else rows,
        texts=rows if call.row_type is str else [],
        next_token=str(envelope.get("nextPageToken") or "") or None,
        more=_truth(envelope.get("moreResult")),
        request_id=request_id or "unknown",
        read_at=marketo_time(answer, request_id, call.endpoint, now=now),
        endpoint=call.endpoint,
    )


def _truth(value: object) -> bool | None:
    """A JSON boolean, or its word; None for anything else."""
    return value if isinstance(value, bool) else _TRUTHS.get(str(value).lower())


def _rows(envelope: JsonObject, call: Call, request_id: str | None) -> list[Any]:
    rows = envelope.get("result") or []
    if isinstance(rows, list) and all(isinstance(row, call.row_type) for row in rows):
        return rows
    kind = "texts" if call.row_type is str else "objects"
    raise _unreadable(call.endpoint, f"the result is no list of {kind}", request_id or "unknown")


def raise_refusal(envelope: JsonObject, call: Call, request_id: str | None) -> None:
    """Raise the first error of an envelope without success."""
    errors = envelope.get("errors") or [{}]
    first = errors[0] if isinstance(errors, list) else errors
    if not isinstance(first, dict):
        first = {"message": first}
    raise refusal(
        str(first.get("code", "0")),
        str(first.get("message", "no message")),
        endpoint=call.endpoint,
        request_id=request_id,
        permission=call.permission,
    )


def read_json(answer: Answer, endpoint: str) -> JsonObject:
    """The JSON object in the body, whatever the status; else the error of the status."""
    document = _parse(answer.body)
    if isinstance(document, dict) and ("success" in document or "requestId" in document):
        return document
    raise http_error(answer.status, endpoint)


def http_error(status: int, endpoint: str) -> MarketoError:
    """The error of an answer that is not Marketo's JSON."""
    transient = {_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS}
    if status in transient or status >= _SERVER_ERRORS or status < _CLIENT_ERRORS:
        return TransportError(
            f"{endpoint}: HTTP {status} without a readable answer; {TransportError.remedy}",
            code=str(status),
            endpoint=endpoint,
        )
    family, meaning = _HTTP_REFUSALS.get(status, (RequestError, "the gateway refused the call"))
    return family(f"{endpoint}: HTTP {status}, {meaning}", code=str(status), endpoint=endpoint)


def marketo_time(
    answer: Answer, request_id: str | None, endpoint: str, *, now: datetime | None
) -> datetime:
    """When Marketo answered, in whole seconds: the `Date` header, the request id's time, or `now`.

    Raises UnreadableReplyError without any of them: the local clock never stands in.
    """
    moment = date_of(answer) or _time_of_id(request_id or "")
    if moment is None and now is not None:
        moment = now.replace(microsecond=0)
    if moment is None:
        raise UnreadableReplyError(
            f"{endpoint}: an answer without a time, neither in a Date header nor in its request"
            f" id; check that no proxy cuts headers off (request {request_id or 'unknown'})",
            request_id=request_id,
            endpoint=endpoint,
        )
    return moment


def date_of(answer: Answer) -> datetime | None:
    """The time in the `Date` header, if it has one that can be read."""
    try:
        moment = parsedate_to_datetime(answer.headers.get("Date") or "")
        return _believed(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (OverflowError, ValueError):
        return None


def _time_of_id(text: str) -> datetime | None:
    """The milliseconds behind the `#`, in hex."""
    _, separator, milliseconds = text.rpartition("#")
    try:
        seconds = int(milliseconds, 16) // 1000
        return _believed(datetime.fromtimestamp(seconds, UTC)) if separator else None
    except (OSError, OverflowError, ValueError):
        return None


def _believed(moment: datetime) -> datetime | None:
    return moment.astimezone(UTC) if moment >= OLDEST_MARKETO else None


def _parse(body: bytes) -> object:
    """The document, or None; broken UTF-8 and half surrogates become replacement marks."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        document = json.loads(body.decode("utf-8", "replace"), strict=False)
        return orjson.loads(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))
    except ValueError:
        return None
