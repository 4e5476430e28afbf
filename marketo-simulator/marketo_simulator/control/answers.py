"""How a control route reads its request and answers: plain JSON, 400 with a sentence on error.

These calls need no token, count against nothing, and are not in the call log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.responses import Response

from marketo_simulator.calls import JsonObject
from marketo_simulator.instance import Instance
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from starlette.requests import Request

BAD_REQUEST: Final = 400
NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class Command:
    """What a control route was sent."""

    body: JsonObject
    path: Mapping[str, Any]
    query: Mapping[str, str]


Handler = Callable[[Instance, Command], JsonObject]


def endpoint(instance: Instance, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """The handler as Starlette calls it."""

    async def answer(request: Request) -> Response:
        body = await request.body()
        try:
            command = Command(_content(body), request.path_params, request.query_params)
            instance.activities.write_late_rows(stamp(instance.clock.now()))
            return _json(handler(instance, command))
        except KeyError as error:
            return _json({"error": f"there is no {error}"}, NOT_FOUND)
        except (ValueError, TypeError) as error:
            return _json({"error": str(error)}, BAD_REQUEST)

    return answer


def _content(body: bytes) -> JsonObject:
    content = orjson.loads(body or b"{}")
    if not isinstance(content, dict):
        raise TypeError("the body must be a JSON object")
    return content


def _json(content: JsonObject, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
