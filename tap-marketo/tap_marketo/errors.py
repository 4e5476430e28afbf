"""Errors of the tap itself: sentences for the person on call. Marketo's own are in the client."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

from marketo_client import MarketoError

if TYPE_CHECKING:
    from collections.abc import Sequence


class TapError(Exception):
    """The run cannot go on; the text names the setting, stream or place and what to do."""


class StateError(TapError):
    """The state that was handed in cannot be read at one place."""

    def __init__(self, place: str, problem: str) -> None:
        way_out = (
            "remove this stream's bookmark to read it again from its start"
            if "." in place
            else "none, to read all streams again from their start"
        )
        super().__init__(f"state: {place} {problem}; hand in an older state, or {way_out}")


class InputFileError(TapError):
    """A file given on the command line cannot be read as JSON."""

    def __init__(self, option: str, problem: str) -> None:
        super().__init__(f"{option}: the file {problem}; hand in a JSON file that can be read")


class CatalogError(TapError):
    """The catalog that was handed in cannot be read at one place."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"--catalog: `{place}` is missing or of another kind; make the file anew with"
            " `tap-marketo --discover`"
        )


class NothingThereError(TapError):
    """None of the streams that the catalog selects is there."""

    def __init__(self, streams: Sequence[str]) -> None:
        super().__init__(
            f"--catalog: selects only streams that are not there ({', '.join(streams)}); select"
            " some of those that `tap-marketo --discover` lists"
        )


class StreamMapError(TapError):
    """A stream map of the user's cannot be used, or cannot be applied to a record."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"`stream_maps`: {problem}")


class UnreadableReplyError(TapError):
    """An answer has another form than Marketo's documentation says; never with what is in it."""

    def __init__(self, where: str, endpoint: str, error: Exception) -> None:
        last = traceback.extract_tb(error.__traceback__)[-1]
        super().__init__(
            f"{where}: an answer of {endpoint} cannot be read ({type(error).__name__} at"
            f" {Path(last.filename).name}:{last.lineno}); deselect the stream to go on without it,"
            " and report this line"
        )


class OutputError(TapError):
    """The output takes no more: nobody reads it, or its disk is full."""

    def __init__(self, error: OSError) -> None:
        super().__init__(
            "the program that reads the output has ended; see its log"
            if isinstance(error, BrokenPipeError)
            else f"the output cannot be written ({error.strerror}): mend that, and run again from"
            " the last STATE before it"
        )


class NoOutputError(TapError):
    """The tap was started without an output."""

    def __init__(self) -> None:
        super().__init__("stdout is closed; give it to a target or a file, and run again")


FORESEEN: Final = (MarketoError, TapError)  # what a run may stop for, in words of their own
