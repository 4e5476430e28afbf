"""State: the only place that reads and writes bookmarks. Knows nothing of streams or Marketo.

All of it is in `bookmarks.<stream>`, all moments are UTC, and nothing in it runs ahead of the
records that are out. `reading` is a feed in the middle: where the next page is (`token`), and the
newest moment that was written (`datetime`), from which the token is made again if Marketo refuses
it. A reading is taken up again only for the same types or fields, for no more streams, and if it
began early enough.

    "activities": {
      "replication_key": "activityDate", "replication_key_value": "2026-11-23T10:00:00Z",
      "types": {"1": "2026-11-24T10:00:00Z", "13": "2026-11-23T10:00:00Z"},
      "reading": [{"types": [1, 13], "streams": ["activities", "activity_visit_webpage"],
                   "since": "2026-11-23T09:55:00Z", "until": "2026-11-24T10:00:00Z",
                   "token": "GIYDAOBNGE======", "datetime": "2026-11-23T18:12:44Z"}]}
    "activity_visit_webpage": {
      "replication_key": "activityDate", "replication_key_value": "2026-11-24T10:00:00Z"}
    "lead_changes": {
      "replication_key": "activityDate", "replication_key_value": "2026-11-24T10:00:00Z",
      "reading": [{"fields": "5f2b9c01", "streams": ["lead_changes", "leads"], "since": "...",
                   "until": "...", "token": "...", "datetime": "..."}]}
    "leads", in its history: {
      "history": {"start": "2024-01-01T00:00:00Z", "until": "2026-11-24T10:00:00Z",
                  "next_window_start": "2024-03-03T00:00:00Z",
                  "job": {"id": "ce45a7a1-...", "fields": "5f2b9c01",
                          "start": "2024-03-03T00:00:00Z", "end": "2024-04-02T23:59:59Z",
                          "rows_out": 20000}}}
    "leads", later: {"changes_until": "2026-11-24T10:00:00Z", "queue": [7149, 7152]}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marketo_client import JsonObject, format_instant, parse_instant

from tap_marketo.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

ACTIVITY_DATE: Final = "activityDate"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a cursor reads: types or a digest of fields, on behalf of which streams."""

    streams: tuple[str, ...]
    types: tuple[int, ...] = ()
    fields: str = ""

    def covers(self, other: Scope) -> bool:
        """Has a cursor of this scope seen all that the other wants?"""
        same = (self.types, self.fields) == (other.types, other.fields)
        return same and set(other.streams) <= set(self.streams)


@dataclass(frozen=True, slots=True)
class Reading:
    """A feed in the middle of being read; `reached` is the newest moment written."""

    scope: Scope
    since: datetime
    until: datetime
    token: str
    reached: datetime


@dataclass(frozen=True, slots=True)
class HistoryJob:
    """The bulk job of one window; `fields` is a digest of the columns of its file."""

    id: str
    fields: str
    start: datetime
    end: datetime
    rows_out: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """The first read of all leads, window after window."""

    start: datetime
    until: datetime
    next_window_start: datetime
    job: HistoryJob | None = None


class Bookmark:
    """One stream's part of the state. Reading it raises StateError with the place."""

    def __init__(self, stream: str, state: dict[str, Any]) -> None:
        self._state = state
        self._place = f"bookmarks.{stream}"

    @property
    def reached(self) -> datetime | None:
        """Up to where the stream is complete; None before its first complete read."""
        value = self._state.get("replication_key_value")
        return None if value is None else _moment(value, f"{self._place}.replication_key_value")

    def finish(self, until: datetime) -> None:
        """The stream is complete up to that moment."""
        self._state["replication_key"] = ACTIVITY_DATE
        self._state["replication_key_value"] = format_instant(until)

    @property
    def types(self) -> dict[int, datetime]:
        """Up to where each activity type is complete."""
        place = f"{self._place}.types"
        types = _object(self._state.get("types", {}), place)
        return {_number(key, place): _moment(at, f"{place}.{key}") for key, at in types.items()}

    def finish_types(self, types: Iterable[int], *, until: datetime) -> None:
        """These activity types are complete up to that moment."""
        known = self._state.setdefault("types", {})
        known.update({str(type_id): format_instant(until) for type_id in types})

    @property
    def readings(self) -> list[Reading]:
        """Feeds that an earlier run left in the middle."""
        place = f"{self._place}.reading"
        rows = self._state.get("reading", [])
        if not isinstance(rows, list):
            raise StateError(place, "is not a list")
        return [_reading(row, f"{place}[{number}]") for number, row in enumerate(rows)]

    def keep(self, reading: Reading) -> None:
        """Remember where a feed stands, instead of where the same scope stood before."""
        others = [each for each in self.readings if each.scope != reading.scope]
        self._state["reading"] = [_reading_row(each) for each in (*others, reading)]

    def drop(self, scope: Scope) -> None:
        """A feed is read to its end."""
        others = [_reading_row(each) for each in self.readings if each.scope != scope]
        self._put("reading", others)

    def drop_all(self) -> None:
        """All feeds are read to their end; what an older selection left is of no use."""
        self._put("reading", [])

    def _put(self, key: str, values: list[Any]) -> None:
        """An empty list is not kept."""
        self._state[key] = values
        if not values:
            del self._state[key]


class LeadsBookmark(Bookmark):
    """The state of `leads`: its history, then how far the changes are read."""

    @property
    def changes_until(self) -> datetime | None:
        """Up to where changes are read; None until the history is complete."""
        value = self._state.get("changes_until")
        return None if value is None else _moment(value, f"{self._place}.changes_until")

    def finish_changes(self, until: datetime) -> None:
        """All changes up to that moment are read."""
        self._state["changes_until"] = format_instant(until)

    @property
    def queue(self) -> list[int]:
        """Leads that have changed and are not read yet."""
        place = f"{self._place}.queue"
        ids = self._state.get("queue", [])
        if not isinstance(ids, list):
            raise StateError(place, "is not a list")
        return [_number(each, place) for each in ids]

    def keep_queue(self, ids: Iterable[int]) -> None:
        """Remember which leads are still to be read."""
        self._put("queue", list(ids))

    @property
    def history(self) -> History | None:
        """The history that is being read; None before and after."""
        if "history" not in self._state:
            return None
        place = f"{self._place}.history"
        row = _object(self._state["history"], place)
        return History(
            **_moments(row, place, "start", "until", "next_window_start"),
            job=_job(row["job"], f"{place}.job") if row.get("job") else None,
        )

    def keep_history(self, history: History) -> None:
        """Remember where the history stands."""
        row: JsonObject = {
            "start": format_instant(history.start),
            "until": format_instant(history.until),
            "next_window_start": format_instant(history.next_window_start),
        }
        if history.job:
            row["job"] = _job_row(history.job)
        self._state["history"] = row

    def finish_history(self, until: datetime) -> None:
        """All leads are out as they were at that moment; changes go on from there."""
        self.finish_changes(until)
        self._state.pop("history", None)


def check(state: Mapping[str, Any]) -> None:
    """Read all bookmarks, so that a state that cannot be read stops a run before it begins.

    Raises StateError with the place.
    """
    for name, stream in _object(state.get("bookmarks", {}), "bookmarks").items():
        bookmark = LeadsBookmark(name, _object(stream, f"bookmarks.{name}"))
        _ = bookmark.reached, bookmark.types, bookmark.readings
        _ = bookmark.changes_until, bookmark.queue, bookmark.history


def _reading(value: object, place: str) -> Reading:
    row = _object(value, place)
    scope = Scope(
        streams=tuple(_text(row, "streams", place, list)),
        types=tuple(_number(each, f"{place}.types") for each in row.get("types", ())),
        fields=row.get("fields", ""),
    )
    moments = _moments(row, place, "since", "until", "datetime")
    token: str = _text(row, "token", place, str)
    return Reading(scope, moments["since"], moments["until"], token, moments["datetime"])


def _reading_row(reading: Reading) -> JsonObject:
    scope: JsonObject = {"streams": list(reading.scope.streams)}
    if reading.scope.types:
        scope["types"] = list(reading.scope.types)
    if reading.scope.fields:
        scope["fields"] = reading.scope.fields
    return {
        **scope,
        "since": format_instant(reading.since),
        "until": format_instant(reading.until),
        "token": reading.token,
        "datetime": format_instant(reading.reached),
    }


def _job(value: object, place: str) -> HistoryJob:
    row = _object(value, place)
    return HistoryJob(
        id=_text(row, "id", place, str),
        fields=_text(row, "fields", place, str),
        **_moments(row, place, "start", "end"),
        rows_out=_number(row.get("rows_out"), f"{place}.rows_out"),
    )


def _job_row(job: HistoryJob) -> JsonObject:
    return {
        "id": job.id,
        "fields": job.fields,
        "start": format_instant(job.start),
        "end": format_instant(job.end),
        "rows_out": job.rows_out,
    }


def _object(value: object, place: str) -> JsonObject:
    if not isinstance(value, dict):
        raise StateError(place, "is not an object")
    return value


def _text(row: Mapping[str, Any], key: str, place: str, kind: type) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(row.get(key), kind):
        raise StateError(f"{place}.{key}", "is missing or of another kind")
    return row[key]


def _moments(row: Mapping[str, Any], place: str, *keys: str) -> dict[str, datetime]:
    return {key: _moment(row.get(key), f"{place}.{key}") for key in keys}


def _moment(value: object, place: str) -> datetime:
    if not isinstance(value, str):
        raise StateError(place, "is not a date with a time")
    try:
        return parse_instant(value)
    except ValueError:
        raise StateError(place, "is not a date with a time") from None


def _number(value: object, place: str) -> int:
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    raise StateError(place, "is not a whole number")
