"""Rows of the activity feeds: what all kinds have alike. Marketo docs: Activities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson
from marketo_client import ACTIVITY_COLUMNS, JsonObject, codec, parse_instant

from tap_marketo.bookmarks import ACTIVITY_DATE
from tap_marketo.errors import TapError
from tap_marketo.records.schemas import column, key_column, without_nul

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from marketo_client import Page

GUID: Final = "marketoGUID"
LEAD: Final = "leadId"
TYPE: Final = "activityTypeId"
ATTRIBUTES: Final = "attributes"
WHOLE_NUMBER: Final = codec("integer")
WAY_OUT: Final = (
    "report it to Marketo support; to go on without it, deselect the stream, or leave its type out"
    " of `activities` with `activity_types`"
)

GUID_COLUMN: Final = key_column(GUID, "string", title="Marketo's identifier of the activity")
LEAD_COLUMN: Final = column(LEAD, "integer", title="Lead")
DATE_COLUMN: Final = key_column(ACTIVITY_DATE, "datetime", title="When it happened")


def unique(page: Page) -> list[JsonObject]:
    """The rows of a page, each identifier once, ids as numbers; raises TapError without them.

    Old instances gave rows an `id` before they had a `marketoGUID`, and that is not unique.
    """
    found: dict[str, JsonObject] = {}
    for row in page.rows:
        guid = str(row.get(GUID) or row.get("id") or "")
        if not guid:
            raise TapError(
                f"an activity of lead {row.get(LEAD)} has no marketoGUID, so it cannot be written;"
                f" {WAY_OUT}"
            )
        whole = {**row, GUID: guid, LEAD: _number(row, LEAD, guid), TYPE: _number(row, TYPE, guid)}
        if not row.get(GUID) and found.get(guid, whole) != whole:
            raise TapError(
                f"two activities without marketoGUID share the id {guid}, so one would be written"
                f" over the other; {WAY_OUT}"
            )
        found[guid] = whole
    return list(found.values())


def _number(row: JsonObject, key: str, guid: str) -> int:
    """An id that may be a text of digits; raises TapError for anything else."""
    value = row.get(key)
    if type(value) is int:
        return value
    try:
        number = WHOLE_NUMBER.cast(value)
    except ValueError:
        number = None
    if not isinstance(number, int):
        raise TapError(
            f"activity {guid} has no {key} that is a whole number, so it cannot be written;"
            f" {WAY_OUT}"
        )
    return number


def of_export(cells: Sequence[str | None], *, misfit: Callable[[str], None]) -> JsonObject:
    """A row of a bulk file in the form of the feeds; raises TapError for one without a key."""
    row: JsonObject = dict(zip(ACTIVITY_COLUMNS, cells, strict=True))
    if not row[GUID] or not row[TYPE]:
        raise TapError(
            f"an activity of lead {row[LEAD]} in a bulk file has no marketoGUID or no type; set"
            " `activities_method` to `rest`, and report it to Marketo support"
        )
    try:
        values = orjson.loads(row[ATTRIBUTES] or "{}")
    except orjson.JSONDecodeError:
        values = None
    if not isinstance(values, dict | list):
        misfit(ATTRIBUTES)
        values = {}
    guid: str = row[GUID]
    lead = row[LEAD] and _number(row, LEAD, guid)
    return row | {LEAD: lead, TYPE: _number(row, TYPE, guid), ATTRIBUTES: values}


def happened_at(row: JsonObject) -> datetime:
    """When an activity happened; raises TapError where Marketo does not say."""
    try:
        return parse_instant(row[ACTIVITY_DATE])
    except (KeyError, TypeError, AttributeError, ValueError):
        raise TapError(
            f"activity {row[GUID]} has no activityDate, so it cannot be placed; {WAY_OUT}"
        ) from None


def attributes(row: JsonObject) -> JsonObject:
    """The attributes under Marketo's own names, without NUL; empty ones are not among them.

    They are an object in bulk files and a list of names and values in the feeds.
    """
    found = row.get(ATTRIBUTES) or ()
    if not isinstance(found, dict):
        found = {
            name: each.get("value")
            for each in found
            if (name := each.get("name") or each.get("apiName"))
        }
    return {without_nul(name): without_nul(value) for name, value in found.items()}


def losing_leads(merge_ids: object) -> list[int]:
    """Ids in the attribute `Merge IDs`: a list, or its text; none where any cannot be read."""
    try:
        text = f"[{merge_ids.strip('[] ')}]" if isinstance(merge_ids, str) else ""
        listed = orjson.loads(text) if text else merge_ids
        return [int(str(each)) for each in listed] if isinstance(listed, list) else []
    except ValueError:
        return []
