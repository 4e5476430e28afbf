"""Static lists: whether there is one of that id or name. Marketo docs: Static Lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_client.errors import RecordNotFoundError
from marketo_client.http.calls import Call

if TYPE_CHECKING:
    from marketo_client.http.transport import Transport

PERMISSION: Final = "Read-Only Lead"


class StaticLists:
    """The calls for static lists of one instance."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def check(self, one: int | str) -> None:
        """Raises RecordNotFoundError where this API user sees no list of that id or name."""
        reply = self._transport.send(_by_id(one) if isinstance(one, int) else _by_name(one))
        if not reply.rows:
            raise RecordNotFoundError(
                f"Marketo shows no such static list (request {reply.request_id})",
                request_id=reply.request_id,
            )


def _by_id(number: int) -> Call:
    place = {"list_id": number}
    return Call("GET", "/rest/v1/lists/{list_id}.json", place=place, permission=PERMISSION)


def _by_name(name: str) -> Call:
    return Call("GET", "/rest/v1/lists.json", query={"name": name}, permission=PERMISSION)
