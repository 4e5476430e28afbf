"""A fresh Marketo for each test, a ledger on either database, and targets as processes."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo import postgres as databases
from demo import simulator as simulators
from tests.faults.forks import server_of

sys.path.insert(0, str(Path(__file__).parent))  # for target_runs

from target_runs import TargetRunner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.postgres import Address
    from demo.simulator import Simulator

NOW = "2026-11-24T10:00:00Z"


@pytest.fixture(scope="session", autouse=True)
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The processes of a session share their compiled modules: each starts in half the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("bytecode")))
        yield


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """The one process that is every test's Marketo in turn."""
    log = tmp_path_factory.mktemp("marketo") / "simulator.log"
    with simulators.running(log, "--profile", "empty", "--now", NOW) as started:
        yield started


@pytest.fixture
def simulator(standing: Simulator) -> Simulator:
    """A fresh Marketo without leads, with generous limits: the tests are about other things."""
    standing.post("/reset")
    standing.post("/settings", calls_per_20s=100_000)
    return standing


@pytest.fixture(scope="session")
def server() -> Iterator[Address]:
    """The Postgres server of this session: the user's by MARKETO_PG_HOST, or an embedded one."""
    own = databases.own_server(os.environ)
    if own:
        yield own
        return
    home = databases.new_home()
    try:
        yield databases.start(home)
    finally:
        databases.stop(home)


@pytest.fixture
def postgres_url(server: Address) -> Iterator[str]:
    """An empty database."""
    with databases.database(server, f"target_test_{secrets.token_hex(4)}") as address:
        yield address.url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A file that is not there yet."""
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture(scope="session")
def targets() -> Iterator[Path]:
    """Starts targets in a moment."""
    with server_of("tests.target_server", log_level="INFO") as server:
        yield server


@pytest.fixture
def run_target(
    simulator: Simulator, tmp_path: Path, sqlite_url: str, targets: Path
) -> TargetRunner:
    """Runs target-marketo with a ledger in a file."""
    return TargetRunner(simulator, tmp_path, sqlite_url, targets)


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def run_on_both(
    simulator: Simulator, tmp_path: Path, targets: Path, request: pytest.FixtureRequest
) -> TargetRunner:
    """The same; each test that takes it runs with a ledger in a file and one in Postgres."""
    return TargetRunner(simulator, tmp_path, request.getfixturevalue(request.param), targets)
