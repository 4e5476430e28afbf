"""A cursor over one of Marketo's feeds: each page once, STATE behind each page.

Knows nothing of what is in the rows beyond `activityDate`, nor who wants them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from marketo_client import RequestError, format_instant, parse_instant

from tap_marketo.bookmarks import ACTIVITY_DATE, Reading, Scope
from tap_marketo.errors import TapError
from tap_marketo.feeds import holes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from marketo_client import Page

    from tap_marketo.stream import MarketoStream

PERHAPS_THE_TOKEN: Final = frozenset({"1001", "1002", "1003"})  # Marketo does not always say so


class Feed:
    """One feed of one run; `hub` is the stream whose bookmark says where the feed stands."""

    def __init__(self, hub: MarketoStream) -> None:
        self._hub = hub
        self._activities = hub.instance.marketo.activities
        self._opened_at: datetime | None = None
        self._renewed_from: datetime | None = None

    def begin(self, scope: Scope, *, since: datetime) -> Reading:
        """Take up what an earlier run left in the middle, else start at that moment.

        A read is complete up to Marketo's time when its first paging token came.
        """
        self._renewed_from = None
        for reading in sorted(self._hub.bookmark.readings, key=lambda each: each.scope != scope):
            if reading.scope.covers(scope) and reading.since <= since:
                return self._taken_up(reading, scope)
        token = self._activities.paging_token(since)
        self._opened_at = self._opened_at or token.read_at
        reading = Reading(scope, since, self._opened_at, token.value, since)
        self._keep(reading)
        return reading

    def _taken_up(self, reading: Reading, scope: Scope) -> Reading:
        """The same place, but for these streams alone: others have not seen what comes from there.

        Their own cursor stays where it is.
        """
        reached = format_instant(reading.reached)
        self._hub.logger.info("going on where a run stopped, at %s", reached)
        types = scope.types or self._hub.types
        holes.tell_of_stop(self._hub, types, reached=reading.reached, begun=reading.until)
        taken_up = replace(reading, scope=scope)
        self._keep(taken_up)
        return taken_up

    def pages(self, reading: Reading, *, read: Callable[[str], Page]) -> Iterator[Page]:
        """Pages to the end of the feed; once the next is asked for, a page is in the hub's hands.

        A test run ends with the first page that has rows.
        """
        while True:
            page, reading = self._page(reading, read)
            self._hub.tap.progress.at(f"{self._hub.name}, {format_instant(reading.reached)}")
            yield page
            if not page.more or page.next_token is None or (self._hub.limit and page.rows):
                return
            reached = max([reading.reached, *_moments(page)])
            reading = replace(reading, token=page.next_token, reached=reached)
            self._hub.when_written(partial(self._pass, reading))

    def end(self, reading: Reading) -> None:
        """The bookmarks are moved behind the last page: forget where the cursor stood."""
        self._hub.bookmark.drop(reading.scope)
        self._hub.checkpoint()

    def finish(self) -> None:
        """Nothing of the feed is left in the middle, whatever older selections left there."""
        if self._hub.limit is None:
            self._hub.bookmark.drop_all()

    def _page(self, reading: Reading, read: Callable[[str], Page]) -> tuple[Page, Reading]:
        """One page; where the token may be what is refused, by another one for the same place."""
        try:
            return read(reading.token), reading
        except RequestError as error:
            if error.code not in PERHAPS_THE_TOKEN:
                raise
            renewed = self._renewed(reading, error)
            return read(renewed.token), renewed

    def _renewed(self, reading: Reading, error: RequestError) -> Reading:
        """The cursor with a new token: with lookback for the first time, then on the spot.

        Raises TapError where a cursor from there has led to nothing newer.
        """
        since = max(reading.reached - self._hub.tap.lookback, reading.since)
        if self._renewed_from is not None:
            since = reading.reached
        if since == self._renewed_from:
            raise TapError(
                f"{self._hub.name}: Marketo refuses each paging token of {format_instant(since)}"
                f" (request {error.request_id}); run again, or report it to Marketo support"
            ) from error
        self._renewed_from = since
        self._hub.logger.info(
            "Marketo does not take the paging token any more (request %s): going on from %s",
            error.request_id,
            format_instant(since),
        )
        return replace(reading, token=self._activities.paging_token(since).value)

    def _pass(self, reading: Reading) -> None:
        """All rows before that place are written."""
        self._keep(reading)
        self._hub.checkpoint()

    def _keep(self, reading: Reading) -> None:
        if self._hub.limit is None:
            self._hub.bookmark.keep(reading)


def _moments(page: Page) -> Iterator[datetime]:
    """When the activities of a page happened, as far as they say so.

    One that is dated in the future, as custom activities may be, tells nothing of the cursor.
    """
    for row in page.rows:
        try:
            moment = parse_instant(row[ACTIVITY_DATE])
        except (KeyError, TypeError, AttributeError, ValueError):
            continue
        if moment <= page.read_at:
            yield moment
