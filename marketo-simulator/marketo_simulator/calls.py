"""One call: what a handler gets, what it gives back, and the log of all of them.

Knows no endpoint and no HTTP server. Secrets never reach the log.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any, Final

import orjson

from marketo_simulator.errors import MarketoError, missing, wrong_type

JsonObject = dict[str, Any]
JsonValue = Any
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
MULTIPART: Final = "multipart/form-data"
SECRETS: Final = frozenset({"client_id", "client_secret", "access_token"})
RECORDS_PER_CALL: Final = 300  # Marketo docs: Lead Database


@dataclass(frozen=True, slots=True)
class Call:
    """A call that passed all gates, with its parameters and the API user who made it."""

    user: str
    parameters: dict[str, list[str]]
    body: bytes = b""
    path: JsonObject = field(default_factory=dict)
    byte_range: str | None = None
    """The `Range` header."""
    content_type: str = ""
    request_id: str = ""
    """What the answer will bear; the rows that the call writes name it."""

    def text(self, name: str) -> str | None:
        """The parameter's last value, or None."""
        values = self.parameters.get(name)
        return values[-1] if values and values[-1] else None

    def required(self, name: str) -> str:
        """The parameter's value. Raises 1002 without it."""
        value = self.text(name)
        if value is None:
            raise missing(name)
        return value

    def texts(self, name: str) -> list[str]:
        """A list parameter, given comma-separated, repeated, or both."""
        given = (part for value in self.parameters.get(name, []) for part in value.split(","))
        return [part.strip() for part in given if part.strip()]

    def integer(self, name: str, default: int) -> int:
        """A whole number. Raises 1001 for anything else."""
        value = self.text(name)
        return default if value is None else _whole(name, value)

    def integers(self, name: str) -> list[int]:
        """A list of whole numbers. Raises 1001 for anything else."""
        return [_whole(name, value) for value in self.texts(name)]

    def batch_size(self, largest: int = RECORDS_PER_CALL) -> int:
        """`batchSize`, never above what one call carries."""
        asked = self.integer("batchSize", largest)
        return min(asked, largest) if asked > 0 else largest

    def json(self) -> JsonObject:
        """The JSON body, an object. Raises 609 for anything else."""
        try:
            value = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise MarketoError("609") from error
        if not isinstance(value, dict):
            raise MarketoError("609")
        return value

    @property
    def is_json(self) -> bool:
        """Whether the body is one of JSON rather than a form."""
        return self.content_type.startswith(JSON)


def records_of(body: JsonObject) -> list[JsonObject]:
    """The records in the `input` of a write. Raises 1002 or 1003."""
    records = body.get("input")
    if not isinstance(records, list) or not records:
        raise missing("input")
    if len(records) > RECORDS_PER_CALL:
        raise MarketoError("1003", f"At most {RECORDS_PER_CALL} records in a call")
    if not all(isinstance(record, dict) for record in records):
        raise MarketoError("1003", "Every record in 'input' must be an object")
    return records


def _whole(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError as error:
        raise wrong_type(name, value) from error


@dataclass(slots=True)
class LoggedCall:
    """One line of the call log; `status` 0 means that no answer was sent."""

    index: int
    at: str
    method: str
    path: str
    query: dict[str, list[str]]
    wire_method: str
    body: bytes = b""
    """JSON as it came: a log of many writes would be large otherwise."""
    status: int = 0
    code: str | None = None
    records: int | None = None
    fault: str | None = None

    def shown(self) -> JsonObject:
        """The line as the control route shows it."""
        return {**asdict(self), "body": _parsed(self.body)}


class CallLog:
    """Every API call since the start or the last clearing, in the order of arrival."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all calls; the index starts at 1 again."""
        self.calls: list[LoggedCall] = []
        self._indices = count(1)

    @property
    def latest(self) -> int:
        """The index of the latest call; 0 before the first."""
        return self.calls[-1].index if self.calls else 0

    def open(self, *, at: str, method: str, path: str) -> LoggedCall:
        """A new line, to be filled in while the call goes on."""
        line = LoggedCall(next(self._indices), at, method, path, {}, method)
        self.calls.append(line)
        return line


def _parsed(body: bytes) -> JsonValue:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def without_secrets(parameters: dict[str, list[str]]) -> dict[str, list[str]]:
    """The parameters as the log may show them."""
    return {name: values for name, values in parameters.items() if name not in SECRETS}
