"""How many calls the instance has spent.

Marketo docs: Usage. These calls count themselves, and need no permission.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_client.calls import Call

if TYPE_CHECKING:
    from marketo_client.transport import Transport


class Usage:
    """The statistics calls of one instance."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def calls_today(self) -> int:
        """Calls of all applications since midnight US Central time."""
        reply = self._transport.send(Call("GET", "/rest/v1/stats/usage.json"))
        with reply.reading():
            return sum(int(day["total"]) for day in reply.rows)
