"""Who or what changes something: shows in the attributes of the activity rows. Knows no object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WEB_SERVICE: Final = "Web service API"
LIST_IMPORT: Final = "List import"


@dataclass(frozen=True, slots=True)
class Cause:
    """Who or what wrote: shows in the attributes of the activity rows."""

    source: str = WEB_SERVICE
    reason: str | None = WEB_SERVICE
    user: str | None = None
    campaign_id: int | None = None
    request_id: str | None = None
    method: str = "syncLead"
    """The API method, where a user wrote."""
    announced: bool = True
    """Whether the change leaves rows."""


API: Final = Cause()
