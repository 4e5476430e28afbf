"""The real server on loopback: uvicorn without its own `Date`, and a way to the connection."""

from __future__ import annotations

import json
import signal
import socket
import sys
from typing import TYPE_CHECKING, Final, NoReturn

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from marketo_simulator.app import CONTROL_PATH, create_app
from marketo_simulator.broken_answers import TRANSPORT

if TYPE_CHECKING:
    import asyncio
    from types import FrameType

    from starlette.types import ASGIApp, Receive, Scope, Send

    from marketo_simulator.instance import Instance
    from marketo_simulator.simulation import Simulation

LOOPBACK: Final = "127.0.0.1"
SECONDS_FOR_OPEN_CALLS: Final = 1
SECONDS_IDLE: Final = 75
"""How long a silent connection stays open; a short time would cut off callers just as they call."""


class OpenConnection(H11Protocol):
    """A connection that its answers can reach, so that faults can break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # the transport is always a stream
        """Hand the transport on with every call; send small answers at once."""
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
        self.app = _with_transport(self.app, transport)


class AnnouncedServer(uvicorn.Server):
    """Says where it is once it answers, and once a signal would end it in good order."""

    def __init__(self, config: uvicorn.Config, instance: Instance) -> None:
        super().__init__(config)
        self._instance = instance

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, then print the line."""
        await super().startup(sockets)
        for listener in sockets or ():
            _announce(self._instance, listener.getsockname()[1])


def serve(simulation: Simulation, port: int) -> None:
    """Listen, print one JSON line that says where, and answer until SIGTERM or SIGINT."""
    listener = socket.create_server((LOOPBACK, port))
    config = uvicorn.Config(
        create_app(simulation),
        http=OpenConnection,
        lifespan="off",
        log_level="critical",
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_keep_alive=SECONDS_IDLE,
        timeout_graceful_shutdown=SECONDS_FOR_OPEN_CALLS,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)  # uvicorn stops first, then raises the signal again
    AnnouncedServer(config, simulation.instance).run(sockets=[listener])


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def _announce(instance: Instance, port: int) -> None:
    endpoint = f"http://{LOOPBACK}:{port}"
    line = {
        "endpoint": endpoint,
        "client_id": instance.service.client_id,
        "client_secret": instance.service.client_secret,
        "control": endpoint + CONTROL_PATH,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _with_transport(app: ASGIApp, transport: asyncio.Transport) -> ASGIApp:
    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, TRANSPORT: transport}, receive, send)

    return call
