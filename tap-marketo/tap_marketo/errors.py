"""Errors of the tap itself: sentences for the person on call. Marketo's own are in the client."""

from __future__ import annotations

import signal
from typing import Final

SIGNALLED: Final = 128  # exit status of a run that a signal ends: this and the signal's number


class TapError(Exception):
    """The run cannot go on; the text names the setting, stream or place and what to do."""


class StateError(TapError):
    """The state that was handed in cannot be read at one place."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(
            f"state: {place} {problem}; hand in an older state, or remove this stream's bookmark"
            " to read it again from its start"
        )


class InputFileError(TapError):
    """A file given on the command line cannot be read as JSON."""

    def __init__(self, option: str, problem: str) -> None:
        super().__init__(f"{option}: the file {problem}; hand in a JSON file that can be read")


class StoppedBySignal(SystemExit):
    """A signal has ended the run, with STATE behind all that is written."""

    def __init__(self, signum: int) -> None:
        super().__init__(SIGNALLED + signum)
        self.signal_name = signal.Signals(signum).name
