"""The state that is handed in: made of this form where another tap wrote it, and checked.

singer-io's tap-marketo keeps `{"leads": {"updatedAt": ...}}` and one stream for each activity type,
`{"activities_visit_webpage": {"activityDate": ...}}`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from marketo_client import format_instant
from marketo_client.naming import fitted

from tap_marketo.activity_bookmark import ActivitiesBookmark
from tap_marketo.bookmarks import ACTIVITY_DATE, object_at
from tap_marketo.errors import StateError
from tap_marketo.lead_bookmark import CHANGES_UNTIL, MOMENTS, LeadsBookmark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from marketo_client import JsonObject

BOOKMARKS: Final = "bookmarks"
FOREIGN_LEADS: Final = "updatedAt"
FOREIGN_STREAM: Final = "activities_"
OWN_STREAM: Final = "activity_"
CLOCKS_DIFFER: Final = timedelta(minutes=10)  # at most, between the servers of one Marketo


def accepted(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state in this tap's form. Raises StateError with the place that cannot be read."""
    if state and BOOKMARKS not in state:
        raise StateError(BOOKMARKS, "is missing: this is not the `value` of a STATE message")
    bookmarks = state.get(BOOKMARKS)
    streams = {} if bookmarks is None else object_at(bookmarks, BOOKMARKS)
    own: JsonObject = {}
    for name, value in streams.items():
        stream = object_at(value, f"{BOOKMARKS}.{name}")
        own.setdefault(_own_name(name), {}).update(_own_form(name, stream))
    for name, stream in own.items():
        _check(name, stream)
    return {**state, BOOKMARKS: own}


def check_moments(state: Mapping[str, Any], *, streams: Collection[str], now: datetime) -> None:
    """Raise StateError for a moment of these streams that lies after `now`, Marketo's own time.

    A read would find nothing behind it, and then go on from now: what lies between is lost.
    """
    for name, stream in state.get(BOOKMARKS, {}).items():
        for place, moment in _moments(name, stream) if name in streams else ():
            if moment > now + CLOCKS_DIFFER:
                raise StateError(
                    f"{BOOKMARKS}.{name}.{place}",
                    f"is {format_instant(moment)}, which is after Marketo's own time,"
                    f" {format_instant(now)}",
                )


def _moments(name: str, stream: JsonObject) -> Iterator[tuple[str, datetime]]:
    """All moments that reads go on from, with their places."""
    bookmark = LeadsBookmark(name, stream)
    history = bookmark.history
    found = {
        "replication_key_value": bookmark.reached,
        **{f"types.{type_id}": moment for type_id, moment in bookmark.types.items()},
        **{each: bookmark.moment(each) for each in MOMENTS},
        "history.until": history and history.until,
        "history.next_window_start": history and history.next_window_start,
    }
    for number, reading in enumerate(bookmark.readings):
        found[f"reading[{number}].since"] = reading.since
        found[f"reading[{number}].until"] = reading.until
    return ((place, moment) for place, moment in found.items() if moment)


def _check(name: str, stream: JsonObject) -> None:
    """Read all that a stream may have, so that a run stops before it begins."""
    bookmark = LeadsBookmark(name, stream)
    _ = bookmark.reached, bookmark.types, bookmark.readings, bookmark.activity_type
    _ = bookmark.queue, bookmark.gone, bookmark.history, bookmark.version, bookmark.members
    _ = bookmark.fields_read, bookmark.left_out
    _ = [bookmark.moment(name) for name in MOMENTS]
    activities = ActivitiesBookmark(name, stream)
    _ = activities.history_of, activities.rechecked_at, activities.lead_fields


def _own_name(name: str) -> str:
    if name.startswith(FOREIGN_STREAM):
        return fitted(OWN_STREAM + name.removeprefix(FOREIGN_STREAM))
    return name


def _own_form(name: str, stream: JsonObject) -> JsonObject:
    if name == "leads" and FOREIGN_LEADS in stream:
        return {CHANGES_UNTIL: stream[FOREIGN_LEADS]}
    if name.startswith(FOREIGN_STREAM) and ACTIVITY_DATE in stream:
        return {"replication_key": ACTIVITY_DATE, "replication_key_value": stream[ACTIVITY_DATE]}
    return stream
