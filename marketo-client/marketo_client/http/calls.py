"""One call to Marketo as data, and how its address and body come out on the wire.

Knows nothing of tokens, limits or answers. Marketo docs: Lead Database, Error Codes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

import orjson
from urllib3.filepost import encode_multipart_formdata

if TYPE_CHECKING:
    from collections.abc import Mapping

JsonObject = dict[str, Any]

LONGEST_URI: Final = 7_000  # bytes; Marketo refuses 8 KB with 414
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_API_NAME: Final = "{api_name}"
_AS_THEY_ARE: Final = ",@"  # in a query, as Marketo's own examples have them. Marketo docs: Leads


class Repeat(Enum):
    """May a call be sent again when it is not known whether Marketo has carried it out?"""

    ALWAYS = "reads, and writes that come to the same when done twice"
    ONLY_IF_REFUSED = "writes that would be done twice"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send, as Marketo's bulk import takes it."""

    name: str
    content: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True)
class Call:
    """What to ask: `path` is a template without ids, filled from `place`.

    `row_type` is what the rows of the answer are. A query that `names_people` is never in an
    address, which proxies and servers log.
    """

    method: str
    path: str
    place: Mapping[str, str | int] = field(default_factory=dict)
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: JsonObject | None = None
    upload: Upload | None = None
    row_type: type[dict[str, Any] | str] = dict
    permission: str = ""
    repeat: Repeat = Repeat.ALWAYS
    names_people: bool = False
    shortest_timeout_seconds: float = 0

    @property
    def endpoint(self) -> str:
        """What errors call it: the path with the names of objects, and without ids."""
        return self.path.replace(_API_NAME, str(self.place.get("api_name", _API_NAME)))


@dataclass(frozen=True, slots=True)
class WireCall:
    """The same call as it is sent, without host and token."""

    method: str
    target: str
    body: bytes | None = None
    content_type: str | None = None


def on_the_wire(call: Call) -> WireCall:
    """Method, target and body; a long or private query moves to the body (`_method=GET`).

    What is posted without a body is JSON too, as in Adobe's contract and recorded calls.
    """
    path = call.path.format_map({name: quote(str(at), safe="") for name, at in call.place.items()})
    query = urlencode(call.query, safe=_AS_THEY_ARE)
    target = f"{path}?{query}" if query else path
    if call.body is not None:
        return WireCall(call.method, target, orjson.dumps(call.body), _JSON)
    if call.upload is not None:
        file = (call.upload.name, call.upload.content, call.upload.content_type)
        return WireCall(call.method, target, *encode_multipart_formdata({"file": file}))
    is_long = len(target) > LONGEST_URI and not path.startswith("/rest/asset/")
    if call.method == "GET" and (is_long or call.names_people):
        return WireCall("POST", f"{path}?_method=GET", query.encode(), _FORM)
    return WireCall(call.method, target, content_type=None if call.method == "GET" else _JSON)
