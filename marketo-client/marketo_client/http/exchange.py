"""One HTTP exchange: bytes out, bytes in, and no secret in what goes wrong.

The only user of requests. Knows nothing of tokens, envelopes or limits.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NameResolutionError, NewConnectionError

from marketo_client.errors import TransportError, UnreachableError
from marketo_client.http.replies import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from marketo_client.http.downloads import PartFile

CONNECT_TIMEOUT_SECONDS: Final = 30
_CHUNK_BYTES: Final = 64 * 1024
_REASONS: Final[Mapping[type[Exception], str]] = {  # the first that fits
    NameResolutionError: "the host's name is not known",
    NewConnectionError: "nothing listens there, or the connection was refused",
    requests.exceptions.SSLError: "the TLS handshake failed",
    requests.exceptions.ProxyError: "the proxy did not answer",
    requests.Timeout: "no answer within `request_timeout_seconds`",
    requests.ConnectionError: "the connection broke off",
    requests.RequestException: "the answer was cut off or could not be read",
}
_NO_CONNECTION: Final = {_REASONS[NameResolutionError], _REASONS[NewConnectionError]}
_CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-")
_QUERY: Final = re.compile(r"""(?<=[\w/])\?[^\s"']*""")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request as requests wants it; `endpoint` is what errors may name."""

    method: str
    url: str = field(repr=False)
    endpoint: str
    timeout: float
    headers: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


class Exchange:
    """A session with one instance; safe to share between threads."""

    def __init__(self, *, connections: int, user_agent: str) -> None:
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": user_agent, "Accept": "application/json, */*"})
        self._session.auth = _leave_headers_alone
        self._session.mount("https://", HTTPAdapter(pool_maxsize=connections))
        self._session.mount("http://", HTTPAdapter(pool_maxsize=connections))
        self._connected = False
        _hide_queries()

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def send(self, request: HttpRequest) -> Answer:
        """The whole answer. Raises TransportError, which names the endpoint and never the URL.

        Raises UnreachableError where no connection could be made, ever.
        """
        return self._exchanged(request, _whole)

    def download(self, request: HttpRequest, *, into: PartFile) -> Answer:
        """The answer; a body that is a file goes into `into`, where it says that it belongs.

        An object is no file, whatever its type is said to be, and so is no JSON that is none.
        """

        def keep(response: requests.Response) -> Answer:
            start = _start_of_file(response)
            pieces = response.iter_content(_CHUNK_BYTES)
            first = next(pieces, b"")
            if start is None or (start == 0 and first.lstrip()[:1] == b"{"):
                return Answer(response.status_code, response.headers, b"".join([first, *pieces]))
            into.cut(start)
            for piece in chain([first], pieces):
                into.write(piece)
            return Answer(response.status_code, response.headers, b"")

        return self._exchanged(request, keep)

    def _exchanged(
        self, request: HttpRequest, read: Callable[[requests.Response], Answer]
    ) -> Answer:
        try:
            with self._open(request) as response:
                self._connected = True
                return read(response)
        except requests.RequestException as error:
            reason = _reason(error)
        lost = self._connected or reason not in _NO_CONNECTION
        family = TransportError if lost else UnreachableError
        # Outside the except block: requests' own error, with its URL, must not be chained.
        raise family(
            f"{request.endpoint} of {urlsplit(request.url).hostname}: {reason}; {family.remedy}",
            endpoint=request.endpoint,
        )

    def _open(self, request: HttpRequest) -> requests.Response:
        return self._session.request(
            request.method,
            request.url,
            data=request.body,
            headers=dict(request.headers),
            timeout=(min(request.timeout, CONNECT_TIMEOUT_SECONDS), request.timeout),
            allow_redirects=False,
            stream=True,
        )


def _whole(response: requests.Response) -> Answer:
    body = b"".join(response.iter_content(_CHUNK_BYTES))
    return Answer(response.status_code, response.headers, body)


def _start_of_file(response: requests.Response) -> int | None:
    """The place in the file where the body begins; None when it is no piece of a file."""
    if response.status_code == requests.codes.ok:
        return 0
    found = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
    partial = response.status_code == requests.codes.partial_content
    return int(found[1]) if partial and found else None


def _reason(error: requests.RequestException) -> str:
    """What went wrong; urllib3's own error says most where no connection was made."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return next(
        reason
        for family, reason in _REASONS.items()
        if isinstance(cause, family) or isinstance(error, family)
    )


def _leave_headers_alone(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from replacing our Authorization header by an entry of ~/.netrc."""
    return request


class _QueryFilter(logging.Filter):
    """Cuts the queries off addresses: they hold the client's secret, and keys of records."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "?" in message:
            record.msg, record.args = _QUERY.sub("?(withheld)", message), ()
        return True


_FILTER: Final = _QueryFilter()


def _hide_queries() -> None:
    for name in ("urllib3.connectionpool", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_FILTER)  # adding it twice changes nothing
