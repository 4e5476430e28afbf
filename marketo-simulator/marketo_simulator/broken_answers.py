"""Answers that a healthy server never sends: cut, slow, lost.

Knows no Marketo. What takes its time holds the call's slot as long. They reach for the connection
itself, which `server.py` puts into the scope.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from starlette.types import Receive, Scope, Send

TRANSPORT: Final = "marketo_simulator.transport"
RESET_AT_ONCE: Final = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 seconds: close sends RST
SLICES_OF_A_SLOW_BODY: Final = 10


class LastingAnswer(Response):
    """An answer that holds a slot until it is over."""

    slot: AbstractContextManager[None] = nullcontext()


class Reset(LastingAnswer):
    """No answer: the connection is reset, at once or after some seconds of silence."""

    def __init__(self, after_seconds: float = 0.0) -> None:
        super().__init__(status_code=500)
        self.after_seconds = after_seconds

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        """Drop the connection."""
        with self.slot:
            await asyncio.sleep(self.after_seconds)
        transport: asyncio.Transport = scope[TRANSPORT]
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
        transport.abort()
        await asyncio.sleep(0)


class CutBody(Response):
    """Headers that promise the whole body, half of it, and a closed connection."""

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send half."""
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        transport: asyncio.Transport = scope[TRANSPORT]
        transport.close()
        await asyncio.sleep(0)


class SlowBody(LastingAnswer):
    """The whole body, drop by drop."""

    def __init__(self, content: bytes, status_code: int, seconds: float) -> None:
        super().__init__(content, status_code)
        self.seconds = seconds

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it in slices with pauses."""
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        body = bytes(self.body)
        step = max(len(body) // SLICES_OF_A_SLOW_BODY, 1)
        with self.slot:
            for place in range(0, len(body), step):
                await asyncio.sleep(self.seconds / SLICES_OF_A_SLOW_BODY)
                piece = body[place : place + step]
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
