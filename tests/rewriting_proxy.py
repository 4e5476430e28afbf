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
    FileChange = Callable[[bytes], bytes]

TIMEOUT_SECONDS = 60
PASSED_ON = ("Authorization", "Content-Type", "Range")
PASSED_BACK = ("Content-Type", "Content-Range", "Date")


def each_row(change: Callable[[dict[str, Any]], object]) -> Change:
    """A change of each row of a reply."""

    def of_reply(document: dict[str, Any], _query: dict[str, str]) -> None:
        for row in document.get("result") or ():
            change(row)

    return of_reply


class Proxy:
    """Passes calls on; a reply to an address that ends so is changed by its function.

    `change_all` changes every JSON reply after that, `change_file` the files of exports, `headers`
    take the place of those of the reply (None: there is none).
    """

    def __init__(self, endpoint: str) -> None:
        place = urlsplit(endpoint)
        self.origin = f"{place.scheme}://{place.netloc}"
        self.path = place.path
        self.endpoint = ""
        self.changes: dict[str, Change] = {}
        self.change_all: Change | None = None
        self.change_file: FileChange | None = None
        self.headers: dict[str, str | None] = {}
        self.changed_count = 0

    def changed(self, path: str, body: bytes) -> bytes:
        """The reply's body as the tap is to see it."""
        place = urlsplit(path)
        if place.path.endswith("/file.json"):
            return self.change_file(body) if self.change_file else body
        changes = [change for end, change in self.changes.items() if place.path.endswith(end)][:1]
        if self.change_all:
            changes.append(self.change_all)
        if not changes:
            return body
        self.changed_count += 1
        document = json.loads(body)
        for change in changes:
            change(document, dict(parse_qsl(place.query)))
        return json.dumps(document).encode()


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
            headers = {name: answer.headers.get(name) for name in PASSED_BACK} | proxy.headers
            for name, value in headers.items():
                if value is not None:
                    self.send_header(name, value)
            if proxy.headers.get("Content-Length", "") is not None:
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
