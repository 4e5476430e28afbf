"""How a control route reads its request and answers: plain JSON, 400 with a sentence on error.

These calls need no token, count against nothing, and are not in the call log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from marketo_simulator.calls import JsonObject
from marketo_simulator.errors import MarketoError, SkippedError
from marketo_simulator.instance import Instance
from marketo_simulator.simulation import Pace, Simulation
from marketo_simulator.timestamps import parse

BAD_REQUEST: Final = 400
NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class Command:
    """What a control route was sent."""

    body: JsonObject
    path: Mapping[str, Any]
    query: Mapping[str, str]


Handler = Callable[[Instance, Command], JsonObject]
Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(simulation: Simulation, handler: Handler) -> Endpoint:
    """The handler as Starlette calls it."""

    def act(command: Command) -> JsonObject:
        instance = simulation.instance
        instance.catch_up()
        return handler(instance, command)

    return _answering(act)


def reset_endpoint(simulation: Simulation) -> Endpoint:
    """Start again, with other options where the body names them; the answer has credentials."""

    def act(command: Command) -> JsonObject:
        wanted = dict(command.body)
        if wanted.get("now") is not None:
            wanted["now"] = parse(wanted["now"])
        if "clock" in wanted:
            wanted["clock"] = Pace(wanted["clock"])
        service = simulation.reset(**wanted).service
        return {"client_id": service.client_id, "client_secret": service.client_secret}

    return _answering(act)


def _answering(act: Callable[[Command], JsonObject]) -> Endpoint:
    async def answer(request: Request) -> Response:
        body = await request.body()
        try:
            return _json(act(Command(_content(body), request.path_params, request.query_params)))
        except KeyError as error:
            status = NOT_FOUND if request.path_params else BAD_REQUEST
            return _json({"error": f"there is no {error}"}, status)
        except (ValueError, TypeError, MarketoError, SkippedError) as error:
            return _json({"error": str(error)}, BAD_REQUEST)

    return answer


def _content(body: bytes) -> JsonObject:
    content = orjson.loads(body or b"{}")
    if not isinstance(content, dict):
        raise TypeError("the body must be a JSON object")
    return content


def _json(content: JsonObject, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
