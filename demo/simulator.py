"""Start marketo-simulator as a process of its own and talk to its control API.

Knows the simulator's command line and control addresses only, none of its code.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import requests

from demo.errors import DemoError

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM: Final = Path(sys.executable).parent / "marketo-simulator"
CONTROL_TIMEOUT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator: what tap and target need to reach it, and its control API."""

    endpoint: str
    client_id: str
    client_secret: str = field(repr=False)
    control: str
    pid: int

    @property
    def environment(self) -> dict[str, str]:
        """The settings of tap and target as environment variables."""
        names = ("endpoint", "client_id", "client_secret")
        return {
            f"{plugin}_MARKETO_{name.upper()}": getattr(self, name)
            for plugin in ("TAP", "TARGET")
            for name in names
        }

    def get(self, path: str) -> Any:  # noqa: ANN401 - whatever JSON the control API answers
        """The answer to GET `path` of the control API."""
        return self._call("GET", path, None)

    def post(self, path: str, /, **body: Any) -> Any:  # noqa: ANN401 - whatever JSON it answers
        """The answer to POST `path` with `body` as JSON."""
        return self._call("POST", path, body)

    def delete(self, path: str) -> Any:  # noqa: ANN401 - whatever JSON it answers
        """The answer to DELETE `path`."""
        return self._call("DELETE", path, None)

    def answers(self) -> bool:
        """Whether it is still there."""
        try:
            self.get("/clock")
        except requests.RequestException:
            return False
        return True

    def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:  # noqa: ANN401
        url = f"{self.control}{path}"
        reply = requests.request(method, url, json=body, timeout=CONTROL_TIMEOUT_SECONDS)
        reply.raise_for_status()
        return reply.json() if reply.content else None


def start(log: Path, *options: str) -> Simulator:
    """A simulator that outlives this process; its log goes to `log`."""
    with log.open("ab") as sink:
        process = _launch(sink, options)
    try:
        return _simulator(process)
    except KeyboardInterrupt:
        process.terminate()
        raise


def stop(simulator: Simulator) -> bool:
    """End it, if it still answers: a process id alone may have gone to another program."""
    ran = simulator.answers()
    if ran:
        os.kill(simulator.pid, signal.SIGTERM)
    return ran


@contextmanager
def running(log: Path, *options: str) -> Iterator[Simulator]:
    """A simulator for as long as the block lasts."""
    with log.open("ab") as sink, _launch(sink, options) as process:
        try:
            yield _simulator(process)
        finally:
            process.terminate()


def _launch(log: IO[bytes], options: tuple[str, ...]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(PROGRAM), "serve", "--port", "0", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        start_new_session=True,
    )


def _simulator(process: subprocess.Popen[str]) -> Simulator:
    """Read the one line that the simulator prints when it is ready."""
    if process.stdout is None:
        raise DemoError("The simulator was started without a pipe for its first line.")
    line = process.stdout.readline()
    if not line:
        raise DemoError(f"The simulator did not start (exit status {process.wait()}).")
    told = json.loads(line)
    return Simulator(
        endpoint=told["endpoint"],
        client_id=told["client_id"],
        client_secret=told["client_secret"],
        control=told["control"],
        pid=process.pid,
    )
