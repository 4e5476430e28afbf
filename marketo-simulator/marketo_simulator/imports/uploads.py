"""The file in a multipart body, and the rows in it. Marketo docs: Bulk Import.

Knows no object. Parameters may stand in the query or in the body, as Adobe's examples have both.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING, Final

from marketo_simulator.errors import MarketoError, invalid, missing

if TYPE_CHECKING:
    from email.message import EmailMessage

    from marketo_simulator.calls import Call

DELIMITERS: Final = {"csv": ",", "tsv": "\t", "ssv": ";"}
FILE: Final = "file"


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent: the parameters of the call, and the table in its file."""

    parameters: dict[str, str]
    size: int
    delimiter: str
    columns: list[str]
    rows: list[list[str]]


def read_upload(call: Call) -> Upload:
    """The upload in a call's body. Raises 613, 1002 or 1003; `Empty file` is one without rows."""
    parts = {str(_name(part)): part for part in _parts(call)}
    if FILE not in parts:
        raise missing(FILE)
    content = _content(parts.pop(FILE))
    parameters = {name: values[-1] for name, values in call.parameters.items() if values}
    parameters |= {name: _content(part).decode() for name, part in parts.items()}
    delimiter = DELIMITERS.get(parameters.get("format", "").lower())
    if delimiter is None:
        raise invalid("format", parameters.get("format", ""))
    lines = csv.reader(io.StringIO(content.decode("utf-8", "replace"), ""), delimiter=delimiter)
    columns, *rows = [line for line in lines if line] or [[]]
    if not rows:
        raise MarketoError("1003", "Empty file")
    return Upload(parameters, len(content), delimiter, columns, rows)


def _parts(call: Call) -> list[EmailMessage]:
    head = f"Content-Type: {call.content_type}\r\n\r\n".encode()
    message = BytesParser(policy=policy.HTTP).parsebytes(head + call.body)
    parts = list(message.iter_parts()) if message.is_multipart() else []
    if not parts or message.defects:
        raise MarketoError("613")
    return parts  # type: ignore[return-value]  # the policy makes messages of this class


def _name(part: EmailMessage) -> object:
    return part.get_param("name", header="content-disposition")


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
