"""Starts many taps cheaply: tap-marketo is imported once, and every run is a fork.

`python -m tests.faults.tap_server SOCKET`. One connection is one run: a JSON line with its
arguments, folder and files comes in; its process id goes out, and at its end its exit status.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from contextlib import suppress
from socketserver import ForkingMixIn, StreamRequestHandler, UnixStreamServer
from threading import Lock
from typing import Any, NoReturn

from tap_marketo.tap import TapMarketo


class HurriedClock:
    """Nobody waits, and yet the time is over: how often and how long a run waits is unchanged.

    The simulators' clocks stand still, and they count no rate, so to them it is the same.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._skipped = 0.0

    def now(self) -> float:
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._skipped += seconds


class HurriedTap(TapMarketo):
    """The tap, but for its waits."""

    clock = HurriedClock()


class Run(StreamRequestHandler):
    """One run, watched from its parent."""

    def handle(self) -> None:
        order = json.loads(self.rfile.readline())
        pid = os.fork()
        if pid == 0:
            become_tap(order)
        self.wfile.write(f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        self.wfile.write(f"{os.waitstatus_to_exitcode(status)}\n".encode())


class Server(ForkingMixIn, UnixStreamServer):
    """Takes any number of runs at the same time."""

    max_children = 200


def become_tap(order: dict[str, Any]) -> NoReturn:
    """What `tap-marketo` does, in this process."""
    os.chdir(order["folder"])
    tempfile.tempdir = order["temporary"]
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    status: Any = 0
    try:
        HurriedTap.cli(order["arguments"], prog_name="tap-marketo")
    except SystemExit as end:
        status = end.code
    finally:
        with suppress(BrokenPipeError):
            sys.stdout.flush()
        os._exit(status if isinstance(status, int) else 1)


if __name__ == "__main__":
    with Server(sys.argv[1], Run) as server:
        server.serve_forever()
