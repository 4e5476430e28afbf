"""Programs that start without importing anything: a server has imported one, each run is a fork.

One connection is one run: a JSON line with its arguments, folder and files comes in; its process id
goes out, and at its end its exit status.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from socketserver import ForkingMixIn, StreamRequestHandler, UnixStreamServer
from threading import Lock
from typing import IO, TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Program = Callable[[list[str]], object]  # takes arguments, ends by SystemExit

Runner = TypeVar("Runner")
Case = TypeVar("Case")
Told = TypeVar("Told")
ROOT = Path(__file__).parents[2]
MOMENT_SECONDS = 0.02
SETTINGS = ("TAP_MARKETO_", "TARGET_MARKETO_")  # in variables of this machine: no test reads them


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


@dataclass
class Running:
    """A run that goes on in a process of its own."""

    pid: int
    answers: IO[str]

    def wait(self) -> int:
        """Its exit status, or the negative number of the signal that ended it."""
        return int(self.answers.readline())

    @property
    def is_over(self) -> bool:
        """Whether it has ended by itself."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it has not ended by itself."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


@contextmanager
def started(server: Path, order: dict[str, Any]) -> Iterator[Running]:
    """A run of the server's program, while it goes on."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(server))
        stream = connection.makefile("rw")
        stream.write(json.dumps(order) + "\n")
        stream.flush()
        running = Running(int(stream.readline()), stream)
        with ExitStack() as abandoned:
            abandoned.callback(running.send, signal.SIGKILL)  # nobody waits for it any more
            yield running
            abandoned.pop_all()


@dataclass(frozen=True, slots=True)
class Done:
    """What a run left behind."""

    status: int
    stdout: str
    stderr: str


def run(server: Path, arguments: list[str], folder: Path, *, stdin: str = "") -> Done:
    """A run of the server's program in that folder, to its end; `temporary` in it is its TMPDIR."""
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    files = {name: folder / name for name in ("stdin", "stdout", "stderr")}
    files["stdin"].write_text(stdin)
    order = {
        "arguments": arguments,
        "folder": str(folder),
        "temporary": str(temporary),
        **{name: str(path) for name, path in files.items()},
    }
    with started(server, order) as running:
        status = running.wait()
    return Done(status, files["stdout"].read_text(), files["stderr"].read_text())


@contextmanager
def server_of(module: str, *, log_level: str = "DEBUG") -> Iterator[Path]:
    """The socket of a server that `python -m module SOCKET` starts.

    Its programs are talkative unless told otherwise: what must not be in a log is in none.
    """
    path = Path("/tmp") / f"forks-{secrets.token_hex(8)}"  # noqa: S108 - sockets need short paths
    command = [sys.executable, "-m", module, str(path)]
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(SETTINGS)}
    environment = {**inherited, "LOGLEVEL": log_level}
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:
            while not path.exists():
                assert process.poll() is None, f"{module} did not start"
                time.sleep(MOMENT_SECONDS)
            yield path
        finally:
            process.terminate()
            path.unlink(missing_ok=True)


def side_by_side(
    programs: list[Runner], cases: list[Case], run: Callable[[Runner, Case], Told]
) -> list[Told]:
    """What `run` says of each case, as many at a time as there are programs."""
    free: SimpleQueue[Runner] = SimpleQueue()
    for program in programs:
        free.put(program)

    def on_a_free_one(case: Case) -> Told:
        program = free.get()
        try:
            return run(program, case)
        finally:
            free.put(program)

    with ThreadPoolExecutor(len(programs)) as pool:
        return list(pool.map(on_a_free_one, cases))


def serve(program: Program) -> None:
    """Run the program whenever somebody asks; the socket is this module's argument."""

    class Run(StreamRequestHandler):
        """One run, watched from its parent."""

        def handle(self) -> None:
            order = json.loads(self.rfile.readline())
            pid = os.fork()
            if pid == 0:
                _become(program, order)
            self.wfile.write(f"{pid}\n".encode())
            _, status = os.waitpid(pid, 0)
            self.wfile.write(f"{os.waitstatus_to_exitcode(status)}\n".encode())

    with Server(sys.argv[1], Run) as server:
        server.serve_forever()


class Server(ForkingMixIn, UnixStreamServer):
    """Takes any number of runs at the same time."""

    max_children = 200


def _become(program: Program, order: dict[str, Any]) -> NoReturn:
    """What the command does, in this process."""
    os.chdir(order["folder"])
    tempfile.tempdir = order["temporary"]
    os.dup2(os.open(order.get("stdin", os.devnull), os.O_RDONLY), 0)
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    status: Any = 1
    try:
        program(order["arguments"])
    except SystemExit as end:
        status = end.code or 0
    except (Exception, KeyboardInterrupt):  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
    finally:
        with suppress(BrokenPipeError):
            sys.stdout.flush()
        os._exit(status if isinstance(status, int) else 1)
