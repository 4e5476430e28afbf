"""Run Meltano on the demo's settings alone: not on the user's `.env`, not on those of the shell."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from typing import TYPE_CHECKING, Final

from demo.errors import DemoError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# Meltano reads `.env` unless it is told of another file; /dev/null is an empty one.
MELTANO: Final = ("meltano", "--env-file", "/dev/null", "run")
READ: Final = (*MELTANO, "tap-marketo", "target-postgres")
OWNERS: Final = (  # whose settings a shell may hold
    *("MELTANO_", "TAP_MARKETO_", "TARGET_POSTGRES_"),
    *("TAP_POSTGRES_", "TARGET_MARKETO_", "MARKETO_SYNC_"),
)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with these settings, and no others of the pipeline."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(OWNERS)}
    return others | dict(settings)


def shell_lines(settings: Mapping[str, str]) -> str:
    """The same for `. file` in a shell."""
    names = f"sed -nE 's/^(({'|'.join(OWNERS)})[A-Z0-9_]+)=.*/\\1/p'"
    exports = [f"export {name}={shlex.quote(value)}\n" for name, value in settings.items()]
    return "".join([f"unset TAP_MARKETO_START_DATE $(env | {names})\n", *exports])


def run(command: Sequence[str], environment: Mapping[str, str], *, folder: Path, log: Path) -> None:
    """One run. Raises DemoError if it fails; when interrupted, ends all of its programs."""
    with log.open("ab") as sink:
        meltano = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=sink, stderr=sink, start_new_session=True
        )
    try:
        status = meltano.wait()
    except KeyboardInterrupt:
        os.killpg(meltano.pid, signal.SIGTERM)
        meltano.wait()
        raise
    if status:
        raise DemoError(f"The run failed with exit status {status}; see {log.name}.")
