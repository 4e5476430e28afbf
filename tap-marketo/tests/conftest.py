"""Fixtures of the tap's tests: a fresh Marketo for each test, and the tap as a user runs it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import requests

from demo import simulator as simulators
from tests.faults.forks import run, server_of
from tests.faults.leaks import leaks
from tests.tap_runs import PATIENCE_SECONDS, TapRun, TapRunner, messages, select

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from demo.simulator import Simulator

NOW = "2026-11-24T10:00:00Z"


class Run(TapRun):
    """What one run left behind, by stream."""

    def records(self, stream: str) -> list[dict[str, Any]]:
        """The records of one stream, in order."""
        of_stream = (m for m in self.messages if m.get("stream") == stream)
        return [message["record"] for message in of_stream if message["type"] == "RECORD"]

    def schema(self, stream: str) -> dict[str, Any]:
        """The properties in the one SCHEMA of a stream."""
        found = [m for m in self.messages if (m["type"], m.get("stream")) == ("SCHEMA", stream)]
        [message] = found
        return message["schema"]["properties"]


class Tap(TapRunner):
    """The tap with a catalog that selects only what a test is about."""

    def __init__(self, simulator: Simulator, folder: Path, catalog: str, server: Path) -> None:
        super().__init__(simulator, folder)
        self._catalog = catalog
        self._server = server

    @property
    def catalog(self) -> dict[str, Any]:
        """A catalog of the seeded Marketo, as it is before a test changes it."""
        return json.loads(self._catalog)

    def __call__(
        self,
        *streams: str,
        state: dict[str, Any] | None = None,
        without: dict[str, set[str]] | None = None,
        catalog: dict[str, Any] | None = None,
        **settings: Any,
    ) -> Run:
        """One run of these streams, all columns selected except `without`."""
        defaults = {"max_calls_per_20s": 100_000, "activities_method": "rest"}
        command = self.command(state, defaults | settings)
        if streams or catalog:
            chosen = select(catalog or self.catalog, streams, without or {})
            command += ["--catalog", self._file("catalog.json", chosen)]
        return self._forked(command)

    def with_options(self, *options: str, **settings: Any) -> Run:
        """One run with command line options, such as `--test`."""
        return self._forked([*self.command(None, settings), *options])

    def calls(self, path: str) -> list[dict[str, Any]]:
        """The calls to addresses that end so, each parameter with its (last) value."""
        log = self.simulator.get("/calls")["calls"]
        calls = [call for call in log if call["path"].endswith(path)]
        return [call | {"query": {k: v[-1] for k, v in call["query"].items()}} for call in calls]

    def fault(self, kind: str, **rest: Any) -> None:
        """Something goes wrong with a call to come; `code` faults name their code."""
        reply = requests.post(
            f"{self.simulator.control}/faults", json={"kind": kind, **rest}, timeout=60
        )
        reply.raise_for_status()

    def discover(self, **settings: Any) -> dict[str, Any]:
        """The catalog."""
        [catalog] = self.with_options("--discover", **settings).messages
        return catalog

    def run(self, *command: str, environment: dict[str, str] | None = None) -> Run:
        """One run of the command, with variables of its own."""
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            cwd=self.folder,
            env=self.environment | (environment or {}),
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        return _a_run(done.returncode, done.stdout, done.stderr)

    def _forked(self, command: list[str]) -> Run:
        """The same without variables, in a fraction of the time. No secret, no file is left."""
        done = run(self._server, command[1:], self.folder)
        temporary = self.folder / "temporary"
        assert leaks(self.simulator, {"log": done.stderr}, temporary) == []
        assert list(temporary.iterdir()) == []
        assert "+00:00" not in done.stderr  # moments are told as records have them, with a `Z`
        return _a_run(done.status, done.stdout, done.stderr)


def _a_run(status: int, stdout: str, stderr: str) -> Run:
    text = stdout if '"type"' in stdout[:20] else stdout.replace("\n", "")
    return Run(status, messages(text.splitlines()), stderr)


@pytest.fixture(scope="session")
def taps() -> Iterator[Path]:
    """Starts taps in a moment."""
    with server_of("tests.tap_server", log_level="INFO") as server:
        yield server


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """The one process that is every test's Marketo in turn."""
    log = tmp_path_factory.mktemp("marketo") / "simulator.log"
    with simulators.running(log, "--profile", "small", "--now", NOW) as it:
        yield it


@pytest.fixture
def simulator(standing: Simulator) -> Simulator:
    """A small Marketo, the same for every test, that never answers 606."""
    standing.post("/reset")
    standing.post("/settings", calls_per_20s=100_000)
    return standing


@pytest.fixture(scope="session")
def catalog(standing: Simulator, taps: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What discovery says of the small Marketo."""
    standing.post("/reset")
    return json.dumps(Tap(standing, tmp_path_factory.mktemp("discovery"), "", taps).discover())


@pytest.fixture(scope="session")
def standing_empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """Another one, for tests without leads."""
    log = tmp_path_factory.mktemp("marketo") / "simulator.log"
    with simulators.running(log, "--profile", "empty", "--now", NOW) as it:
        yield it


@pytest.fixture
def empty(standing_empty: Simulator) -> Simulator:
    """A Marketo without leads."""
    standing_empty.post("/reset")
    return standing_empty


@pytest.fixture
def tap(simulator: Simulator, tmp_path: Path, catalog: str, taps: Path) -> Tap:
    """Runs tap-marketo against `simulator`."""
    return Tap(simulator, tmp_path, catalog, taps)


@pytest.fixture
def empty_tap(empty: Simulator, tmp_path: Path, catalog: str, taps: Path) -> Tap:
    """Runs tap-marketo against `empty`."""
    return Tap(empty, tmp_path, catalog, taps)
