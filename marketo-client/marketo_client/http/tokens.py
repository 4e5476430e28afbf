"""The access token of one custom service: got when needed, renewed once for all threads.

Knows the identity service and no other endpoint. Marketo docs: Authentication.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import orjson

from marketo_client.errors import CredentialsError, IdentityError, TransportError
from marketo_client.http.replies import http_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_client.clock import Clock
    from marketo_client.http.calls import JsonObject
    from marketo_client.http.replies import Answer

TOKEN_ENDPOINT: Final = "/identity/oauth/token"  # noqa: S105 - a path, not a secret
USUAL_LIFE_SECONDS: Final = 3_600  # Marketo docs: Authentication
RENEW_BEFORE_SECONDS: Final = 60
SHORTEST_WAIT_SECONDS: Final = 1
MOST_ANSWERS: Final = 5  # of the identity service, until it hands out a living token
_REFUSALS: Final = {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN}
_CREDENTIAL_ERRORS: Final = {"invalid_client", "unauthorized", "unauthorized_client"}


@dataclass(frozen=True, slots=True)
class Token:
    """A token, when it ends by the client's clock, and the API user whose it is."""

    value: str = field(repr=False)
    seconds_left: float
    ends_at: float
    api_user: str | None


class Tokens:
    """Hands out the token in hand; `ask` fetches the identity service's answer."""

    def __init__(self, ask: Callable[[], Answer], *, clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._refused: str | None = None
        self._renew_at = 0.0

    def value(self) -> str:
        """A token that should be good for the next call.

        Raises CredentialsError, or IdentityError when the service could not be reached.
        """
        with self._lock:
            if self._token is None or self._clock.now() >= self._renew_at:
                self._token = self._living_token()
            return self._token.value

    @property
    def api_user(self) -> str | None:
        """Whose token it is; None before the first one, or if the service does not say."""
        with self._lock:
            return None if self._token is None else self._token.api_user

    def refuse(self, value: str) -> None:
        """Marketo answered 601 or 602 to this token: the next call gets another one."""
        with self._lock:
            if self._token is not None and self._token.value == value:
                self._refused = value
                self._token = None

    def _living_token(self) -> Token:
        """Near its end the same token comes back: use it up, or wait it out once refused."""
        for _ in range(MOST_ANSWERS):
            token = self._fetch()
            dying = token.seconds_left <= RENEW_BEFORE_SECONDS
            if not (token.seconds_left <= 0 or (dying and token.value == self._refused)):
                break
            self._clock.sleep(max(token.seconds_left, 0) + SHORTEST_WAIT_SECONDS)
        self._renew_at = token.ends_at - (0 if dying else RENEW_BEFORE_SECONDS)
        return token

    def _fetch(self) -> Token:
        asked_at = self._clock.now()
        try:
            return read_token(self._ask(), asked_at=asked_at)
        except TransportError as error:
            reason = str(error)
        raise IdentityError(reason, endpoint=TOKEN_ENDPOINT)


def read_token(answer: Answer, *, asked_at: float) -> Token:
    """The token in an answer. Raises CredentialsError, or TransportError for what is no answer."""
    document = _document(answer)
    if _are_credentials_refused(answer.status, str(document.get("error") or "")):
        raise CredentialsError(
            "Marketo does not accept `client_id` with `client_secret`; copy both again from the"
            " LaunchPoint custom service, and check that `endpoint` is of the same instance",
            code=str(document.get("error") or answer.status),
            endpoint=TOKEN_ENDPOINT,
        )
    if answer.status != HTTPStatus.OK or not document.get("access_token"):
        raise http_error(answer.status, TOKEN_ENDPOINT)
    left, scope = _seconds_left(document), document.get("scope")
    api_user = scope if isinstance(scope, str) and scope else None
    return Token(str(document["access_token"]), left, asked_at + left, api_user)


def _are_credentials_refused(status: int, error: str) -> bool:
    """Whether the service speaks of the credentials, and not of itself or of the way to it."""
    if status == HTTPStatus.UNAUTHORIZED or (error and status in _REFUSALS):
        return True
    return error in _CREDENTIAL_ERRORS and status < HTTPStatus.INTERNAL_SERVER_ERROR


def _document(answer: Answer) -> JsonObject:
    """The JSON object in the body; an empty one for anything else."""
    try:
        document = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def _seconds_left(document: JsonObject) -> float:
    """The life that the service names, else the usual one."""
    try:
        left = float(document["expires_in"])
    except (KeyError, TypeError, ValueError):
        return USUAL_LIFE_SECONDS
    return left if math.isfinite(left) else USUAL_LIFE_SECONDS
