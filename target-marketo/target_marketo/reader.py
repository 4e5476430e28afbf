"""Singer messages from standard input, line by line, with orjson.

Numbers stay JSON numbers and dates stay text: what the source sent is what the ledger compares.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import orjson
from singer_sdk.singerlib.encoding.base import GenericSingerReader
from typing_extensions import override

from target_marketo.errors import InputError

if TYPE_CHECKING:
    from typing import IO


class MessageReader(GenericSingerReader[str]):
    """Reads a message per line; a line that cannot be read stops the run with its number."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = 0

    @property
    @override
    def default_input(self) -> IO[str]:
        return sys.stdin

    @override
    def deserialize_json(self, line: str) -> dict[str, Any]:
        self.lines += 1
        try:
            message = orjson.loads(line)
        except orjson.JSONDecodeError:
            raise InputError(f"line {self.lines} of the input is not JSON") from None
        if not isinstance(message, dict) or "type" not in message:
            raise InputError(f"line {self.lines} of the input is no Singer message")
        return message
