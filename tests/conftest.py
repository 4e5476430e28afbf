"""Fixtures of the tests that cross the parts: real processes, real HTTP, a real Postgres.

`simulator` is a fresh Marketo for each test, `postgres` a database of its own, `run_tap` and
`meltano_run` start what a user would start. Only these names are meant for tests.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo import postgres as databases
from demo import simulator as simulators
from tests.pipeline import MeltanoProject
from tests.tap_runs import TapRunner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.postgres import Address
    from demo.simulator import Simulator

ROOT = Path(__file__).parents[1]
PROJECT_FILES = (
    *("meltano.yml", "marketo-mapping.yml"),
    *("constraints.txt", "constraints-tap-postgres.txt"),
)
NOW = "2026-11-24T10:00:00Z"  # where the clock of every simulator starts
PLENTY = 100_000  # calls in 20 seconds: several runs of one test never wait for each other
OTHER_ZONE = "America/Chicago"  # a session that is not in UTC shows every date-time that is shifted


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """The one process that is every test's Marketo in turn."""
    log = tmp_path_factory.mktemp("marketo") / "simulator.log"
    with simulators.running(log, "--profile", "small", "--now", NOW) as started:
        yield started


@pytest.fixture
def simulator(standing: Simulator) -> Simulator:
    """A small Marketo, seeded the same way for every test."""
    standing.post("/reset")
    standing.post("/settings", calls_per_20s=PLENTY)
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
def postgres(server: Address) -> Iterator[Address]:
    """An empty database whose sessions are not in UTC."""
    name = f"marketo_test_{secrets.token_hex(4)}"
    with databases.database(server, name) as address:
        address.execute(f"alter database {name} set timezone to '{OTHER_ZONE}'")
        yield address


@pytest.fixture
def run_tap(simulator: Simulator, tmp_path: Path) -> TapRunner:
    """Runs tap-marketo against `simulator`."""
    return TapRunner(simulator, tmp_path)


@pytest.fixture(scope="session")
def meltano_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the Meltano project, so that tests share neither state nor `.env` with a user."""
    home = tmp_path_factory.mktemp("project")
    for name in PROJECT_FILES:
        shutil.copy(ROOT / name, home)
    return home


@pytest.fixture
def meltano_run(
    meltano_home: Path, simulator: Simulator, postgres: Address, tmp_path: Path
) -> MeltanoProject:
    """Runs the pipelines with a state and a ledger of the test's own."""
    return MeltanoProject(meltano_home, simulator, postgres, tmp_path)
