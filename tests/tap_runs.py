"""Runs of tap-marketo as a user starts it: its command, a config file, Singer lines on stdout."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from demo.simulator import Simulator

TAP = Path(sys.executable).parent / "tap-marketo"
PATIENCE_SECONDS = 240

Rows = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class TapRun:
    """What one run left behind."""

    status: int
    messages: list[dict[str, Any]]
    stderr: str

    @property
    def state(self) -> dict[str, Any] | None:
        """The value of the last STATE."""
        states = [message["value"] for message in self.messages if message["type"] == "STATE"]
        return states[-1] if states else None

    @property
    def last_line(self) -> str:
        """The last line on stderr: what stopped the run."""
        return self.stderr.rstrip().rpartition("\n")[2]


class TapRunner:
    """Runs the tap against one simulator."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self.folder = folder

    def __call__(self, *, state: dict[str, Any] | None = None, **settings: Any) -> TapRun:
        """One run to its end, whatever that is."""
        done = subprocess.run(
            self.command(state, settings),
            capture_output=True,
            check=False,
            cwd=self.folder,
            env=self.environment,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        return TapRun(done.returncode, messages(io.StringIO(done.stdout)), done.stderr)

    def killed_after(self, lines: int, **settings: Any) -> list[dict[str, Any]]:
        """The messages of a run that gets SIGKILL when it has written that many."""
        with subprocess.Popen(
            self.command(None, settings),
            cwd=self.folder,
            env=self.environment,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout
            head = list(islice(process.stdout, lines))
            process.kill()
            rest = list(process.stdout)
        return messages(line for line in head + rest if line.endswith("\n"))

    @property
    def environment(self) -> dict[str, str]:
        """The machine's, without settings of the tap."""
        return {k: v for k, v in os.environ.items() if not k.startswith("TAP_MARKETO_")}

    def command(self, state: dict[str, Any] | None, settings: dict[str, Any]) -> list[str]:
        """The command line; config and state go into files."""
        config = {
            "endpoint": self.simulator.endpoint,
            "client_id": self.simulator.client_id,
            "client_secret": self.simulator.client_secret,
            "poll_interval_seconds": 1,
            "max_calls_per_20s": 100,
        }
        command = [str(TAP), "--config", self._file("config.json", config | settings)]
        return command if state is None else [*command, "--state", self._file("state.json", state)]

    def _file(self, name: str, content: dict[str, Any]) -> str:
        path = self.folder / name
        path.write_text(json.dumps(content))
        return str(path)


def messages(lines: Iterable[str]) -> list[dict[str, Any]]:
    """The Singer messages of complete lines, which end at a newline and at nothing else."""
    return [json.loads(line) for line in lines]


def rows(*runs: Iterable[dict[str, Any]]) -> Rows:
    """What a target that upserts holds after these runs: stream, key, record.

    Columns that a narrower SCHEMA lacks keep their values; rows of other versions go when a version
    is made the active one.
    """
    keys: dict[str, list[str]] = {}
    stored: Rows = {}
    versions: dict[tuple[str, tuple[Any, ...]], int | None] = {}
    for message in (message for run in runs for message in run):
        stream = message.get("stream", "")
        if message["type"] == "SCHEMA":
            keys[stream] = message["key_properties"]
            stored.setdefault(stream, {})
        if message["type"] == "RECORD":
            key = tuple(message["record"][name] for name in keys[stream])
            stored[stream].setdefault(key, {}).update(message["record"])
            versions[stream, key] = message.get("version")
        if message["type"] == "ACTIVATE_VERSION":
            for key in [k for k in stored[stream] if versions[stream, k] != message["version"]]:
                del stored[stream][key]
    return stored


def select(
    catalog: dict[str, Any], streams: tuple[str, ...], without: dict[str, set[str]]
) -> dict[str, Any]:
    """The catalog with these streams selected (or as it was), without some of their columns."""
    for entry in catalog["streams"]:
        name = entry["tap_stream_id"]
        for metadata in entry["metadata"]:
            if not metadata["breadcrumb"] and streams:
                metadata["metadata"]["selected"] = name in streams
            if metadata["breadcrumb"] and metadata["breadcrumb"][-1] in without.get(name, ()):
                metadata["metadata"]["selected"] = False
    return catalog
