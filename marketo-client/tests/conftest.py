"""A clock that does not wait, a scripted Marketo that answers to order, and the simulator."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from marketo_client import Connection, Marketo

TOKEN = "scripted-token"
SECRET = "s3cr3t-of-the-service"


class QuickClock:
    """Time passes when somebody sleeps, and only then."""

    def __init__(self):
        self._lock = threading.Lock()
        self._now = 1_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds
            self.slept.append(seconds)


@dataclass
class Scripted:
    """One answer; `reset` breaks the connection instead, `cut` stops in the middle of the body."""

    body: object = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    reset: bool = False
    cut: bool = False

    def payload(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def success(**members: object) -> dict[str, object]:
    return {"requestId": "e42b#19a1b2c3d4e", "success": True, **members}


def failure(code: str, message: str = "no") -> dict[str, object]:
    return {
        "requestId": "e42b#19a1b2c3d4e",
        "success": False,
        "errors": [{"code": code, "message": message}],
    }


class ScriptedMarketo:
    """Answers calls from `answers` in turn (the last one again and again), tokens from `tokens`."""

    def __init__(self):
        self.answers: list[Scripted] = []
        self.tokens = [Scripted({"access_token": TOKEN, "expires_in": 3599})]
        self.requests: list[tuple[str, str, str, bytes]] = []
        self.ranges: list[str | None] = []
        self.content_types: list[str | None] = []
        self.token_requests: list[str] = []
        self.lock = threading.Lock()
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                self.play(script.next_answer(self, body))

            def do_POST(self):
                self.do_GET()

            def play(self, answer: Scripted) -> None:
                payload = answer.payload()
                if answer.reset:
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.close_connection = True
                    return
                self.send_response_only(answer.status)
                for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload[: len(payload) // 2] if answer.cut else payload)
                self.close_connection = self.close_connection or answer.cut

            def log_message(self, *_):
                """Keep stderr for the tests."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def next_answer(self, request: BaseHTTPRequestHandler, body: bytes) -> Scripted:
        with self.lock:
            if "/oauth/token" in request.path:
                self.token_requests.append(request.path)
                queue = self.tokens
            else:
                authorization = request.headers.get("Authorization") or ""
                self.ranges.append(request.headers.get("Range"))
                self.content_types.append(request.headers.get("Content-Type"))
                self.requests.append((request.command, request.path, authorization, body))
                queue = self.answers
            return queue.pop(0) if len(queue) > 1 else queue[0]

    def will_answer(self, *answers: object) -> None:
        self.answers = [
            answer if isinstance(answer, Scripted) else Scripted(answer) for answer in answers
        ]

    def connection(self, **settings: object) -> Connection:
        return Connection(self.url, "client-id", SECRET, **settings)


class Simulator:
    """A running simulator and its control routes."""

    def __init__(self, described):
        self.described = described

    def connection(self, **settings):
        names = ("endpoint", "client_id", "client_secret")
        return Connection(**{name: self.described[name] for name in names} | settings)

    def control(self, method, path, body=None):
        answer = requests.request(method, self.described["control"] + path, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    @contextmanager
    def switched(self, switches):
        """Other settings for a while."""
        before = self.control("GET", "/settings")
        self.control("POST", "/settings", switches)
        try:
            yield
        finally:
            self.control("POST", "/settings", before)

    def reset(self):
        """No faults, all permissions, no calls on record."""
        self.control("DELETE", "/faults")
        self.control("POST", "/permissions", {"denied": []})
        self.control("POST", "/settings", {"calls_per_20s": 1_000_000, "daily_calls": 1_000_000})
        self.control("DELETE", "/calls")


@pytest.fixture
def clock():
    return QuickClock()


@pytest.fixture
def script():
    """A scripted Marketo; `script.will_answer(...)` says what it answers to the next calls."""
    scripted = ScriptedMarketo()
    thread = threading.Thread(target=scripted.server.serve_forever, args=(0.01,))
    thread.start()
    yield scripted
    scripted.server.shutdown()
    thread.join()
    scripted.server.server_close()


@pytest.fixture
def marketo(script, clock):
    """A client of the scripted Marketo."""
    with Marketo(script.connection(), clock=clock) as client:
        yield client


@pytest.fixture
def answers():
    """Builders of answers: `answers.success(result=[...])`, `answers.failure("606")`."""

    class Answers:
        scripted = Scripted
        success = staticmethod(success)
        failure = staticmethod(failure)

    return Answers


@pytest.fixture
def no_thread_errors():
    """Collect what threads raise: `with no_thread_errors() as run: run(function)`."""

    @contextmanager
    def threads(count):
        started, errors = [], []

        def run(function):
            def guarded():
                try:
                    function()
                except Exception as error:  # noqa: BLE001 - handed to the test below
                    errors.append(error)

            started.extend(threading.Thread(target=guarded) for _ in range(count))

        yield run
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()
        assert errors == []

    return threads


@pytest.fixture(scope="session")
def started():
    """Starts simulators: `with started("--profile", "small") as simulator:`."""
    return _started


@contextmanager
def _started(*options):
    command = [Path(sys.executable).with_name("marketo-simulator"), "serve", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            yield Simulator(json.loads(process.stdout.readline()))
        finally:
            process.terminate()
