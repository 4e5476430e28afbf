"""`meltano run` of both pipelines against one simulator and one database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.postgres import Address
    from demo.simulator import Simulator

PATIENCE_SECONDS = 240
PROGRAMS = Path(sys.executable).parent
PIPELINE = ("tap-marketo", "target-postgres")
SETTINGS = ("TAP_MARKETO_", "TARGET_MARKETO_", "PG")


class MeltanoProject:
    """A Meltano project with a state of its own."""

    def __init__(self, home: Path, simulator: Simulator, postgres: Address, folder: Path) -> None:
        self.home = home
        self.environment = (
            {k: v for k, v in os.environ.items() if not k.startswith(SETTINGS)}
            | simulator.environment
            | postgres.environment
            | {
                "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
                "MELTANO_DATABASE_URI": f"sqlite:///{folder}/meltano.db",
                "TAP_MARKETO_POLL_INTERVAL_SECONDS": "1",
                "TAP_MARKETO_MAX_CALLS_PER_20S": "100",
                "TARGET_MARKETO_LEDGER_URL": f"sqlite:///{folder}/ledger.db",
            }
        )

    def __call__(self, *options: str) -> None:
        """One run that has to succeed."""
        self._meltano("run", *options, *PIPELINE)

    def activate(self, job: str = "activate", **settings: str) -> None:
        """One run of a job that sends the tables of the schema `crm`; it has to succeed."""
        self._meltano("run", job, **settings)

    def stopped(self, job: str, **settings: str) -> str:
        """What one run of a job says that has to stop."""
        done = self._ended("run", job, **settings)
        assert done.returncode == 1, done.stdout + done.stderr
        return done.stdout + done.stderr

    def two_way(self, **settings: str) -> None:
        """One cycle of both ways; it has to succeed."""
        self._meltano("run", "two-way", **settings)

    def install(self) -> None:
        """Install the loader now, so that a run begins at once."""
        self._meltano("install")

    def start(self) -> subprocess.Popen[bytes]:
        """A run in a process group of its own, for a test that kills it."""
        return subprocess.Popen(
            [str(PROGRAMS / "meltano"), "run", *PIPELINE],
            cwd=self.home,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _meltano(self, *arguments: str, **settings: str) -> None:
        done = self._ended(*arguments, **settings)
        assert done.returncode == 0, done.stdout + done.stderr

    def _ended(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(PROGRAMS / "meltano"), *arguments],
            capture_output=True,
            check=False,
            cwd=self.home,
            env=self.environment | settings,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
