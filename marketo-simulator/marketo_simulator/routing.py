"""From a path to the handler that answers it. Knows no handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from starlette.responses import Response
from starlette.routing import compile_path

from marketo_simulator.calls import FORM, JSON, MULTIPART, Call, JsonObject
from marketo_simulator.errors import MESSAGES, MarketoError
from marketo_simulator.replies import Reply

if TYPE_CHECKING:
    from marketo_simulator.instance import Instance

Method = Literal["GET", "POST", "DELETE"]
Handler = Callable[["Instance", Call], Reply | Response | Awaitable[Reply | Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the API; without `permission` any token will do."""

    path: str
    handler: Handler
    method: Method = "GET"
    permission: str | None = None
    query_in_json: bool = False
    """Whether a GET, or what is sent as one, may have its query in JSON; a form otherwise."""

    takes_file: bool = False
    """Whether the body of a POST is a form with a file in it."""

    @property
    def consumes(self) -> tuple[str, ...]:
        """Content types that a body may have; another one is 612."""
        if self.method != "GET":
            return (MULTIPART,) if self.takes_file else (JSON,)
        return (FORM, JSON) if self.query_in_json else (FORM,)


@dataclass(frozen=True, slots=True)
class Match:
    """A route and what its path held."""

    route: Route
    path: JsonObject


class Router:
    """All routes of the simulator."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._patterns = [(route, *compile_path(route.path)) for route in self.routes]

    def match(self, path: str, method: str) -> Match:
        """The route for that path and method. Raises 610 or 605."""
        known = False
        for route, pattern, _, convertors in self._patterns:
            found = pattern.match(path)
            if found is None:
                continue
            known = True
            if route.method == method:
                return Match(route, _converted(found.groupdict(), convertors))
        if known:
            raise MarketoError("605", MESSAGES["605"].format(method=method))
        raise MarketoError("610")


def _converted(groups: dict[str, str], convertors: dict[str, Any]) -> JsonObject:
    return {name: convertors[name].convert(value) for name, value in groups.items()}
