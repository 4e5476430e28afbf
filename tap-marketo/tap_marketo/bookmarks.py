"""State: how bookmarks are read and written. Knows nothing of streams or Marketo.

All of it is in `bookmarks.<stream>`, all moments are UTC, and nothing in it runs ahead of the
records that are out. `reading` is a feed in the middle: where the next page is (`token`), and the
newest moment that was written (`datetime`), from which the token is made again if Marketo refuses
it. A reading is taken up again only for the same types or fields, for no more streams, and if it
began early enough.

    "activities": {
      "replication_key": "activityDate", "replication_key_value": "2026-11-23T10:00:00Z",
      "types": {"1": "2026-11-24T10:00:00Z", "13": "2026-11-23T10:00:00Z"},
      "rechecked_at": "2026-11-24T10:00:00Z",
      "reading": [{"types": [1, 13], "streams": ["activities", "activity_visit_webpage"],
                   "since": "2026-11-23T09:55:00Z", "until": "2026-11-24T10:00:00Z",
                   "token": "GIYDAOBNGE======", "datetime": "2026-11-23T18:12:44Z"}]}
    "activity_visit_webpage": {
      "replication_key": "activityDate", "replication_key_value": "2026-11-24T10:00:00Z",
      "activity_type_id": 1}
    "lead_changes": {
      "replication_key": "activityDate", "replication_key_value": "2026-11-24T10:00:00Z",
      "rechecked_at": "2026-11-24T10:00:00Z",
      "reading": [{"fields": "5f2b9c01", "streams": ["lead_changes", "leads"], "since": "...",
                   "until": "...", "token": "...", "datetime": "..."}]}

The bookmark of `leads` is in `lead_bookmark.py`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marketo_client import JsonObject, format_instant, parse_instant

from tap_marketo.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

ACTIVITY_DATE: Final = "activityDate"
RECHECKED_AT: Final = "rechecked_at"


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

    def includes(self, other: Scope) -> bool:
        """Has it seen all that the other wants, and perhaps more types?"""
        return (
            self.fields == other.fields
            and set(other.types) <= set(self.types)
            and set(other.streams) <= set(self.streams)
        )


def digest(names: Sequence[str]) -> str:
    """A short text that differs when the names or their order do."""
    return hashlib.sha256(",".join(names).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Reading:
    """A feed in the middle of being read; `reached` is the newest moment written."""

    scope: Scope
    since: datetime
    until: datetime
    token: str
    reached: datetime


class Bookmark:
    """One stream's part of the state. Reading it raises StateError with the place."""

    def __init__(self, stream: str, state: dict[str, Any]) -> None:
        self.state = state
        self.place = f"bookmarks.{stream}"

    @property
    def reached(self) -> datetime | None:
        """Up to where the stream is complete; None before its first complete read."""
        value = self.state.get("replication_key_value")
        return None if value is None else moment_at(value, f"{self.place}.replication_key_value")

    def finish(self, until: datetime) -> None:
        """The stream is complete up to that moment."""
        self.state["replication_key"] = ACTIVITY_DATE
        self.state["replication_key_value"] = format_instant(until)

    @property
    def rechecked_at(self) -> datetime | None:
        """When the last hours were read again, or all was read for the first time."""
        value = self.state.get(RECHECKED_AT)
        return None if value is None else moment_at(value, f"{self.place}.{RECHECKED_AT}")

    def finish_recheck(self, at: datetime) -> None:
        """The last hours before that moment are read again."""
        self.state[RECHECKED_AT] = format_instant(at)

    @property
    def activity_type(self) -> int | None:
        """The activity type that the stream is of; None where it is of none, or was never read."""
        value = self.state.get("activity_type_id")
        return None if value is None else number_at(value, f"{self.place}.activity_type_id")

    def keep_activity_type(self, type_id: int) -> None:
        """Remember the type: its stream is the same when it is called otherwise in Marketo."""
        self.state["activity_type_id"] = type_id

    @property
    def types(self) -> dict[int, datetime]:
        """Up to where each activity type is complete."""
        place = f"{self.place}.types"
        types = object_at(self.state.get("types", {}), place)
        return {
            number_at(key, f"{place}.{key}"): moment_at(at, f"{place}.{key}")
            for key, at in types.items()
        }

    def finish_types(self, types: Iterable[int], *, until: datetime) -> None:
        """These activity types are complete up to that moment."""
        known = self.state.setdefault("types", {})
        known.update({str(type_id): format_instant(until) for type_id in types})

    @property
    def readings(self) -> list[Reading]:
        """Feeds that an earlier run left in the middle."""
        place = f"{self.place}.reading"
        rows = self.listed("reading")
        return [_reading(row, f"{place}[{number}]") for number, row in enumerate(rows)]

    @property
    def stopped(self) -> list[tuple[Scope, datetime]]:
        """What reads in the middle are of, and up to where their rows are out."""
        return [(each.scope, each.reached) for each in self.readings]

    def keep(self, reading: Reading) -> None:
        """Remember where a feed stands, instead of where the same scope stood before."""
        others = [each for each in self.readings if each.scope != reading.scope]
        self.state["reading"] = [_reading_row(each) for each in (*others, reading)]

    def drop(self, scope: Scope) -> None:
        """A feed is read to its end."""
        others = [_reading_row(each) for each in self.readings if each.scope != scope]
        self.put("reading", others)

    def drop_all(self) -> None:
        """All feeds are read to their end; what an older selection left is of no use."""
        self.put("reading", [])

    def names(self, key: str) -> frozenset[str]:
        """A list of names; none where it was never kept."""
        return frozenset(str(name) for name in self.listed(key))

    def listed(self, key: str) -> list[object]:
        """A list; empty where it was never kept."""
        values = self.state.get(key, [])
        if not isinstance(values, list):
            raise StateError(f"{self.place}.{key}", "is not a list")
        return values

    def put(self, key: str, value: object) -> None:
        """Keep something in the state; what is empty is not kept."""
        if value:
            self.state[key] = value
        else:
            self.state.pop(key, None)


def _reading(value: object, place: str) -> Reading:
    row = object_at(value, place)
    scope = scope_of({"types": [], "fields": "", **row}, place)
    moments = moments_of(row, place, "since", "until", "datetime")
    token: str = member_of(row, "token", place, str)
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


def scope_of(row: JsonObject, place: str) -> Scope:
    """The members of a row that say what is read, and for whom. Raises StateError."""
    streams = member_of(row, "streams", place, list)
    if not all(isinstance(each, str) for each in streams):
        raise StateError(f"{place}.streams", "is no list of names")
    types = numbers_at(member_of(row, "types", place, list), f"{place}.types")
    return Scope(tuple(streams), tuple(types), member_of(row, "fields", place, str))


def object_at(value: object, place: str) -> JsonObject:
    """The value, an object. Raises StateError."""
    if not isinstance(value, dict):
        raise StateError(place, "is not an object")
    return value


def member_of(row: Mapping[str, Any], key: str, place: str, kind: type) -> Any:  # noqa: ANN401 - JSON
    """The member of a row, of that kind. Raises StateError."""
    if not isinstance(row.get(key), kind):
        raise StateError(f"{place}.{key}", "is missing or of another kind")
    return row[key]


def moments_of(row: Mapping[str, Any], place: str, *keys: str) -> dict[str, datetime]:
    """The members of a row that are moments, by key. Raises StateError."""
    return {key: moment_at(row.get(key), f"{place}.{key}") for key in keys}


def moment_at(value: object, place: str) -> datetime:
    """The value, a moment in UTC. Raises StateError."""
    if not isinstance(value, str):
        raise StateError(place, "is not a date with a time")
    try:
        return parse_instant(value)
    except ValueError:
        raise StateError(place, "is not a date with a time") from None


def numbers_at(values: Iterable[object], place: str) -> list[int]:
    """The values, all whole numbers. Raises StateError with the place of the one that is not."""
    return [number_at(each, f"{place}[{number}]") for number, each in enumerate(values)]


def number_at(value: object, place: str) -> int:
    """The value, a whole number, perhaps as text. Raises StateError."""
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    raise StateError(place, "is not a whole number")
