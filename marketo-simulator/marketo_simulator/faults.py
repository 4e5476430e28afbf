"""What can be made to go wrong: one table of kinds, and the faults in force.

A kind strikes at one stage of a call: at the CONNECTION (nothing else happens), LATER (a reset at
once, the work `seconds` after it), as a CODE instead of the work, or on the ANSWER after the work
was done. JOB and TOKEN faults are asked for by the
families that they concern. `POST /_simulator/faults` puts one in force.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from marketo_simulator.broken_answers import CutBody, Reset, SlowBody
from marketo_simulator.errors import MarketoError
from marketo_simulator.exports.files import FileSlice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Stage(Enum):
    """When a fault strikes."""

    CONNECTION = "connection"
    LATER = "later"
    CODE = "code"
    ANSWER = "answer"
    JOB = "job"
    TOKEN = "token"  # noqa: S105 (the name of a stage)


@dataclass(slots=True)
class Fault:
    """One fault in force: strikes the first `left` matching calls from index `call` on."""

    id: int
    kind: str
    path: str
    call: int
    left: int
    seconds: float = 5.0
    code: str = "611"
    message: str | None = None
    holding: str = ""
    """Strikes only calls whose body holds this text."""
    struck: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A row of the table: the stage, what happens, and which paths it is meant for."""

    stage: Stage
    strike: Callable[[Fault, Response | None], Response]
    path: str = "*"


def _page(status: int, title: str) -> Callable[[Fault, Response | None], Response]:
    html = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return lambda _fault, _answer: HTMLResponse(html, status)


def _code(fault: Fault, _answer: Response | None) -> Response:
    raise MarketoError(fault.code, fault.message)


def _cut(_fault: Fault, answer: Response | None) -> Response:
    return _like(answer, CutBody(_content(answer)))


def _slow(fault: Fault, answer: Response | None) -> Response:
    return _like(answer, SlowBody(_content(answer), 200, fault.seconds))


def _corrupt(_fault: Fault, answer: Response | None) -> Response:
    content = bytearray(_content(answer))
    for place in range(len(content) // 2, len(content), 97):
        content[place] ^= 0x15
    return _like(answer, Response(bytes(content)))


def _short(_fault: Fault, answer: Response | None) -> Response:
    content = _content(answer)
    return _like(answer, Response(content[: len(content) // 2]))


def _nothing(_fault: Fault, answer: Response | None) -> Response:
    return Response() if answer is None else answer


MEMBERS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "path": str,
    "call": int,
    "times": int,
    "seconds": (int, float),
    "code": str,
    "message": str,
    "holding": str,
}
FILES: Final = "*/file.json"
FAULTS: Final[Mapping[str, FaultKind]] = {
    "reset": FaultKind(Stage.CONNECTION, lambda _fault, _answer: Reset()),
    "timeout": FaultKind(Stage.CONNECTION, lambda fault, _answer: Reset(fault.seconds)),
    "http_500": FaultKind(Stage.CONNECTION, _page(500, "500 Internal Server Error")),
    "http_502": FaultKind(Stage.CONNECTION, _page(502, "502 Bad Gateway")),
    "http_503": FaultKind(Stage.CONNECTION, _page(503, "503 Service Temporarily Unavailable")),
    "html_body": FaultKind(Stage.CONNECTION, _page(200, "Maintenance")),
    "empty_body": FaultKind(Stage.CONNECTION, lambda _fault, _answer: Response()),
    "missing_file": FaultKind(
        Stage.CONNECTION, lambda _fault, _answer: PlainTextResponse("Not Found", 404), FILES
    ),
    "late_work": FaultKind(Stage.LATER, lambda _fault, _answer: Reset()),
    "code": FaultKind(Stage.CODE, _code),
    "lost_answer": FaultKind(Stage.ANSWER, lambda _fault, _answer: Reset()),
    "cut_body": FaultKind(Stage.ANSWER, _cut),
    "slow_body": FaultKind(Stage.ANSWER, _slow),
    "corrupt_file": FaultKind(Stage.ANSWER, _corrupt, FILES),
    "short_file": FaultKind(Stage.ANSWER, _short, FILES),
    "failed_job": FaultKind(Stage.JOB, _nothing),
    "failed_import": FaultKind(Stage.JOB, _nothing),
    "broken_import": FaultKind(Stage.JOB, _nothing),
    "expired_paging_tokens": FaultKind(Stage.TOKEN, _nothing),
}


class Faults:
    """The faults in force, in the order in which they came."""

    def __init__(self) -> None:
        self._ids = count(1)
        self.clear()

    def clear(self) -> None:
        """Nothing goes wrong any more; refused paging tokens are good again."""
        self.all: list[Fault] = []
        self.oldest_token = 0
        """Paging tokens up to this serial number are refused."""

    def add(self, wanted: Mapping[str, Any], last_token: int) -> Fault:
        """Put a fault in force. Raises ValueError or TypeError for a wrong one."""
        members = dict(wanted)
        kind = members.pop("kind", None)
        if kind not in FAULTS:
            raise ValueError(f"no fault {kind!r}; there are {', '.join(FAULTS)}")
        _check(members)
        members["left"] = members.pop("times", 1)
        fault = Fault(next(self._ids), kind, **{"path": FAULTS[kind].path, "call": 1, **members})
        if FAULTS[kind].stage is Stage.TOKEN:
            self.oldest_token = last_token
        self.all.append(fault)
        return fault

    def take(self, stage: Stage, path: str, index: int, body: bytes = b"") -> Fault | None:
        """The fault that strikes this call at this stage, one use of it spent."""
        for fault in self.all:
            if FAULTS[fault.kind].stage is not stage or fault.left <= 0 or index < fault.call:
                continue
            if fnmatchcase(path, fault.path) and fault.holding.encode() in body:
                fault.left -= 1
                fault.struck.append(index)
                return fault
        return None

    def take_for(self, kind: str, index: int) -> Fault | None:
        """A fault of that kind in that call, whatever its path, one use of it spent."""
        in_force = (f for f in self.all if f.kind == kind and f.left > 0 and f.call <= index)
        fault = next(in_force, None)
        if fault is not None:
            fault.left -= 1
            fault.struck.append(index)
        return fault


def _check(members: Mapping[str, Any]) -> None:
    for name, value in members.items():
        if name not in MEMBERS:
            raise ValueError(f"a fault has no {name!r}; it takes {', '.join(MEMBERS)}")
        if not isinstance(value, MEMBERS[name]):
            raise TypeError(f"{name!r} of a fault takes no {type(value).__name__}")


def strike(fault: Fault, answer: Response | None = None) -> Response:
    """What the fault makes of a call. Raises MarketoError for a code."""
    return FAULTS[fault.kind].strike(fault, answer)


def _content(answer: Response | None) -> bytes:
    if isinstance(answer, FileSlice):
        return b"".join(answer.chunks())
    return b"" if answer is None else bytes(answer.body)


def _like(answer: Response | None, broken: Response) -> Response:
    if answer is not None:
        broken.status_code = answer.status_code
        kept = [pair for pair in answer.raw_headers if pair[0] != b"content-length"]
        broken.raw_headers = [*kept, (b"content-length", str(len(broken.body)).encode())]
    return broken
