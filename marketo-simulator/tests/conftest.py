"""A simulator as a process, and ways to call it: as an API client, and through its controls."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = "2026-11-24T10:00:00Z"
SECONDS_TO_STOP = 10
Json = dict[str, Any]
CALLS_ENOUGH_FOR_A_TEST = 1000


@dataclass
class Simulator:
    """A running simulator; `call` is the API with a token, `control` is `/_simulator`."""

    process: subprocess.Popen[str]
    line: Json
    session: requests.Session

    def token(self, **credentials: str) -> requests.Response:
        own = {name: self.line[name] for name in ("client_id", "client_secret")}
        query = {"grant_type": "client_credentials", **own, **credentials}
        return self.session.get(self.line["endpoint"] + "/identity/oauth/token", params=query)

    def log_in(self, **credentials: str) -> None:
        token = self.token(**credentials).json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def send(self, method: str, path: str, **request: Any) -> requests.Response:
        return self.session.request(method, self.line["endpoint"] + path, timeout=20, **request)

    def get(self, path: str, **query: Any) -> Json:
        return self.send("GET", path, params=query).json()

    def post(self, path: str, body: Json | None = None) -> Json:
        return self.send("POST", path, json=body).json()

    def code(self, path: str, **query: Any) -> str:
        answer = self.get(path, **query)
        assert answer["success"] is False
        return answer["errors"][0]["code"]

    def feed(self, path: str, since: str = "2020-01-01", **query: Any) -> Iterator[Json]:
        token = self.get("/rest/v1/activities/pagingtoken.json", sinceDatetime=since)
        page = {"moreResult": True, "nextPageToken": token["nextPageToken"]}
        while page["moreResult"]:
            page = self.get(path, nextPageToken=page["nextPageToken"], **query)
            yield page

    def control(self, method: str, path: str, body: Json | None = None, **query: str) -> Json:
        answer = requests.request(
            method, self.line["control"] + path, json=body, params=query, timeout=20
        )
        assert answer.ok, answer.text
        return answer.json()

    def create(self, *leads: Json, source: str = "Web service API") -> list[int]:
        return self.control("POST", "/leads", {"input": list(leads), "source": source})["ids"]

    def stop(self) -> int:
        self.session.close()
        self.process.terminate()
        try:
            return self.process.wait(SECONDS_TO_STOP)
        finally:
            self.process.kill()
            self.process.wait()
            if self.process.stdout:
                self.process.stdout.close()


def launch(profile: str, *options: str) -> Simulator:
    command = [
        sys.executable, "-m", "marketo_simulator", "serve",
        "--profile", profile, "--now", NOW, *options,
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    simulator = Simulator(process, json.loads(process.stdout.readline()), requests.Session())
    simulator.log_in()
    simulator.control("DELETE", "/calls")
    return simulator


@pytest.fixture
def start() -> Iterator[Callable[..., Simulator]]:
    """Starts processes of its own: `start("demo", "--seed", "3")`."""
    started: list[Simulator] = []

    def run(profile: str = "small", *options: str) -> Simulator:
        started.append(launch(profile, *options))
        return started[-1]

    yield run
    for simulator in started:
        simulator.stop()


@pytest.fixture(scope="session")
def process() -> Iterator[Simulator]:
    simulator = launch("empty", "--clock", "stopped")
    yield simulator
    simulator.stop()


def fresh(simulator: Simulator, profile: str) -> Simulator:
    simulator.line |= simulator.control("POST", "/reset", {"profile": profile})
    simulator.control("POST", "/settings", {"calls_per_20s": CALLS_ENOUGH_FOR_A_TEST})
    simulator.log_in()
    simulator.control("DELETE", "/calls")
    return simulator


@pytest.fixture
def simulator(process: Simulator) -> Simulator:
    """A fresh small instance whose clock stands still."""
    return fresh(process, "small")


@pytest.fixture
def empty(process: Simulator) -> Simulator:
    """A fresh instance without a lead; its clock stands still."""
    return fresh(process, "empty")
