"""API users, their credentials and their tokens. Marketo docs: Authentication."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from marketo_simulator.errors import MarketoError
from marketo_simulator.repeatable import numbers, uuid

if TYPE_CHECKING:
    from marketo_simulator.clock import Clock


@dataclass(frozen=True, slots=True)
class Service:
    """A custom service: the credentials of one API user."""

    client_id: str
    client_secret: str
    user: str


@dataclass(slots=True)
class Token:
    """An access token of one service; the first use after its end answers 602, later ones 601."""

    text: str
    service: Service
    expires_at: datetime
    told: bool = False


class Identity:
    """All services of an instance, at most one live token for each."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock = clock
        self._random = numbers(seed, "credentials")
        self._services: dict[str, Service] = {}
        self._current: dict[str, Token] = {}
        self._tokens: dict[str, Token] = {}

    def new_service(self, user: str) -> Service:
        """A service with made-up credentials."""
        return self.add(Service(uuid(self._random), uuid(self._random).replace("-", ""), user))

    def add(self, service: Service) -> Service:
        """A further service."""
        self._services[service.client_id] = service
        return service

    def token(self, client_id: str, client_secret: str, life_seconds: int) -> Token | None:
        """The service's token, the same one until it ends; None for wrong credentials."""
        service = self._services.get(client_id)
        if service is None or service.client_secret != client_secret:
            return None
        now = self._clock.now()
        token = self._current.get(client_id)
        if token is None or token.expires_at <= now:
            text = f"{uuid(self._random)}:sim"
            token = Token(text, service, now + timedelta(seconds=life_seconds))
            self._current[client_id] = self._tokens[text] = token
        return token

    def remaining_seconds(self, token: Token) -> int:
        """What is left of the token's life."""
        return max(int((token.expires_at - self._clock.now()).total_seconds() - 0.001), 0)

    def user_of(self, text: str) -> str:
        """The user behind a bearer token. Raises 601 or 602."""
        token = self._tokens.get(text)
        if token is None or token.told:
            raise MarketoError("601")
        if token.expires_at <= self._clock.now():
            token.told = True
            raise MarketoError("602")
        return token.service.user

    def expire_all(self) -> None:
        """All tokens end now; nobody has been told yet."""
        for token in self._tokens.values():
            token.expires_at = min(token.expires_at, self._clock.now())

    def forget(self, user: str) -> None:
        """The user's tokens are no longer known; the next one asked for is new."""
        self._tokens = {k: t for k, t in self._tokens.items() if t.service.user != user}
        self._current = {k: t for k, t in self._current.items() if t.service.user != user}
