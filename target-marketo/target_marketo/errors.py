"""What stops the target: each error is the last line that the person on call reads."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

SIGNALLED: Final = 128  # exit status of a run that a signal ends: this and the signal's number


class TargetError(Exception):
    """The run cannot go on; the message says why and what to do, without a record's values."""


class InputError(TargetError):
    """The input is not what the Singer specification says."""


class OutputError(TargetError):
    """The output takes no more STATE: nobody reads it, or its disk is full."""

    def __init__(self, error: OSError) -> None:
        super().__init__(
            f"STATE cannot be written ({error.strerror}): what was sent is in the ledger; mend the"
            " output, and run again"
        )


class NoOutputError(TargetError):
    """The target was started without an output."""

    def __init__(self) -> None:
        super().__init__("stdout is closed, and STATE goes there; give it a file, and run again")


class FileError(TargetError):
    """A file that a setting names cannot be written."""

    def __init__(self, setting: str, error: OSError) -> None:
        super().__init__(
            f"the file that `{setting}` names cannot be written: {error.strerror}; name another one"
        )


class StreamMapError(TargetError):
    """A stream map of the user's cannot be used, or cannot be applied to a record."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"`stream_maps`: {problem}")


class PreflightError(TargetError):
    """The mapping cannot work with this Marketo instance: all that is wrong, line by line."""

    head: ClassVar = "nothing was sent:"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join([self.head, *(f"  {line}" for line in problems)]))
        self.problems = problems


class LaterPreflightError(PreflightError):
    """The same of a stream that comes, or comes with other columns, while rows are being sent."""

    head = "stopped; no row before this is lost:"


class TypesToEnterError(TargetError):
    """Types of custom objects have to be entered by hand, and the streams' columns tell how.

    `streams` are those whose columns are wanted; `problems` tells all that is wrong, given them.
    """

    def __init__(
        self,
        streams: Collection[str],
        problems: Callable[[Mapping[str, Mapping[str, Any]]], list[str]],
    ) -> None:
        super().__init__(f"types to enter for {', '.join(streams)}")
        self.streams = frozenset(streams)
        self.problems = problems


class TooManyRejectsError(TargetError):
    """More than `max_rejects_percent` of the rows were refused."""


class TooManyDeletesError(TargetError):
    """More than `max_delete_percent` of an entry's records would go, or all rows are gone."""

    def __init__(self, what: str) -> None:
        cure = "look at the source, and raise `max_delete_percent` for one run if it is meant"
        super().__init__(f"{what}; nothing was deleted: {cure}")


class StoppedBySignal(SystemExit):
    """SIGTERM or SIGINT came; what was in hand is settled.

    No Exception: the handler raises it anywhere, and loggers swallow those.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(SIGNALLED + signum)
        self.signal_name = signal.Signals(signum).name

    def __str__(self) -> str:
        return f"stopped by {self.signal_name}; what was in hand is in the ledger"
