"""Where Marketo is, who asks, and how gently: checked before the first call.

Knows the names of settings; no message repeats a value. Marketo docs: Base URL, Authentication.
"""

from __future__ import annotations

import ipaddress
import math
import re
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import version
from typing import Final
from urllib.parse import urlsplit

from marketo_client.errors import SettingError

DEFAULT_CALLS_PER_WINDOW: Final = 50  # half of Marketo's 100: other tools share the instance
DEFAULT_CONCURRENT_CALLS: Final = 5  # half of Marketo's 10
SHORTEST_POLL_SECONDS: Final = 1
DEFAULT_POLL_SECONDS: Final = 60  # Marketo docs: Bulk Extract; a job's state moves once a minute
DEFAULT_TIMEOUT_SECONDS: Final = 120  # above the server's own limits of most calls
_GREATER_THAN_0: Final = (
    "max_calls_per_20s",
    "max_concurrent_calls",
    "max_daily_calls",
    "max_daily_export_mb",
    "request_timeout_seconds",
)
_HEADER_VALUE: Final = re.compile("[!-~]([ -~]*[!-~])?")
USER_AGENT: Final = f"marketo-client/{version('marketo-client')}"


class OnQuota(StrEnum):
    """What to do when a daily allowance is used up."""

    STOP = "stop"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Connection:
    """One Marketo instance as one API user. Raises SettingError for what cannot be used.

    `max_daily_calls` counts the calls of all applications, `max_daily_export_mb` the exports of
    this API user; None leaves the day to Marketo's own limits.
    """

    endpoint: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    identity_url: str | None = None
    max_calls_per_20s: int = DEFAULT_CALLS_PER_WINDOW
    max_concurrent_calls: int = DEFAULT_CONCURRENT_CALLS
    max_daily_calls: int | None = None
    max_daily_export_mb: int | None = None
    on_quota: OnQuota = OnQuota.STOP
    poll_interval_seconds: float = DEFAULT_POLL_SECONDS
    request_timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    user_agent: str = USER_AGENT

    def __post_init__(self) -> None:
        for setting in ("client_id", "client_secret"):
            if not getattr(self, setting).strip():
                raise SettingError(setting, "is empty; take it from the LaunchPoint custom service")
        for setting in _GREATER_THAN_0:
            value = getattr(self, setting)
            if value is not None and not 0 < value < math.inf:
                raise SettingError(setting, "must be a number greater than 0")
        if not SHORTEST_POLL_SECONDS <= self.poll_interval_seconds < math.inf:
            raise SettingError("poll_interval_seconds", "must be 1 or more")
        if not _HEADER_VALUE.fullmatch(self.user_agent):
            raise SettingError(
                "user_agent", "must be of printable ASCII characters, without a space at its ends"
            )
        _ = self.base_url, self.token_url

    @property
    def base_url(self) -> str:
        """Scheme, host and prefix, without `/rest` and without a slash at the end."""
        return _checked("endpoint", self.endpoint).removesuffix("/rest")

    @property
    def token_url(self) -> str:
        """Address of the token service, without its query."""
        if not self.identity_url:
            return f"{self.base_url}/identity/oauth/token"
        return _checked("identity_url", self.identity_url).removesuffix("/oauth/token") + (
            "/oauth/token"
        )


def _checked(setting: str, url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        raise SettingError(setting, "is not a URL") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise SettingError(setting, "must be a URL like https://123-ABC-456.mktorest.com/rest")
    if parts.scheme == "http" and not _is_loopback(host):
        raise SettingError(setting, "must begin with https://; secrets never go over plain http")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise SettingError(setting, "must be a plain URL without user, query or fragment")
    path = re.sub("/{2,}", "/", parts.path).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
