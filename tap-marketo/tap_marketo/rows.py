"""Rows of the activity feeds: what all kinds have alike. Marketo docs: Activities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_client import JsonObject, parse_instant

from tap_marketo.bookmarks import ACTIVITY_DATE
from tap_marketo.errors import TapError
from tap_marketo.schemas import column, key_column, without_nul

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from marketo_client import Page

GUID: Final = "marketoGUID"
LEAD: Final = "leadId"

GUID_COLUMN: Final = key_column(GUID, "string", title="Marketo's identifier of the activity")
LEAD_COLUMN: Final = column(LEAD, "integer", title="Lead")
DATE_COLUMN: Final = key_column(ACTIVITY_DATE, "datetime", title="When it happened")


def unique(page: Page) -> list[JsonObject]:
    """The rows of a page, each identifier once; raises TapError for a row without one.

    Old instances gave rows an `id` before they had a `marketoGUID`.
    """
    found: dict[str, JsonObject] = {}
    for row in page.rows:
        guid = str(row.get(GUID) or row.get("id") or "")
        if not guid:
            raise TapError(
                f"an activity of lead {row.get(LEAD)} has no marketoGUID, so it cannot be written;"
                " report it to Marketo support, or leave its type out with `activity_types`"
            )
        found[guid] = {**row, GUID: guid}
    return list(found.values())


def happened_at(row: JsonObject) -> datetime:
    """When an activity happened; raises TapError where Marketo does not say."""
    try:
        return parse_instant(row[ACTIVITY_DATE])
    except (KeyError, TypeError, AttributeError, ValueError):
        raise TapError(
            f"activity {row[GUID]} has no activityDate, so it cannot be placed; report it to"
            " Marketo support, or leave its type out with `activity_types`"
        ) from None


def attributes(row: JsonObject) -> JsonObject:
    """The attributes under Marketo's own names, without NUL; empty ones are not among them."""
    found = {each["name"]: each.get("value") for each in row.get("attributes") or ()}
    return {without_nul(name): without_nul(value) for name, value in found.items()}


def losing_leads(merge_ids: object) -> Iterator[int]:
    """Ids in the attribute `Merge IDs`: a list, or its text, `[887, 888]`."""
    text = str(merge_ids or "")
    for word in text.strip("[] ").split(","):
        if word.strip().isdecimal():
            yield int(word)
