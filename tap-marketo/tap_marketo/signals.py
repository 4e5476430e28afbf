"""A signal before the tap hears it. Imports nothing that takes time: it has to be the first."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from types import FrameType

SIGNALLED: Final = 128  # exit status of a run that a signal ends: this and the signal's number
STDERR: Final = 2


def hear() -> None:
    """End at a signal, until the tap sets handlers of its own."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)


def _end(signum: int, _frame: FrameType | None) -> NoReturn:
    """Nothing is begun, so there is nothing to finish."""
    name = signal.Signals(signum).name
    try:
        os.write(STDERR, f"stopped by {name} before anything was read; run again\n".encode())
    finally:
        os._exit(SIGNALLED + signum)
