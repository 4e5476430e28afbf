"""The bookmark of `leads`: its bulk read in the middle, and how far its three feeds are read.

`history` is a bulk read, of all leads (`by` createdAt) or of those that changed (updatedAt); it
goes when it is complete, and `changes_until` is the sign of that. `queue` holds leads that are
still to be read by id, `gone` those that are still to be marked. `fields_read` are the fields that
the last run had; `left_out` those that it had not, since they were hidden or not selected.

    in a bulk read: {
      "history": {"by": "createdAt", "start": "2024-01-01T00:00:00Z",
                  "until": "2026-11-24T10:00:00Z", "next_window_start": "2024-03-03T00:00:00Z",
                  "job": {"id": "ce45a7a1-...", "fields": "5f2b9c01",
                          "start": "2024-03-03T00:00:00Z", "end": "2024-04-02T23:59:59Z",
                          "rows_out": 20000}},
      "fields_read": ["email", "id"], "left_out": ["fax"]}
    later: {
      "changes_until": "2026-11-24T10:00:00Z", "merges_until": "2026-11-24T10:00:00Z",
      "deletes_until": "2026-11-24T10:00:00Z", "rechecked_at": "2026-11-24T10:00:00Z",
      "queue": [7149, 7152], "gone": {"7150": "2026-11-24T09:12:00Z"},
      "fields_read": ["email", "id"], "left_out": ["fax"]}

    under `leads_filter`, in the middle: {
      "members": {"of": "5f2b9c01", "id": "ce45a7a1-...", "made_at": "2026-11-24T10:00:00Z",
                  "rows_out": 20000}}

`lead_ids` keeps its `history` in the same form, with the `version` that its records carry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from marketo_client import LONGEST_WINDOW, JsonObject, Window, format_instant

from tap_marketo.bookmarks import (
    RECHECKED_AT,
    Bookmark,
    member_of,
    moment_at,
    moments_of,
    number_at,
    numbers_at,
    object_at,
)
from tap_marketo.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

CHANGES_UNTIL: Final = "changes_until"
MERGES_UNTIL: Final = "merges_until"
DELETES_UNTIL: Final = "deletes_until"
FILTER_REFUSED_AT: Final = "updated_filter_refused_at"
ONE_SECOND: Final = timedelta(seconds=1)
WINDOW: Final = LONGEST_WINDOW - ONE_SECOND  # both ends of a window belong to it
MOMENTS: Final = (CHANGES_UNTIL, MERGES_UNTIL, DELETES_UNTIL, RECHECKED_AT, FILTER_REFUSED_AT)


class By(StrEnum):
    """The date of a lead that the windows of a bulk read go by."""

    CREATED = "createdAt"
    UPDATED = "updatedAt"


@dataclass(frozen=True, slots=True)
class HistoryJob:
    """The bulk job of one window; `fields` is a digest of the columns of its file."""

    id: str
    fields: str
    start: datetime
    end: datetime
    rows_out: int = 0


@dataclass(frozen=True, slots=True)
class MembersJob:
    """The bulk job of a list's members; `of` is a digest of the list and of the columns."""

    of: str
    id: str
    made_at: datetime
    rows_out: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """A bulk read of leads, window after window."""

    start: datetime
    until: datetime
    next_window_start: datetime
    by: By = By.CREATED
    job: HistoryJob | None = None

    @property
    def is_out(self) -> bool:
        """Whether all windows are."""
        return self.next_window_start >= self.until

    @property
    def window(self) -> Window:
        """The next one to be read."""
        start = self.next_window_start
        return Window(start, min(start + WINDOW, self.until))

    def behind(self, window: Window) -> Self:
        """The same read when that window is out.

        The next one begins with the second that this one ends with: what happened within that
        second may be in either of them. Marketo docs: Bulk Extract.
        """
        return replace(self, next_window_start=window.end, job=None)

    def place(self, window: Window) -> str:
        """Which window it is, in words."""
        number, last = ((at - self.start) // WINDOW + 1 for at in (window.start, self.until))
        return f"window {number} of {last}"


class HistoryBookmark(Bookmark):
    """The state of a stream that is read by bulk extract of leads."""

    @property
    def history(self) -> History | None:
        """The bulk read in the middle; None before and after."""
        if "history" not in self.state:
            return None
        place = f"{self.place}.history"
        row = object_at(self.state["history"], place)
        by = row.get("by", By.CREATED)
        if by not in list(By):
            raise StateError(f"{place}.by", f"is neither {By.CREATED} nor {By.UPDATED}")
        return History(
            **moments_of(row, place, "start", "until", "next_window_start"),
            by=By(by),
            job=_job(row["job"], f"{place}.job") if row.get("job") else None,
        )

    def keep_history(self, history: History) -> None:
        """Remember where the bulk read stands."""
        row: JsonObject = {
            "by": history.by.value,
            "start": format_instant(history.start),
            "until": format_instant(history.until),
            "next_window_start": format_instant(history.next_window_start),
        }
        if history.job:
            row["job"] = _job_row(history.job)
        self.state["history"] = row

    def finish_history(self, until: datetime) -> None:  # noqa: ARG002 - LeadsBookmark keeps it
        """All leads are out as they were at that moment or later."""
        self.state.pop("history", None)

    @property
    def version(self) -> int | None:
        """The version of the records that are out of a table read whole."""
        version = self.state.get("version")
        return None if version is None else number_at(version, f"{self.place}.version")

    def keep_version(self, version: int | None) -> None:
        """Remember the version until the table is read whole."""
        self.put("version", version)


class LeadsBookmark(HistoryBookmark):
    """The state of `leads`."""

    def moment(self, name: str) -> datetime | None:
        """One of MOMENTS; None where it was never kept."""
        value = self.state.get(name)
        return None if value is None else moment_at(value, f"{self.place}.{name}")

    def keep_moment(self, name: str, moment: datetime | None) -> None:
        """Remember one of MOMENTS, or forget it."""
        self.put(name, moment and format_instant(moment))

    @property
    def changes_until(self) -> datetime | None:
        """Up to where changes are read; None until there was one complete bulk read."""
        return self.moment(CHANGES_UNTIL)

    def forget(self) -> None:
        """The stream does not hold all leads any more: once it is to, it starts anew."""
        members = self.members
        self.state.clear()
        self.keep_members(members)

    @property
    def members(self) -> MembersJob | None:
        """The bulk job of a list's members in the middle; None before and after."""
        if "members" not in self.state:
            return None
        place = f"{self.place}.members"
        row = object_at(self.state["members"], place)
        return MembersJob(
            of=member_of(row, "of", place, str),
            id=member_of(row, "id", place, str),
            **moments_of(row, place, "made_at"),
            rows_out=number_at(row.get("rows_out"), f"{place}.rows_out"),
        )

    def keep_members(self, job: MembersJob | None) -> None:
        """Remember the job of a list's members, or forget it."""
        self.put("members", job and _members_row(job))

    @property
    def queue(self) -> list[int]:
        """Leads that have changed and are not read yet."""
        return numbers_at(self.listed("queue"), f"{self.place}.queue")

    def keep_queue(self, ids: Iterable[int]) -> None:
        """Remember which leads are still to be read."""
        self.put("queue", list(ids))

    @property
    def gone(self) -> dict[int, datetime]:
        """Leads that are to be marked at the end of the run, and when they went."""
        place = f"{self.place}.gone"
        row = object_at(self.state.get("gone", {}), place)
        return {
            number_at(lead, f"{place}.{lead}"): moment_at(at, f"{place}.{lead}")
            for lead, at in row.items()
        }

    def keep_gone(self, gone: Mapping[int, datetime]) -> None:
        """Remember which leads are still to be marked."""
        self.put("gone", {str(lead): format_instant(at) for lead, at in gone.items()})

    @property
    def fields_read(self) -> frozenset[str]:
        """Fields that the last run had."""
        return self.names("fields_read")

    @property
    def left_out(self) -> frozenset[str]:
        """Fields that the last run had not: not selected, or not in Marketo any more."""
        return self.names("left_out")

    def keep_fields(self, read: frozenset[str], *, known: frozenset[str]) -> None:
        """Remember which fields are read; all others that are known, or ever were, are left out."""
        others = (known | self.fields_read | self.left_out) - read
        self.put("fields_read", sorted(read))
        self.put("left_out", sorted(others))

    def note_hidden(self, names: frozenset[str]) -> None:
        """These fields were hidden in the middle of the run: some leads come without them."""
        self.keep_fields(self.fields_read - names, known=names)

    def finish_history(self, until: datetime) -> None:
        """All leads are out as they were at that moment or later: the feeds go on from there.

        They are read again from there if they were ahead, since the files may be older than what
        the feeds brought. Of leads that are gone no file tells: those feeds go on from where they
        are, and deletions that were read ahead are in `gone`. A bulk read that went by updatedAt or
        by everything is a recheck too.
        """
        super().finish_history(until)
        self.drop_all()
        for name in (CHANGES_UNTIL, RECHECKED_AT):
            self.keep_moment(name, until)
        self.keep_moment(MERGES_UNTIL, min(self.moment(MERGES_UNTIL) or until, until))
        self.keep_moment(DELETES_UNTIL, self.moment(DELETES_UNTIL) or until)


def _job(value: object, place: str) -> HistoryJob:
    row = object_at(value, place)
    return HistoryJob(
        id=member_of(row, "id", place, str),
        fields=member_of(row, "fields", place, str),
        **moments_of(row, place, "start", "end"),
        rows_out=number_at(row.get("rows_out"), f"{place}.rows_out"),
    )


def _job_row(job: HistoryJob) -> JsonObject:
    return {
        "id": job.id,
        "fields": job.fields,
        "start": format_instant(job.start),
        "end": format_instant(job.end),
        "rows_out": job.rows_out,
    }


def _members_row(job: MembersJob) -> JsonObject:
    return {
        "of": job.of,
        "id": job.id,
        "made_at": format_instant(job.made_at),
        "rows_out": job.rows_out,
    }
