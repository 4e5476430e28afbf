"""The state that is handed in: made of this form where another tap wrote it, and checked.

singer-io's tap-marketo keeps `{"leads": {"updatedAt": ...}}` and one stream for each activity type,
`{"activities_visit_webpage": {"activityDate": ...}}`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from marketo_client import format_instant
from marketo_client.naming import fitted

from tap_marketo.bookmarks import ACTIVITY_DATE, object_at
from tap_marketo.errors import StateError
from tap_marketo.state.activity_bookmark import ActivitiesBookmark
from tap_marketo.state.lead_bookmark import CHANGES_UNTIL, MOMENTS, LeadsBookmark

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
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


def check_moments(
    state: Mapping[str, Any], *, selected: Collection[str], hubs: Collection[str], now: datetime
) -> None:
    """Raise StateError for a moment of these streams that lies after `now`, Marketo's own time.

    A read would find nothing behind it, and then go on from now: what lies between is lost.
    Of `hubs`, which read a feed for others, it is only told where the feed stands.
    """
    for name, stream in state.get(BOOKMARKS, {}).items():
        bookmark = LeadsBookmark(name, stream)
        moments = _reached(bookmark) if name in selected else {}
        cursors = _cursors(bookmark) if name in {*selected, *hubs} else {}
        for place, moment in (moments | cursors).items():
            if moment is not None and moment > now + CLOCKS_DIFFER:
                raise StateError(
                    f"{BOOKMARKS}.{name}.{place}",
                    f"is {format_instant(moment)}, which is after Marketo's own time,"
                    f" {format_instant(now)}",
                )


def _reached(bookmark: LeadsBookmark) -> dict[str, datetime | None]:
    """The moments up to which a stream is complete, by their places."""
    return {
        "replication_key_value": bookmark.reached,
        **{f"types.{type_id}": moment for type_id, moment in bookmark.types.items()},
        **{each: bookmark.moment(each) for each in MOMENTS},
    }


def _cursors(bookmark: LeadsBookmark) -> dict[str, datetime | None]:
    """The moments of what was left in the middle, by their places."""
    history = bookmark.history
    found: dict[str, datetime | None] = {
        "history.until": history.until if history else None,
        "history.next_window_start": history.next_window_start if history else None,
    }
    for number, reading in enumerate(bookmark.readings):
        found[f"reading[{number}].since"] = reading.since
        found[f"reading[{number}].until"] = reading.until
    return found


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
