"""What Marketo answered: the envelope opened, its refusals raised, its time read.

Knows nothing of sessions or of endpoints. Marketo docs: Error Codes; requestId: API reference.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import orjson

from marketo_client.errors import (
    CredentialsError,
    MarketoError,
    NoDataError,
    RequestError,
    TransportError,
    refusal,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketo_client.calls import Call, JsonObject

_TOO_MANY_REQUESTS: Final = 429
_REQUEST_TIMEOUT: Final = 408
_SERVER_ERRORS: Final = 500
_CLIENT_ERRORS: Final = 400
_HTTP_REFUSALS: Final[Mapping[int, tuple[type[MarketoError], str]]] = {  # Marketo docs: Error Codes
    401: (CredentialsError, "the token service refused; check `client_id` and `client_secret`"),
    404: (RequestError, "there is nothing at this address; check `endpoint`"),
    413: (RequestError, "the body is over Marketo's limit; send fewer records"),
    414: (RequestError, "the address is over 8 KB; send fewer values"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and whole body of one HTTP exchange."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that says success."""

    rows: list[JsonObject]
    next_token: str | None
    more: bool | None
    request_id: str
    read_at: datetime


def read_reply(answer: Answer, call: Call) -> Reply:
    """The reply in the envelope; raises the error that Marketo names, or TransportError."""
    envelope = read_json(answer, call.path)
    request_id = str(envelope.get("requestId") or "") or None
    if not envelope.get("success"):
        try:
            raise_refusal(envelope, call, request_id)
        except NoDataError:
            envelope = {**envelope, "result": []}
    return Reply(
        rows=envelope.get("result") or [],
        next_token=envelope.get("nextPageToken") or None,
        more=envelope.get("moreResult"),
        request_id=request_id or "unknown",
        read_at=marketo_time(answer, request_id, call.path),
    )


def raise_refusal(envelope: JsonObject, call: Call, request_id: str | None) -> None:
    """Raise the first error of an envelope without success."""
    first = (envelope.get("errors") or [{}])[0]
    raise refusal(
        str(first.get("code", "0")),
        str(first.get("message", "no message")),
        endpoint=call.path,
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


def marketo_time(answer: Answer, request_id: str | None, endpoint: str) -> datetime:
    """When Marketo answered, in whole seconds: the `Date` header, else the request id's time.

    Raises TransportError when the answer has neither: the local clock never stands in.
    """
    for read, text in ((_time_of_date, answer.headers.get("Date")), (_time_of_id, request_id)):
        try:
            if text:
                return read(text)
        except (ValueError, OverflowError):
            continue
    raise TransportError(
        f"{endpoint}: an answer without Date and request time (request {request_id or 'unknown'})",
        request_id=request_id,
        endpoint=endpoint,
    )


def date_of(answer: Answer) -> datetime | None:
    """The time in the `Date` header, if it has one that can be read."""
    try:
        return _time_of_date(answer.headers.get("Date") or "")
    except (ValueError, OverflowError):
        return None


def _time_of_date(text: str) -> datetime:
    moment = parsedate_to_datetime(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _time_of_id(text: str) -> datetime:
    _, _, milliseconds = text.rpartition("#")
    return datetime.fromtimestamp(int(milliseconds, 16) // 1000, UTC)


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
