"""The way of every call: limits of the wire, faults, token, quotas, permission, handler, log.

Knows the order of these gates and nothing of what stands behind them. Marketo docs: Error Codes.
"""

from __future__ import annotations

import asyncio
import gzip
import inspect
import posixpath
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

import orjson
from starlette.responses import Response

from marketo_simulator.broken_answers import LastingAnswer, Reset
from marketo_simulator.calls import FORM, MULTIPART, Call, LoggedCall, without_secrets
from marketo_simulator.errors import MESSAGES, MarketoError
from marketo_simulator.faults import Stage, strike
from marketo_simulator.identity import handlers as identity
from marketo_simulator.limits import BODY_BYTES, IMPORT_BODY_BYTES, URI_BYTES
from marketo_simulator.refusals import too_large, uri_too_long
from marketo_simulator.replies import Reply, failure

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.requests import Request

    from marketo_simulator.instance import Instance
    from marketo_simulator.routing import Match, Router
    from marketo_simulator.simulation import Simulation

JSON_ANSWER: Final = "application/json;charset=UTF-8"
TOKEN_REFUSED: Final = frozenset({"601", "602"})
NO_BODY: Final = frozenset({b"", b"_method=POST"})
"""What is as good as nothing: a form in which a public client says the method once more."""
GZIP_FROM_BYTES: Final = 1_024  # Marketo docs: Performance


class Gateway:
    """Takes every request that is not for the control routes, and logs it."""

    def __init__(self, simulation: Simulation, router: Router) -> None:
        self._simulation = simulation
        self._router = router
        self._late_work: set[asyncio.Task[None]] = set()

    @property
    def _instance(self) -> Instance:
        return self._simulation.instance

    async def answer(self, request: Request) -> Response:
        """One answer, with the simulator's own `Date`."""
        instance = self._instance
        now = instance.clock.now()
        path = _path(request)
        line = instance.calls.open(at=now.isoformat(), method=request.method, path=path)
        instance.catch_up()
        instance.start_imports()
        response = await self._past_connection_faults(request, line)
        if isinstance(response, LastingAnswer):
            response.slot = instance.limits.slot()
        line.status = 0 if isinstance(response, Reset) else response.status_code
        response.headers["Date"] = format_datetime(instance.clock.now(), usegmt=True)
        return response

    async def _past_connection_faults(self, request: Request, line: LoggedCall) -> Response:
        body = await request.body()
        parameters = _parameters(request, body)
        line.method = _method(request, parameters)
        line.query = without_secrets(parameters)
        fault = self._instance.faults.take(Stage.CONNECTION, line.path, line.index, body)
        if fault is not None:
            line.fault = fault.kind
            return strike(fault)
        fault = self._instance.faults.take(Stage.LATER, line.path, line.index, body)
        if fault is not None:
            line.fault = fault.kind
            self._work_later(fault.seconds, self._answer(request, line, body, parameters))
            return strike(fault)
        refusal = _refused_by_size(request, body)
        if refusal is not None:
            return refusal
        answer = await self._answer(request, line, body, parameters)
        fault = self._instance.faults.take(Stage.ANSWER, line.path, line.index, body)
        if fault is None:
            return answer
        line.fault = fault.kind
        return strike(fault, answer)

    def _work_later(self, seconds: float, work: Coroutine[None, None, Response]) -> None:
        """The call is still running when its caller has lost the connection."""

        async def later() -> None:
            await asyncio.sleep(seconds)
            await work

        task = asyncio.get_running_loop().create_task(later())
        self._late_work.add(task)
        task.add_done_callback(self._late_work.discard)

    async def _answer(
        self, request: Request, line: LoggedCall, body: bytes, parameters: dict[str, list[str]]
    ) -> Response:
        if line.path == identity.PATH:
            return identity.get_token(self._instance, Call("", parameters))
        request_id = self._instance.request_ids.next(self._instance.clock.now())
        reply = await self._reply(request, line, body, parameters, request_id)
        if isinstance(reply, Response):
            return reply
        line.records = reply.records
        content = orjson.dumps({"requestId": request_id, **reply.body})
        return _json_response(content, reply.status, request, line.path)

    async def _reply(
        self,
        request: Request,
        line: LoggedCall,
        body: bytes,
        parameters: dict[str, list[str]],
        request_id: str,
    ) -> Reply | Response:
        user = None
        try:
            match = self._match(line)
            user = self._user(request, parameters)
            self._instance.limits.admit(self._instance.settings)
            headers = request.headers
            call = Call(
                user, parameters, body, match.path, headers.get("range"),
                headers.get("content-type", ""), request_id,
            )  # fmt: skip
            reply = await self._work(line, match, call)
        except MarketoError as error:
            line.code = error.code
            reply = failure(error)
        self._instance.limits.count(user, line.code)
        return reply

    async def _work(self, line: LoggedCall, match: Match, call: Call) -> Reply | Response:
        instance = self._instance
        instance.limits.begin()
        try:
            await asyncio.sleep(instance.settings.latency_seconds)
            fault = instance.faults.take(Stage.CODE, line.path, line.index, call.body)
            if fault is not None:
                line.fault = fault.kind
                if fault.code in TOKEN_REFUSED:
                    instance.identity.forget(call.user)
                return strike(fault)
            if match.route.permission in instance.denied:
                raise MarketoError("603")
            _check_content_type(match, call)
            line.body = call.body if call.is_json else b""
            reply = match.route.handler(instance, call)
            return await reply if inspect.isawaitable(reply) else reply
        finally:
            instance.limits.end()

    def _match(self, line: LoggedCall) -> Match:
        if not self._instance.settings.subscription_reachable:
            raise MarketoError("614")
        try:
            return self._router.match(line.path, line.method)
        except MarketoError as error:
            if error.code == "610":
                error.status = self._instance.settings.unknown_uri_status
            raise

    def _user(self, request: Request, parameters: dict[str, list[str]]) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token or "access_token" in parameters:
            raise MarketoError("603")
        return self._instance.identity.user_of(token.strip())


def _path(request: Request) -> str:
    """The path without dot segments: a public client leaves `/rest` by `/rest/../bulk`."""
    path = request.url.path
    return posixpath.normpath(path) if "/../" in path else path


def _parameters(request: Request, body: bytes) -> dict[str, list[str]]:
    parameters = parse_qs(request.url.query, keep_blank_values=True)
    if request.headers.get("content-type", "").startswith(FORM):
        form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        for name, values in form.items():
            parameters.setdefault(name, []).extend(values)
    return parameters


def _method(request: Request, parameters: dict[str, list[str]]) -> str:
    wanted = parameters.pop("_method", [request.method])[-1].upper()
    if request.method == "POST" and _path(request).startswith("/rest/v1/"):
        return wanted
    return request.method


def _refused_by_size(request: Request, body: bytes) -> Response | None:
    uri = len(request.scope["raw_path"]) + len(request.scope["query_string"])
    if uri > URI_BYTES:
        return uri_too_long()
    is_import = request.headers.get("content-type", "").startswith(MULTIPART)
    if len(body) > (IMPORT_BODY_BYTES if is_import else BODY_BYTES):
        return too_large()
    return None


def _check_content_type(match: Match, call: Call) -> None:
    if call.body in NO_BODY:
        return
    if not call.content_type.startswith(match.route.consumes):
        raise MarketoError("612", MESSAGES["612"])


def _json_response(content: bytes, status: int, request: Request, path: str) -> Response:
    headers = {}
    accepts = "gzip" in request.headers.get("accept-encoding", "")
    if accepts and len(content) >= GZIP_FROM_BYTES and not path.startswith("/bulk/"):
        content = gzip.compress(content, compresslevel=1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(content, status, headers, JSON_ANSWER)
