"""tap-marketo for `forks`, which sends itself a signal between two lines of code.

Which line it is, of all that the run comes by, is in the file `line` of its folder; how many it
has come by is in `lines` at its end.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import marketo_client
import tap_marketo

from tests.faults.forks import serve
from tests.faults.tap_server import HurriedTap

if TYPE_CHECKING:
    from types import FrameType

OURS = tuple(str(Path(*package.__path__)) for package in (marketo_client, tap_marketo))


class Lines:
    """Counts the lines of our code that run, and sends SIGTERM at one of them."""

    def __init__(self, strike_at: int) -> None:
        self.count = 0
        self._strike_at = strike_at

    def trace(self, frame: FrameType, event: str, _: object) -> Lines.trace | None:
        """What the interpreter calls."""
        if event == "line":
            self.count += 1
            if self.count == self._strike_at:
                os.kill(os.getpid(), signal.SIGTERM)
        return self.trace if frame.f_code.co_filename.startswith(OURS) else None


def program(arguments: list[str]) -> None:
    """The tap, struck."""
    lines = Lines(int(Path("line").read_text()))
    sys.settrace(lines.trace)
    try:
        HurriedTap.cli(arguments, prog_name="tap-marketo")
    finally:
        sys.settrace(None)
        Path("lines").write_text(str(lines.count))


if __name__ == "__main__":
    serve(program)
