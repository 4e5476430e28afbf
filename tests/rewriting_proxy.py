"""A proxy in front of the simulator that changes replies into ones the simulator never gives."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Change = Callable[[dict[str, Any], dict[str, str]], None]

TIMEOUT_SECONDS = 60
PASSED_ON = ("Authorization", "Content-Type", "Range")
PASSED_BACK = ("Content-Type", "Content-Range", "Date")


class Proxy:
    """Passes calls on; a reply to an address that ends so is changed by its function."""

    def __init__(self, endpoint: str) -> None:
        place = urlsplit(endpoint)
        self.origin = f"{place.scheme}://{place.netloc}"
        self.path = place.path
        self.endpoint = ""
        self.changes: dict[str, Change] = {}

    def changed(self, path: str, body: bytes) -> bytes:
        """The reply's body as the tap is to see it."""
        place = urlsplit(path)
        for end, change in self.changes.items():
            if place.path.endswith(end):
                document = json.loads(body)
                change(document, dict(parse_qsl(place.query)))
                return json.dumps(document).encode()
        return body


@contextmanager
def proxy_before(endpoint: str) -> Iterator[Proxy]:
    """A proxy before that endpoint for as long as the block lasts."""
    proxy = Proxy(endpoint)

    class Handler(BaseHTTPRequestHandler):
        wbufsize = -1  # one write for headers and body

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            answer = requests.request(
                self.command,
                proxy.origin + self.path,
                data=self.rfile.read(length),
                headers={name: self.headers[name] for name in PASSED_ON if name in self.headers},
                timeout=TIMEOUT_SECONDS,
            )
            body = proxy.changed(self.path, answer.content)
            self.send_response_only(answer.status_code)
            for name in PASSED_BACK:
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - named by the base class

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        proxy.endpoint = f"http://127.0.0.1:{server.server_port}{proxy.path}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
