"""Folders of the asset tree: what a first run asks to learn how old an instance is.

Marketo docs: Folders (Asset API).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_client.http.calls import Call
from marketo_client.records.paging import asset_pages
from marketo_client.timestamps import OLDEST_MARKETO, parse_instant

if TYPE_CHECKING:
    from datetime import datetime

    from marketo_client.http.transport import Transport

PERMISSION: Final = "Read-Only Assets"


class Folders:
    """The folder calls of one instance."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def oldest_created_at(self) -> datetime | None:
        """When the oldest top folder was made: no lead is older. None without any folder.

        A folder whose date cannot be read may be as old as Marketo itself.
        Raises MissingPermissionError without Read-Only Assets.
        """
        call = Call(
            "GET", "/rest/asset/v1/folders.json", query={"maxDepth": 1}, permission=PERMISSION
        )
        moments = (
            _moment(str(row["createdAt"]))
            for page in asset_pages(self._transport, call)
            for row in page.rows
            if row.get("createdAt")
        )
        return min(moments, default=None)


def _moment(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError:
        return OLDEST_MARKETO
