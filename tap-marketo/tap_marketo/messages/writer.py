"""Singer messages on stdout, a buffer at a time. Knows nothing of streams or Marketo.

STATE never overtakes a record: only records wait in the buffer, and every other message takes
them along. A signal that strikes inside a write is answered when the line is whole. When nobody
reads any more, or the disk is full, the write raises OutputError; what comes after goes nowhere.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import orjson
from singer_sdk.singerlib import Message, RecordMessage, StateMessage
from singer_sdk.singerlib.encoding import GenericSingerWriter
from singer_sdk.singerlib.json import serialize_json
from typing_extensions import override

from tap_marketo.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUFFER_BYTES: Final = 64 * 1024
LINE_ENDS: Final = {  # of Unicode, which JSON lets stand and some readers split lines at
    mark.encode(): f"\\u{ord(mark):04x}".encode() for mark in "\x85\u2028\u2029"
}


def to_json(value: object) -> bytes:
    """JSON in UTF-8, without line ends; what orjson refuses (lone surrogates) the SDK writes."""
    try:
        line = orjson.dumps(value)
    except TypeError:
        line = serialize_json(value).encode()
    if not line.isascii():
        for mark, escaped in LINE_ENDS.items():
            line = line.replace(mark, escaped)
    return line


@contextmanager
def output() -> Iterator[None]:
    """All that is written to stdout meanwhile is out at the end. Raises OutputError."""
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OutputError(error) from None


class BufferedWriter(GenericSingerWriter[bytes, Message]):
    """Writes whole lines; records may wait until the buffer is full or another message comes."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._state = b""
        self._writing = False
        self._afterwards: Callable[[], None] | None = None

    @override
    def serialize_message(self, message: Message) -> bytes:
        return to_json(message.to_dict())

    @override
    def write_message(self, message: Message) -> None:
        line = self.format_message(message) + b"\n"
        if isinstance(message, StateMessage):
            self._state = line  # a signal at its write repeats it behind what waits
        self._write(line, at_once=not isinstance(message, RecordMessage))

    def write_record(self, line: bytes) -> None:
        """A RECORD message that is JSON already, with its line end."""
        self._write(line, at_once=False)

    def flush(self) -> None:
        """Send what waits."""
        self._write(b"", at_once=True)

    def repeat_state(self) -> None:
        """Send what waits, and the last STATE again behind it: what came later, comes twice."""
        self._write(self._state, at_once=True)

    def when_idle(self, action: Callable[[], None]) -> None:
        """Run `action` now, or at the end of the write that a signal has interrupted."""
        if self._writing:
            self._afterwards = action
        else:
            action()

    def _write(self, line: bytes, *, at_once: bool) -> None:
        self._writing = True
        try:
            self._buffer += line
            if at_once or len(self._buffer) >= BUFFER_BYTES:
                with output():
                    _send(self._buffer)
                self._buffer.clear()
        finally:
            self._writing = False
        if self._afterwards is not None:
            action, self._afterwards = self._afterwards, None
            action()


def _send(data: bytearray) -> None:
    """All bytes to the stdout of this moment: tests redirect it, full pipes write short."""
    out = sys.stdout.buffer
    with memoryview(data) as rest:
        sent = 0
        while sent < len(rest):
            sent += out.write(rest[sent:])
