"""The one way to Marketo: token, limits, repeats and the envelope around every call.

Knows no endpoint but the token's; what the day has left is asked of Usage. Marketo docs:
Authentication, REST API.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlencode

from marketo_client.http.call_budget import CallBudget
from marketo_client.http.call_statistics import CallStatistics
from marketo_client.http.calls import Repeat, on_the_wire
from marketo_client.http.downloads import PartFile
from marketo_client.http.exchange import Exchange, HttpRequest
from marketo_client.http.limits import Limits
from marketo_client.http.patience import Patience
from marketo_client.http.quota_days import MarketoTime, QuotaDays
from marketo_client.http.replies import date_of, http_error, read_reply
from marketo_client.http.retries import Repeater
from marketo_client.http.tokens import TOKEN_ENDPOINT, Tokens
from marketo_client.http.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from marketo_client.clock import Clock
    from marketo_client.http.calls import Call
    from marketo_client.http.replies import Answer, Reply
    from marketo_client.settings import Connection

T = TypeVar("T")

_FILE_STATUSES: Final = {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}
_USELESS_RESTS: Final = {HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}
_FILE_HEADERS: Final = {"Accept-Encoding": "identity"}  # sizes and checksums are of plain bytes


class Transport:
    """Sends calls for all services of one client; thread-safe."""

    def __init__(
        self, connection: Connection, *, clock: Clock, most_tries: int | None = None
    ) -> None:
        self._connection = connection
        self.statistics = CallStatistics()
        self._limits = Limits(
            calls_per_window=connection.max_calls_per_20s,
            concurrent_calls=connection.max_concurrent_calls,
            clock=clock,
            statistics=self.statistics,
        )
        self._exchange = Exchange(
            connections=connection.max_concurrent_calls + 1, user_agent=connection.user_agent
        )
        self.time = MarketoTime(clock)
        self.patience = Patience(clock)
        self.days = QuotaDays(
            connection.on_quota,
            time=self.time,
            patience=self.patience,
            statistics=self.statistics,
        )
        self.call_budget = CallBudget(
            connection.max_daily_calls, calls_today=Usage(self.send).calls_today, time=self.time
        )
        self._repeater = Repeater(
            self.patience, self.statistics, self._limits.pause, most_tries=most_tries
        )
        self._tokens = Tokens(self._ask_for_token, clock=clock)

    def close(self) -> None:
        """Close all connections."""
        self._exchange.close()

    def authenticate(self) -> None:
        """Make sure that there is a token. Raises CredentialsError."""
        self._repeater.run(self._tokens.value, repeat=Repeat.ALWAYS, renew=lambda: None)

    @property
    def api_user(self) -> str | None:
        """Whose token it is; None before the first one, or if the service does not say."""
        return self._tokens.api_user

    def send(self, call: Call) -> Reply:
        """The reply of a call that succeeded; raises what `next_action` does not repeat."""

        def attempt(request: HttpRequest) -> Reply:
            reply = read_reply(self._answer(request), call, now=self.time.now)
            self.time.note(reply.read_at)
            return reply

        return self._repeated(call, attempt)

    def fetch(self, call: Call) -> bytes:
        """The small file at a call's address, such as the failures of an import."""

        def attempt(request: HttpRequest) -> bytes:
            answer = self._answer(request)
            if answer.status == HTTPStatus.OK and answer.is_file:
                return answer.body
            read_reply(answer, call)
            raise http_error(HTTPStatus.OK, call.endpoint)

        return self._repeated(call, attempt)

    def download(self, call: Call, *, into: BinaryIO, size: int | None) -> None:
        """Bring the file at a call's address up to `size` bytes (None: to its end).

        Only what is missing is asked for; what is longer than the whole begins anew.
        """
        part = PartFile(into, count=self.statistics.count_export_bytes)
        if size is not None and part.size > size:
            part.cut(0)
        if size is None or part.size != size:
            self._repeated(call, lambda request: self._download_rest(request, call, part))

    def _answer(self, request: HttpRequest) -> Answer:
        answer = self._exchange.send(request)
        self.time.note(date_of(answer))
        return answer

    def _download_rest(self, request: HttpRequest, call: Call, part: PartFile) -> None:
        headers = {**request.headers, **_FILE_HEADERS}
        if part.size:
            headers["Range"] = f"bytes={part.size}-"
        answer = self._exchange.download(replace(request, headers=headers), into=part)
        if not answer.body and answer.status in _FILE_STATUSES:
            return
        if answer.status in _USELESS_RESTS:
            part.cut(0)
            raise http_error(HTTPStatus.OK, call.endpoint)
        read_reply(answer, call)
        raise http_error(HTTPStatus.OK, call.endpoint)

    def _repeated(self, call: Call, attempt: Callable[[HttpRequest], T]) -> T:
        return self.days.run(lambda: self._repeated_today(call, attempt))

    def _repeated_today(self, call: Call, attempt: Callable[[HttpRequest], T]) -> T:
        token = ""

        def once() -> T:
            nonlocal token
            token = self._tokens.value()
            self.call_budget.admit()
            with self._limits.slot():
                self.statistics.count_call(call.path)
                return attempt(self._request(call, token))

        return self._repeater.run(
            once, repeat=call.repeat, renew=lambda: self._tokens.refuse(token)
        )

    def _request(self, call: Call, token: str) -> HttpRequest:
        wire = on_the_wire(call)
        headers = {"Authorization": f"Bearer {token}"}
        if wire.content_type:
            headers["Content-Type"] = wire.content_type
        return HttpRequest(
            method=wire.method,
            url=self._connection.base_url + wire.target,
            endpoint=call.endpoint,
            timeout=max(self._connection.request_timeout_seconds, call.shortest_timeout_seconds),
            headers=headers,
            body=wire.body,
        )

    def _ask_for_token(self) -> Answer:
        secrets = {
            "grant_type": "client_credentials",
            "client_id": self._connection.client_id,
            "client_secret": self._connection.client_secret,
        }  # Marketo docs: Authentication; all of them are query parameters, also for POST
        return self._answer(
            HttpRequest(
                method="GET",
                url=f"{self._connection.token_url}?{urlencode(secrets)}",
                endpoint=TOKEN_ENDPOINT,
                timeout=self._connection.request_timeout_seconds,
            )
        )
