"""Which columns a file of activities can have, and what is in them.

Marketo docs: Bulk Activity Extract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_simulator.activities.store import Activity
    from marketo_simulator.exports.files import Values

CELLS: Final[dict[str, Callable[[Activity], Any]]] = {
    "marketoGUID": lambda row: str(row.number),
    "leadId": lambda row: row.lead_id,
    "activityDate": lambda row: row.at,
    "activityTypeId": lambda row: row.type_id,
    "campaignId": lambda row: row.campaign_id,
    "primaryAttributeValueId": lambda row: row.primary_id,
    "primaryAttributeValue": lambda row: row.primary_value,
    "attributes": lambda row: orjson.dumps(row.attributes).decode(),
    "actionResult": lambda _row: "succeeded",
}
ON_REQUEST_ONLY: Final = frozenset({"actionResult"})
DEFAULT_FIELDS: Final = tuple(name for name in CELLS if name not in ON_REQUEST_ONLY)


def values(row: Activity) -> Values:
    """The row as a file shows it; attributes are one JSON object."""
    return {name: cell(row) for name, cell in CELLS.items()}
