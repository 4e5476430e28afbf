"""Singer messages from standard input, line by line, with orjson.

Numbers stay JSON numbers and dates stay text: what the source sent is what the ledger compares.
A tap may be silent for long: meanwhile `idle` lets the calls that have come back go on.
"""

from __future__ import annotations

import os
import select
import sys
from types import MappingProxyType, NoneType
from typing import IO, TYPE_CHECKING, Any, Final, cast

import orjson
from singer_sdk.singerlib.encoding.base import GenericSingerReader
from typing_extensions import override

from target_marketo.errors import InputError

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator, Mapping

    Kinds = tuple[type, ...]

PAUSE_SECONDS: Final = 0.05
CHUNK_BYTES: Final = 64 * 1024
PARTS: Final[Mapping[str, Mapping[str, Kinds]]] = MappingProxyType(
    {  # what is read of a message, where it is there
        "RECORD": {"stream": (str,), "record": (dict,)},
        "SCHEMA": {"stream": (str,), "schema": (dict,), "key_properties": (list, NoneType)},
        "BATCH": {"stream": (str,), "encoding": (dict,), "manifest": (list,)},
        "ACTIVATE_VERSION": {"stream": (str,)},
    }
)


class MessageReader(GenericSingerReader[bytes]):
    """Reads a message per line; a line that cannot be read stops the run with its number."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = 0
        self.idle: Callable[[], None] = lambda: None
        self._input: Iterator[bytes] = iter(())

    @property
    @override
    def default_input(self) -> IO[bytes]:
        lines = lines_of_pipe(sys.stdin.fileno(), idle=self.idle)
        return cast("IO[bytes]", lines)  # the SDK only iterates over it

    @override
    def process_lines(
        self, file_input: IO[bytes] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Counter[str]:
        self._input = iter(file_input or self.default_input)
        return super().process_lines(cast("IO[bytes]", self._input), callbacks)

    def schemas_from_here(self) -> Iterator[dict[str, Any]]:
        """The SCHEMA messages from the one in hand on; all others are passed over."""
        if self._current_message is not None:
            yield orjson.loads(self._current_message)
        for line in self._input:
            message = self.deserialize_json(line)
            if message["type"] == "SCHEMA":
                yield message

    @override
    def deserialize_json(self, line: bytes) -> dict[str, Any]:
        self.lines += 1
        try:
            message = orjson.loads(line)
        except orjson.JSONDecodeError:
            raise InputError(f"line {self.lines} of the input is not JSON") from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise InputError(f"line {self.lines} of the input is no Singer message")
        self._check(message, PARTS.get(message["type"], {}))
        if message["type"] == "SCHEMA":
            self._check(message.get("schema", {}), {"properties": (dict,)})
        return message

    def _check(self, message: dict[str, Any], parts: Mapping[str, Kinds]) -> None:
        for name, kinds in parts.items():
            if name in message and not isinstance(message[name], kinds):
                words = f"line {self.lines} of the input: `{name}` is none that Singer knows"
                raise InputError(words)

    @override
    def assert_line_requires(  # type: ignore[override]  # a static method there, but called on us
        self, line_dict: dict[str, Any], requires: set[str]
    ) -> None:
        """Raise InputError for a message without these parts; the SDK's own shows its values."""
        if missing := sorted(requires - line_dict.keys()):
            raise InputError(f"line {self.lines} of the input lacks `{missing[0]}`")

    @override
    def _process_unknown_message(self, message_dict: dict[str, Any]) -> None:
        raise InputError(f"line {self.lines} of the input is a message of an unknown type")


def lines_of_pipe(descriptor: int, *, idle: Callable[[], None]) -> Iterator[bytes]:
    """The lines as they come; `idle` runs again and again while none does."""
    rest = b""
    while True:
        while not select.select([descriptor], [], [], PAUSE_SECONDS)[0]:
            idle()
        chunk = os.read(descriptor, CHUNK_BYTES)
        if not chunk:
            break
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
    if rest:
        yield rest
